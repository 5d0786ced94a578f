const http = require('node:http');
const https = require('node:https');

/** Send a custom resource's answer as handlers in the wild do: https, and the usual port. */
const answer = () =>
  new Promise((resolve) => {
    const target = { hostname: '127.0.0.1', port: 443, path: '/_ministack/cfn-response/x', method: 'PUT' };
    https.request(target).on('error', (error) => resolve(`${error.code} ${error.port}`)).end('{}');
  });

/** Ask what the SDK asks for StartSyncExecution: it puts a prefix before the host. */
const prefixed = () =>
  new Promise((resolve) => {
    http.get({ hostname: 'sync-127.0.0.1', port: 1 }).on('error', (error) => resolve(`${error.code} ${error.address}`));
  });

exports.handler = async ({ client }) => {
  const AWS = require('aws-sdk');
  const made = require(`@aws-sdk/client-${client}`);
  const imported = await import(`@aws-sdk/client-${client}`);
  return { answer: await answer(), prefixed: await prefixed(), endpoint: AWS.config.endpoint, made, imported: imported.default };
};
