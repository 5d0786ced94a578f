'use strict';
/*
 * Where modules are looked for beyond what Node.js does by itself.
 *
 * ES modules may import by name what lies in `NODE_PATH`: layers, and what the runtime provides. Node.js looks
 * there for `require` alone; Lambda does so for `import` as well, after everything else.
 */

const module_ = require('node:module');
const path = require('node:path');
const { pathToFileURL } = require('node:url');

// Seldom needed, and what it needs itself takes a start some time.
const provide = (specifier, root) => require('./ondemand.cjs').provide(specifier, root);

/** Have `require` find packages of the SDK that are installed when they are named. */
function requireOnDemand(root) {
  const resolve = module_._resolveFilename;
  module_._resolveFilename = function (request, ...rest) {
    try {
      return resolve.call(this, request, ...rest);
    } catch (error) {
      const folder = error?.code === 'MODULE_NOT_FOUND' ? provide(request, root) : undefined;
      if (!folder) throw error;
      return resolve.call(this, request, rest[0], rest[1], { paths: [folder] });
    }
  };
}

/** Have `import` look into `NODE_PATH`, and for packages of the SDK as above. */
function importFromNodePath(root) {
  const data = { from: places(), root };
  if (module_.registerHooks) module_.registerHooks({ resolve: synchronously(data) });
  else module_.register(pathToFileURL(path.join(__dirname, 'hooks.mjs')), { data });
}

/** Return where a name may be looked for: places whose `node_modules` the folders of `NODE_PATH` are. */
function places() {
  const folders = (process.env.NODE_PATH ?? '').split(path.delimiter);
  return folders.filter((folder) => path.basename(folder) === 'node_modules').map((folder) => place(path.dirname(folder)));
}

/** Return the address of a module that would lie in a folder. */
function place(folder) {
  return pathToFileURL(path.join(folder, 'node_path.js')).href;
}

/** Tell whether an import failed that names a package. */
function isMissing(error, specifier) {
  return error?.code === 'ERR_MODULE_NOT_FOUND' && !/^[./]|:/.test(specifier);
}

function synchronously({ from, root }) {
  return (specifier, context, next) => {
    try {
      return next(specifier, context);
    } catch (error) {
      if (!isMissing(error, specifier)) throw error;
      for (const parentURL of from) {
        try {
          return next(specifier, { ...context, parentURL });
        } catch {
          continue;
        }
      }
      const folder = provide(specifier, root);
      if (!folder) throw error;
      return next(specifier, { ...context, parentURL: place(folder) });
    }
  };
}

module.exports = { importFromNodePath, isMissing, place, requireOnDemand };
