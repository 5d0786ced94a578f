'use strict';
/*
 * What would go to AWS's own addresses, and here goes to the engine's.
 *
 * Answers of custom resources that are sent to `https:` and the host and path of `ResponseURL` alone.
 *
 * On AWS that address is one of S3, by https and its usual port; here it is one of the engine, by http and
 * a port of its own. Handlers in the wild, and those that CDK brings, take the address apart and leave the
 * protocol and the port to themselves.
 */

const http = require('node:http');
const https = require('node:https');

const ANSWERS = '/_ministack/cfn-response/';

function lead() {
  // Programs of any kind have this by `--require`; here it need not stand in NODE_OPTIONS.
  if (process.env.LOCALCLOUD_AWS_PROXY) require('../../../preload/node.cjs');
  const engine = process.env.AWS_ENDPOINT_URL;
  if (!engine) return;
  leadAnswers(engine);
  leadPrefixes(engine);
  leadVersion2(engine);
}

/** Take the prefix from hosts that the SDK puts one before (`sync-127.0.0.1`): it knows no switch for it. */
function leadPrefixes(engine) {
  const dns = require('node:dns');
  const { hostname } = new URL(engine);
  const lookup = dns.lookup;
  dns.lookup = function (name, ...rest) {
    const host = /^[a-z.-]+$/.test(String(name).slice(0, -hostname.length)) && name.endsWith(hostname);
    return lookup.call(this, host ? hostname : name, ...rest);
  };
}

/** Give version 2 of the SDK the address that version 3 reads by itself. */
function leadVersion2(endpoint) {
  const module_ = require('node:module');
  const load = module_._load;
  module_._load = function (request, parent, ...rest) {
    const loaded = load.call(this, request, parent, ...rest);
    if (request === 'aws-sdk' || (typeof request === 'string' && request.startsWith('aws-sdk/'))) {
      module_._load = load;
      try {
        load.call(this, 'aws-sdk/lib/core', parent).config.update({ endpoint, s3ForcePathStyle: true });
      } catch {
        // another package of this name
      }
    }
    return loaded;
  };
}

function leadAnswers(engine) {
  const { hostname, port } = new URL(engine);
  const request = https.request;
  https.request = function (...values) {
    const target = values.find((value) => typeof value === 'object' && value !== null && value.path !== undefined);
    const href = values[0] instanceof URL || typeof values[0] === 'string' ? new URL(values[0]) : undefined;
    const path = target?.path ?? (href ? href.pathname + href.search : '');
    if (!String(path).startsWith(ANSWERS)) return request.apply(this, values);
    const options = { ...target, protocol: 'http:', hostname, host: hostname, port, path, agent: undefined };
    if (!target && href) options.method = values[1]?.method ?? 'GET';
    if (!target && values[1]?.headers) options.headers = values[1].headers;
    return http.request(options, values.find((value) => typeof value === 'function'));
  };
  // Those who import `node:https` as an ES module see the new function as well.
  require('node:module').syncBuiltinESMExports();
}

module.exports = { lead };
