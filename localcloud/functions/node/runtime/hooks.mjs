/* Where Node.js has no hooks in its own thread (before 22.15): see resolution.cjs. */

import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const { provide } = require('./ondemand.cjs');
const { isMissing, place } = require('./resolution.cjs');

let places = [];
let sdk;

export function initialize({ from, root }) {
  places = from;
  sdk = root;
}

export async function resolve(specifier, context, next) {
  try {
    return await next(specifier, context);
  } catch (error) {
    if (!isMissing(error, specifier)) throw error;
    for (const parentURL of places) {
      try {
        return await next(specifier, { ...context, parentURL });
      } catch {
        continue;
      }
    }
    const folder = provide(specifier, sdk);
    if (!folder) throw error;
    return next(specifier, { ...context, parentURL: place(folder) });
  }
}
