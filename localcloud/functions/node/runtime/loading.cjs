'use strict';
/* From a handler's name to the function that it names. */

const fs = require('node:fs');
const path = require('node:path');
const {
  CallbackHandlerDeprecated,
  HandlerNotFound,
  ImportModuleError,
  MalformedHandlerName,
  MalformedStreamingHandler,
  UserCodeSyntaxError,
} = require('./errors.cjs');
const { HttpResponseStream, STREAMING, streamifyResponse } = require('./streams.cjs');

const DEPRECATED =
  'ERROR: AWS Lambda has removed support for callback-based function handlers starting with Node.js 24. ' +
  'You need to modify this function to use a supported handler signature to use Node.js 24 or later. ' +
  'For more information see https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html.';

/**
 * Load a handler.
 *
 * @param {string} root the folder of the code
 * @param {string} name as `folder/module.object.function`
 * @returns the function, and how it is to be called
 */
async function load(root, name) {
  if (name.includes('..')) {
    throw new MalformedHandlerName(
      `'${name}' is not a valid handler name. Use absolute paths when specifying root directories in handler names.`,
    );
  }
  const base = path.basename(name);
  const folder = name.substring(0, name.indexOf(base));
  const match = /^([^.]*)\.(.*)$/.exec(base);
  if (!match) throw new MalformedHandlerName('Bad handler');
  provideGlobals();
  const handler = member(await loadModule(root, folder, match[1]), match[2]);
  if (!handler) throw new HandlerNotFound(`${name} is undefined or not exported`);
  if (typeof handler !== 'function') throw new HandlerNotFound(`${name} is not a function`);
  return described(handler);
}

/** Return the version that the function is configured with: this Node.js may be another. */
function runtimeVersion() {
  return Number(/nodejs(\d+)/.exec(process.env.AWS_EXECUTION_ENV ?? '')?.[1] ?? 22);
}

/** Say how a handler is to be called. */
function described(handler) {
  const streaming = handler[STREAMING];
  if (streaming && streaming !== 'response') {
    throw new MalformedStreamingHandler('Only response streaming is supported.');
  }
  const hasCallbacks = runtimeVersion() < 24;
  if (!hasCallbacks && !streaming && handler.length >= 3) throw new CallbackHandlerDeprecated(DEPRECATED);
  const isAsync = handler.constructor?.name === 'AsyncFunction';
  return { handler, streams: Boolean(streaming), isAsync, hasCallbacks };
}

function provideGlobals() {
  if (['1', 'true'].includes(process.env.AWS_LAMBDA_NODEJS_NO_GLOBAL_AWSLAMBDA)) return;
  globalThis.awslambda = { streamifyResponse, HttpResponseStream };
}

function member(object, names) {
  return names.split('.').reduce((value, name) => value && value[name], object);
}

async function loadModule(root, folder, name) {
  try {
    return await byPath(root, folder, name);
  } catch (error) {
    if (error instanceof SyntaxError) throw new UserCodeSyntaxError(error);
    if (error?.code === 'MODULE_NOT_FOUND') throw new ImportModuleError(error);
    throw error;
  }
}

/** Take the first that is there: without an ending, .js, .mjs, .cjs; else what `require` finds. */
async function byPath(root, folder, name) {
  const file = path.resolve(root, folder, name);
  const candidates = [
    [file, false],
    [`${file}.js`, isModulePackage(path.dirname(file))],
    [`${file}.mjs`, true],
    [`${file}.cjs`, false],
  ];
  for (const [candidate, isModule] of candidates) {
    if (fs.existsSync(candidate)) {
      const module = isModule ? await import(candidate) : require(candidate);
      if (module) return module;
    }
  }
  return require(require.resolve(name, { paths: [root, folder] }));
}

/** Tell whether `.js` files of a folder are ES modules. */
function isModulePackage(folder) {
  for (let here = folder; path.basename(here) !== 'node_modules'; here = path.dirname(here)) {
    const file = path.join(here, 'package.json');
    if (fs.existsSync(file)) {
      try {
        return JSON.parse(fs.readFileSync(file, 'utf8'))?.type === 'module';
      } catch (error) {
        console.warn(
          `${file} cannot be read, it will be ignored for ES module detection purposes.`,
          error,
        );
        return false;
      }
    }
    if (here === path.dirname(here)) return false;
  }
  return false;
}

module.exports = { load, runtimeVersion };
