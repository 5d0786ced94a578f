// Amplify's `events` client over a server that goes away and comes back: prints each event that it gets.
// node reconnect.mjs PACKAGES WS API_KEY
import { createRequire } from 'node:module';
import { join } from 'node:path';

const [packages, endpoint, apiKey] = process.argv.slice(2);
const require = createRequire(join(packages, 'package.json'));
globalThis.WebSocket ??= require('ws');
const { Amplify } = require('aws-amplify');
const { events } = require('aws-amplify/data');

Amplify.configure({
  API: { Events: { endpoint, region: 'us-east-1', defaultAuthMode: 'apiKey', apiKey } },
});
const channel = await events.connect('/default/a');
channel.subscribe({
  next: ({ event }) => console.log(JSON.stringify(event)),
  error: (error) => console.error(String(error)),
});
process.stdin.on('end', () => process.exit(0)).resume();
