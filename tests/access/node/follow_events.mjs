// Amplify's `events` client follows one channel: a line for what became of the subscription, one for each event.
// node follow_events.mjs PACKAGES ENDPOINT TOKEN CHANNEL
import { createRequire } from 'node:module';
import { join } from 'node:path';

const [packages, endpoint, authToken, path] = process.argv.slice(2);
const require = createRequire(join(packages, 'package.json'));
globalThis.WebSocket ??= require('ws');
const { Amplify } = require('aws-amplify');
const { events } = require('aws-amplify/data');
const say = (line) => console.log(JSON.stringify(line));

// This mode sends the token as it is; `userPool` would ask Amplify's own sign-in for one, which needs a browser.
const auth = { authMode: 'lambda', authToken };
Amplify.configure({ API: { Events: { endpoint, region: 'us-east-1', defaultAuthMode: 'lambda' } } });
const channel = await events.connect(path, auth);
const subscription = channel.subscribe({ next: ({ event }) => say({ event }), error() {} }, auth);
await subscription.ready.then(() => say({ subscribed: true }), () => say({ subscribed: false }));
process.stdin.on('end', () => process.exit(0)).resume();
