'use strict';
/* One invocation after the other: the context, the callback, and when each is over. */

const { NodeJsExit } = require('./errors.cjs');
const { logError, setCurrent } = require('./logging.cjs');
const { HIGH_WATER_MARK, ResponseStream } = require('./streams.cjs');

const UNSETTLED =
  'The Lambda runtime client detected an unexpected Node.js exit code. This is most commonly caused by a ' +
  'Promise that was never settled. For more information, see ' +
  'https://nodejs.org/docs/latest/api/process.html#exit-codes';

class Invocations {
  constructor(client) {
    this.client = client;
    this.id = undefined; // of the invocation that has not been answered
    this.begun = false;
    this.onEmptyLoop = undefined;
    this.current = undefined; // the response that is streamed
  }

  /** Take invocations from now on. */
  serve(described) {
    Object.assign(this, described);
    this.advance();
  }

  /** Do what has to wait until nothing else is left to do. */
  loopIsEmpty() {
    const act = this.onEmptyLoop;
    this.onEmptyLoop = undefined;
    act?.();
  }

  /** Report an error that ends the process. */
  abort(error, done) {
    if (this.begun && this.id === undefined) {
      done(); // between two invocations no caller waits
      return;
    }
    if (this.current?.begun) {
      this.current.fail(error);
      this.current.sent.then(done, done);
      return;
    }
    this.current?.discard();
    this.client.fail(this.id, error, done);
  }

  advance() {
    setImmediate(async () => {
      this.begun = true; // until here, what fails fails the init phase
      const { headers, body } = await this.client.next();
      this.id = headers['lambda-runtime-aws-request-id'];
      setCurrent(this.id, headers['lambda-runtime-aws-tenant-id']);
      trace(headers['lambda-runtime-trace-id']);
      const context = contextOf(headers);
      if (this.streams) this.stream(body, context);
      else if (this.hasCallbacks) this.call(body, context);
      else this.wait(body, context);
    });
  }

  respond(value) {
    let text;
    try {
      text = JSON.stringify(value === undefined ? null : value);
    } catch {
      this.fail(new Error('Unable to stringify response body'));
      return;
    }
    this.answered((id, done) => this.client.respond(id, text ?? 'null', done));
  }

  fail(error) {
    logError('Invoke Error', error);
    this.answered((id, done) => this.client.fail(id, error, done));
  }

  answered(post) {
    const { id } = this;
    this.onEmptyLoop = undefined;
    this.id = undefined;
    post(id, () => this.advance());
  }

  /** Run a handler that returns its result, or a promise of it: Node.js 24 and later. */
  async wait(body, context) {
    this.onEmptyLoop = () => this.fail(new NodeJsExit(UNSETTLED));
    const { id } = this;
    try {
      const value = await this.handler(JSON.parse(body), context);
      if (this.id === id) this.respond(value);
    } catch (error) {
      if (this.id === id) this.fail(error);
    }
  }

  /** Run a handler that calls back, or returns a promise. What else it returns does not count. */
  call(body, context) {
    let waits = true;
    let isOver = false;
    const once = (act) => (first, second) => {
      if (isOver) return;
      isOver = true;
      this.onEmptyLoop = undefined;
      act(first, second);
    };
    const end = (error, value) => (error == null ? this.respond(value) : this.fail(error));
    const callback = once((error, value) => {
      if (error != null || !waits) end(error, value);
      else this.onEmptyLoop = () => setImmediate(() => this.respond(value));
    });
    Object.defineProperty(context, 'callbackWaitsForEmptyEventLoop', {
      enumerable: true,
      get: () => waits,
      set: (value) => {
        waits = value;
      },
    });
    context.done = once(end);
    context.succeed = once((value) => this.respond(value));
    context.fail = once((error) => this.fail(error == null ? 'handled' : error));
    // A handler that forgot to answer: a promise that never settles is an error, no callback is null.
    this.onEmptyLoop = once(() =>
      this.isAsync ? this.fail(new NodeJsExit(UNSETTLED)) : this.respond(null),
    );
    try {
      const result = this.handler(JSON.parse(body), context, callback);
      if (typeof result?.then === 'function') result.then(context.succeed, context.fail);
    } catch (error) {
      callback(error);
    }
  }

  /** Run a handler that streams its response. */
  async stream(body, context) {
    const { id } = this;
    const stream = new ResponseStream(this.client, id, this.handler[HIGH_WATER_MARK]);
    this.current = stream;
    stream.on('error', () => {}); // its source notices the error; the response reports it as well
    try {
      const result = this.handler(JSON.parse(body), stream, context);
      if (typeof result?.then !== 'function') throw 'Streaming does not support non-async handlers.';
      if ((await result) !== undefined) console.warn('Streaming handlers ignore return values.');
      await stream.sent;
      this.streamed();
    } catch (error) {
      if (this.id !== id) return;
      if (!stream.begun) {
        stream.discard();
        this.current = undefined;
        this.fail(error);
        return;
      }
      logError('Invoke Error', error);
      if (!stream.writableEnded) stream.fail(error);
      await stream.sent.catch(() => {});
      this.streamed();
    }
  }

  streamed() {
    this.id = this.current = undefined;
    this.advance();
  }
}

function trace(header) {
  if (header) process.env._X_AMZN_TRACE_ID = header;
  else delete process.env._X_AMZN_TRACE_ID;
}

function contextOf(headers) {
  const deadline = Number(headers['lambda-runtime-deadline-ms']);
  const { env } = process;
  return {
    functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
    functionName: env.AWS_LAMBDA_FUNCTION_NAME,
    memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
    clientContext: parsed(headers['lambda-runtime-client-context']),
    identity: parsed(headers['lambda-runtime-cognito-identity']),
    invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
    awsRequestId: headers['lambda-runtime-aws-request-id'],
    tenantId: headers['lambda-runtime-aws-tenant-id'],
    getRemainingTimeInMillis: () => deadline - Date.now(),
  };
}

function parsed(text) {
  return text === undefined ? undefined : JSON.parse(text);
}

module.exports = { Invocations };
