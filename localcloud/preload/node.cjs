'use strict';
// Leads what a Node.js program asks of AWS's own addresses to the local cloud's proxy: whatever opens a socket
// comes by `net.Socket.prototype.connect`, and whatever speaks TLS by `tls.connect` (http, https, fetch, SDKs).
const proxy = (process.env.LOCALCLOUD_AWS_PROXY || '').split(':');
if (proxy.length === 2 && !globalThis.__localcloudAddresses) {
  globalThis.__localcloudAddresses = true;
  const net = require('net');
  const tls = require('tls');
  const NAMES = /(?:^|\.)(?:amazonaws\.com(?:\.cn)?|on\.aws|api\.aws|amazoncognito\.com)\.?$|\.execute-api\./i;
  const ofAws = (host) => typeof host === 'string' && NAMES.test(host);
  const isLoopback = (host) => host === '127.0.0.1' || host === 'localhost';

  const led = (options) => {
    if (!options || typeof options !== 'object' || !ofAws(options.host)) return options;
    const port = Number(options.port);
    if (port !== 80 && port !== 443) {
      const error = new Error(
        options.host.includes('.stand-in.')
          ? `${options.host} is the address of a stand-in: nothing runs behind it in the local cloud`
          : `the local cloud serves the ports 80 and 443 of AWS's names, not ${port}`,
      );
      throw Object.assign(error, { code: 'ECONNREFUSED' });
    }
    return { ...options, host: proxy[0], port: Number(proxy[1]), lookup: undefined, family: 4 };
  };

  const connect = net.Socket.prototype.connect;
  net.Socket.prototype.connect = function (...args) {
    if (Array.isArray(args[0])) args[0][0] = led(args[0][0]); // as net.connect has read its arguments
    else if (typeof args[0] === 'object') args[0] = led(args[0]);
    else if (ofAws(args[1])) args.splice(0, 2, led({ port: args[0], host: args[1] }));
    return connect.apply(this, args);
  };

  const secure = tls.connect;
  tls.connect = function (...args) {
    const at = args.findIndex((argument) => argument && typeof argument === 'object');
    const options = at < 0 ? {} : args[at];
    const host = options.host || (typeof args[1] === 'string' ? args[1] : undefined);
    const name = options.servername || host;
    if (ofAws(name) || (isLoopback(host) && !options.ca)) {
      // It goes to loopback and nowhere else, where only the local cloud's own authority could vouch for a name.
      const more = { ...options, servername: ofAws(name) ? name : options.servername, rejectUnauthorized: false };
      if (at < 0) args.splice(args.findIndex((one) => typeof one === 'function') >>> 0, 0, more);
      else args[at] = more;
    }
    return secure.apply(this, args);
  };
}
