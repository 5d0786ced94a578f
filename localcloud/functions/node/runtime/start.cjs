'use strict';
/*
 * Started as a script in each environment of a Node.js function:
 *
 *     node start.cjs PARENT_PID ESM SDK
 *
 * It loads the handler that `_HANDLER` names and runs invocations until the local cloud ends it. `ESM` is
 * `1` where ES modules may import what lies in a layer or in the runtime itself; `SDK` is where packages of
 * AWS's SDK are kept that are installed on demand, or empty. What the functions see of
 * AWS (names, words, exit codes, order of events) follows AWS's open runtime client for Node.js.
 */

const { Client } = require('./client.cjs');
const { UnhandledPromiseRejection } = require('./errors.cjs');
const { Invocations } = require('./invocations.cjs');
const { load, runtimeVersion } = require('./loading.cjs');
const { importFromNodePath, requireOnDemand } = require('./resolution.cjs');
const { logError, patchConsole } = require('./logging.cjs');

const UNCAUGHT = 129;
const UNHANDLED = 128;

async function main(parent, esm, sdk) {
  // The parent may have died before the kernel was asked to end this process with it.
  const isWrapped = process.env.AWS_LAMBDA_EXEC_WRAPPER !== undefined;
  if (!isWrapped && process.ppid !== Number(parent)) process.exit(1);
  process.argv.length = 2;
  patchConsole();
  require('./addresses.cjs').lead();
  requireOnDemand(sdk);
  if (esm === '1') importFromNodePath(sdk);

  const client = new Client(process.env.AWS_LAMBDA_RUNTIME_API);
  const invocations = new Invocations(client);

  const end = (words, error, code) => {
    logError(invocations.begun || runtimeVersion() < 24 ? words : 'Init Error', error);
    invocations.abort(error, () => process.exit(code));
  };
  process.on('uncaughtException', (error) => end('Uncaught Exception', error, UNCAUGHT));
  process.on('unhandledRejection', (reason, promise) =>
    end('Unhandled Promise Rejection', new UnhandledPromiseRejection(reason, promise), UNHANDLED),
  );
  process.on('beforeExit', () => invocations.loopIsEmpty());

  try {
    invocations.serve(await load(process.env.LAMBDA_TASK_ROOT, process.env._HANDLER));
  } catch (error) {
    end('Uncaught Exception', error, UNCAUGHT);
  }
}

main(...process.argv.slice(2));
