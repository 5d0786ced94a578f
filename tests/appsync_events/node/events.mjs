// Amplify's `events` client, as AWS documents it, against one Event API: prints what it saw as JSON lines.
// node events.mjs PACKAGES HTTP WS API_KEY ID_TOKEN
import { createRequire } from 'node:module';
import { join } from 'node:path';

const [packages, http, ws, apiKey, token] = process.argv.slice(2);
const require = createRequire(join(packages, 'package.json'));
globalThis.WebSocket ??= require('ws');
const { Amplify } = require('aws-amplify');
const { events } = require('aws-amplify/data');

const tell = (what, value) => console.log(JSON.stringify({ what, value: value ?? null }));
// The client makes `wss://` of an address that begins with `http`: over a socket it is given `ws://`.
const use = (endpoint) => Amplify.configure({
  API: { Events: { endpoint, region: 'us-east-1', defaultAuthMode: 'apiKey', apiKey } },
});
const next = (list, count) => new Promise((resolve) => {
  const look = () => (list.length >= count ? resolve() : setTimeout(look, 5));
  look();
});

use(ws);
const channel = await events.connect('/default/*');
const got = [];
const failed = [];
const subscription = channel.subscribe({
  next: (data) => got.push(data),
  error: (error) => failed.push(error),
});
await subscription.ready;
tell('subscribed', failed.length);

use(http);
tell('posted', (await events.post('/default/room/1', [{ text: 'hello' }, 'plain'])) ?? null);
await next(got, 2);
tell('received', got.map(({ type, event }) => ({ type, event })));

use(ws);
const publisher = await events.connect('/default/room/2');
const published = await publisher.publish({ text: 'over the socket' });
tell('published', published);
await next(got, 3);
tell('received', got.slice(2).map(({ event }) => event));

const asUser = await events.connect('/people/a', { authMode: 'lambda', authToken: token });
const people = [];
const joined = asUser.subscribe(
  { next: (data) => people.push(data.event), error: (error) => tell('error', String(error)) },
  { authMode: 'lambda', authToken: token },
);
await joined.ready;
use(http);
await events.post('/people/a', { text: 'for people' }, { authMode: 'lambda', authToken: token });
await next(people, 1);
tell('as a user', people);

try {
  await events.post('/default/room/1', 1, { authMode: 'apiKey', apiKey: 'da2-nobody' });
} catch (error) {
  tell('refused', error?.errors?.[0] ?? String(error));
}
use(ws);
const denied = await events.connect('/nowhere/a');
const refused = denied.subscribe({ next() {}, error: (error) => tell('not subscribed', error?.errors?.[0]?.message ?? String(error)) });
await refused.ready.catch((error) => tell('never ready', String(error)));

tell('errors', failed.length);
await events.closeAll();
process.exit(0);
