'use strict';
/*
 * ES modules that import by name what lies in `NODE_PATH`: layers, and what the runtime provides.
 *
 * Node.js looks there for `require` alone; Lambda does so for `import` as well, after everything else.
 */

const module_ = require('node:module');
const path = require('node:path');
const { pathToFileURL } = require('node:url');

/** Return where a name may be looked for: places whose `node_modules` the folders of `NODE_PATH` are. */
function places() {
  const folders = (process.env.NODE_PATH ?? '').split(path.delimiter);
  return folders
    .filter((folder) => path.basename(folder) === 'node_modules')
    .map((folder) => pathToFileURL(path.join(path.dirname(folder), 'node_path.js')).href);
}

function resolveInNodePath() {
  const from = places();
  if (module_.registerHooks) module_.registerHooks({ resolve: synchronously(from) });
  else module_.register(pathToFileURL(path.join(__dirname, 'hooks.mjs')), { data: from });
}

function synchronously(from) {
  return (specifier, context, next) => {
    try {
      return next(specifier, context);
    } catch (error) {
      if (error?.code !== 'ERR_MODULE_NOT_FOUND' || /^[./]|:/.test(specifier)) throw error;
      for (const parentURL of from) {
        try {
          return next(specifier, { ...context, parentURL });
        } catch {
          continue;
        }
      }
      throw error;
    }
  };
}

module.exports = { resolveInNodePath };
