'use strict';
/* Streamed responses: what a handler writes to, and what `awslambda` offers beside it. */

const { Writable } = require('node:stream');
const { InvalidStreamingOperation, document } = require('./errors.cjs');

// By these symbols AWS's runtime marks handlers: wrappers of other libraries pass them on.
const STREAMING = Symbol.for('aws.lambda.runtime.handler.streaming');
const HIGH_WATER_MARK = Symbol.for('aws.lambda.runtime.handler.streaming.highWaterMark');
const PRELUDE_TYPE = 'application/vnd.awslambda.http-integration-response';
const NULS = Buffer.alloc(8);

/** Mark a handler as one that streams its response. */
function streamifyResponse(handler, options) {
  handler[STREAMING] = 'response';
  if (typeof options?.highWaterMark === 'number') handler[HIGH_WATER_MARK] = Math.trunc(options.highWaterMark);
  return handler;
}

/** The response of one invocation. Nothing is sent before the first piece, or the end. */
class ResponseStream extends Writable {
  constructor(client, id, highWaterMark) {
    super(highWaterMark ? { highWaterMark } : {});
    this.sent = new Promise((resolve, reject) => {
      this._request = client.stream(id, (error) => (error ? reject(error) : resolve()));
    });
    this.sent.catch(() => {}); // looked at by who waits for it
    this._begun = false;
  }

  /** Whether anything of it is on its way. */
  get begun() {
    return this._begun;
  }

  setContentType(type) {
    if (this._begun) throw new InvalidStreamingOperation('Cannot set content-type, too late.');
    this._request.setHeader('Content-Type', type);
  }

  write(piece, ...rest) {
    const plain = typeof piece === 'string' || piece instanceof Uint8Array;
    return super.write(plain ? piece : JSON.stringify(piece), ...rest);
  }

  /** End with an error, behind what was sent. */
  fail(error) {
    const body = document(error);
    this._begin();
    this._request.addTrailers({
      'Lambda-Runtime-Function-Error-Type': String(body.errorType).replace(/[^\x20-\x7e]/g, ''),
      'Lambda-Runtime-Function-Error-Body': Buffer.from(JSON.stringify(body)).toString('base64'),
    });
    this._request.end();
  }

  /** Drop a request of which nothing was sent. */
  discard() {
    this._request.destroy();
  }

  _begin() {
    if (this._begun) return;
    this._begun = true;
    if (this.prelude !== undefined) {
      this._request.write(JSON.stringify(this.prelude));
      this._request.write(NULS);
    }
  }

  _write(piece, _encoding, done) {
    this._begin();
    if (this._request.write(piece)) done();
    else this._request.once('drain', done);
  }

  _final(done) {
    this._begin();
    this._request.end();
    this.sent.then(() => done(), done);
  }
}

/** A response with a status, headers and cookies of its own. */
class HttpResponseStream {
  static from(stream, prelude) {
    stream.setContentType(PRELUDE_TYPE);
    stream.prelude = prelude;
    return stream;
  }
}

module.exports = { HIGH_WATER_MARK, HttpResponseStream, ResponseStream, STREAMING, streamifyResponse };
