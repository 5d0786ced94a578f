'use strict';
/*
 * The console's lines as Lambda writes them: time, request id, level and message between tabs, or JSON.
 *
 * The line ends of one event travel as carriage returns: the local cloud puts them back.
 */

const { format } = require('node:util');
const { asError, logged } = require('./errors.cjs');

const LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];
const METHODS = {
  trace: 'TRACE',
  debug: 'DEBUG',
  info: 'INFO',
  log: 'INFO',
  warn: 'WARN',
  error: 'ERROR',
  fatal: 'FATAL',
};

const current = { requestId: undefined, tenantId: undefined };
let isJson = false;

/** Name the invocation that lines belong to from now on. */
function setCurrent(requestId, tenantId) {
  Object.assign(current, { requestId, tenantId });
}

/** Replace the console's methods, by the format and level that the function is configured with. */
function patchConsole() {
  isJson = process.env.AWS_LAMBDA_LOG_FORMAT?.toUpperCase() === 'JSON';
  const least = Math.max(0, LEVELS.indexOf(process.env.AWS_LAMBDA_LOG_LEVEL?.toUpperCase()));
  const line = isJson ? jsonLine : textLine;
  for (const [method, level] of Object.entries(METHODS)) {
    const passes = level === 'FATAL' || LEVELS.indexOf(level) >= least;
    console[method] = passes ? (...values) => write(line(level, values)) : () => {};
  }
}

/** Log what ended an invocation, the init phase or the process. */
function logError(words, error) {
  if (isJson) console.error(asError(error));
  else console.error(words, `\t${logged(asError(error))}`);
}

function write(line) {
  process.stdout.write(`${line.replaceAll('\n', '\r')}\n`);
}

function textLine(level, values) {
  return `${new Date().toISOString()}\t${current.requestId}\t${level}\t${format(...values)}`;
}

function jsonLine(level, values) {
  const line = { timestamp: new Date().toISOString(), level, requestId: current.requestId };
  if (current.tenantId != null) line.tenantId = current.tenantId;
  if (values.length === 1) {
    try {
      return JSON.stringify({ ...line, message: values[0] }, spelledOut);
    } catch {
      return JSON.stringify({ ...line, message: format(values[0]) });
    }
  }
  line.message = format(...values);
  const error = values.find((value) => value instanceof Error);
  return JSON.stringify(error ? { ...line, ...inJson(error) } : line);
}

function spelledOut(_key, value) {
  return value instanceof Error ? { ...inJson(value), ...value } : value;
}

function inJson(error) {
  return {
    errorType: error.constructor?.name ?? 'UnknownError',
    errorMessage: error.message,
    stackTrace: typeof error.stack === 'string' ? error.stack.split('\n') : [],
  };
}

module.exports = { logError, patchConsole, setCurrent };
