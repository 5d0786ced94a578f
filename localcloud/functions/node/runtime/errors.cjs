'use strict';
/* Errors as Lambda reports them, and the runtime's own. */

const { types } = require('node:util');

/** Return the error document of whatever was thrown. */
function document(error) {
  try {
    if (types.isNativeError(error) || isLikeAnError(error)) {
      return {
        errorType: printable(error.name),
        errorMessage: printable(error.message),
        trace: printable(error.stack).split('\n'),
      };
    }
    return { errorType: typeof error, errorMessage: String(error), trace: [] };
  } catch {
    return {
      errorType: 'handled',
      errorMessage:
        'callback called with Error argument, but there was a problem while retrieving one or more of its ' +
        'message, name, and stack',
    };
  }
}

/** Objects of another realm, and those of libraries that build their own. */
function isLikeAnError(value) {
  return (
    Boolean(value) && ['name', 'message', 'stack'].every((key) => value[key] && typeof value[key] === 'string')
  );
}

function printable(text) {
  return typeof text === 'string' ? text.replaceAll('\x7F', '%7F') : text;
}

/** Return a value that is an error: what else was thrown becomes its message. */
function asError(value) {
  return value instanceof Error ? value : new Error(value);
}

/** Return an error as the JSON of a log line that is text, with all that it carries. */
function logged(error) {
  const whole = (_key, value) => {
    if (!(value instanceof Error)) return value;
    const { name: errorType, message: errorMessage, code } = value;
    const stack = typeof value.stack === 'string' ? { stack: value.stack.split('\n') } : {};
    return { errorType, errorMessage, code, ...value, ...stack };
  };
  try {
    return JSON.stringify(error, whole);
  } catch {
    return JSON.stringify(document(error));
  }
}

class RuntimeError extends Error {
  static {
    this.prototype.name = 'Runtime.Error';
  }
}

/** Make a class of errors whose type is called `Runtime.NAME`. */
function named(name) {
  const made = { [name]: class extends RuntimeError {} }[name];
  made.prototype.name = `Runtime.${name}`;
  return made;
}

class UnhandledPromiseRejection extends RuntimeError {
  static {
    this.prototype.name = 'Runtime.UnhandledPromiseRejection';
  }

  constructor(reason, promise) {
    super(reason);
    this.reason = reason;
    this.promise = promise;
  }
}

module.exports = {
  document,
  asError,
  logged,
  UnhandledPromiseRejection,
  CallbackHandlerDeprecated: named('CallbackHandlerDeprecated'),
  HandlerNotFound: named('HandlerNotFound'),
  ImportModuleError: named('ImportModuleError'),
  InvalidStreamingOperation: named('InvalidStreamingOperation'),
  MalformedHandlerName: named('MalformedHandlerName'),
  MalformedStreamingHandler: named('MalformedStreamingHandler'),
  NodeJsExit: named('NodeJsExit'),
  UserCodeSyntaxError: named('UserCodeSyntaxError'),
};
