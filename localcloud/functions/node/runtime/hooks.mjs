/* Where Node.js has no hooks in its own thread (before 22.15): see resolution.cjs. */

let from = [];

export function initialize(places) {
  from = places;
}

export async function resolve(specifier, context, next) {
  try {
    return await next(specifier, context);
  } catch (error) {
    if (error?.code !== 'ERR_MODULE_NOT_FOUND' || /^[./]|:/.test(specifier)) throw error;
    for (const parentURL of from) {
      try {
        return await next(specifier, { ...context, parentURL });
      } catch {
        continue;
      }
    }
    throw error;
  }
}
