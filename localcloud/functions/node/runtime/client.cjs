'use strict';
/* The Runtime API's client: one kept connection to this environment's own port. */

const http = require('node:http');
const { document } = require('./errors.cjs');

const PREFIX = '/2018-06-01/runtime';

class Client {
  constructor(address) {
    const [hostname, port] = address.split(':');
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    this.target = { hostname, port, agent };
    // Taken now: whatever a function puts in the place of `http.request` is not for this client.
    this.request = http.request;
  }

  /** Wait for an invocation: its headers and its event as text. */
  next() {
    return new Promise((resolve) => {
      const request = this.request(
        { ...this.target, path: `${PREFIX}/invocation/next`, method: 'GET' },
        (response) => {
          // The environment has ended, and there is nothing left to do.
          if (response.statusCode !== 200) process.exit(0);
          read(response, (body) => resolve({ headers: response.headers, body }));
        },
      );
      request.on('error', () => process.exit(1)); // the local cloud is gone
      request.end();
    });
  }

  /** Post an invocation's response, which is JSON. */
  respond(id, text, done) {
    this.post(`/invocation/${id}/response`, text, {}, done);
  }

  /** Post the error of an invocation, or of the init phase where there is no id. */
  fail(id, error, done) {
    const body = document(error);
    const path = id === undefined ? '/init/error' : `/invocation/${id}/error`;
    const headers = { 'Lambda-Runtime-Function-Error-Type': header(body.errorType) };
    this.post(path, JSON.stringify(body), headers, done);
  }

  /** Begin to stream a response: the request whose body it is, sent with the first piece. */
  stream(id, done) {
    const request = this.request(
      {
        ...this.target,
        path: `${PREFIX}/invocation/${id}/response`,
        method: 'POST',
        headers: {
          'Lambda-Runtime-Function-Response-Mode': 'streaming',
          'Content-Type': 'application/octet-stream',
          Trailer: 'Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body',
        },
      },
      (response) => read(response, () => done()),
    );
    request.on('error', done);
    return request;
  }

  post(path, text, headers, done) {
    const body = Buffer.from(text);
    const request = this.request(
      {
        ...this.target,
        path: PREFIX + path,
        method: 'POST',
        headers: { 'Content-Type': 'application/json', 'Content-Length': body.length, ...headers },
      },
      (response) => read(response, done),
    );
    request.on('error', () => process.exit(1));
    request.end(body);
  }
}

function read(response, done) {
  const pieces = [];
  response.on('data', (piece) => pieces.push(piece));
  response.on('end', () => done(Buffer.concat(pieces).toString()));
}

/** Leave out what a header cannot hold. */
function header(text) {
  return String(text).replace(/[^\x20-\x7e]/g, '');
}

module.exports = { Client };
