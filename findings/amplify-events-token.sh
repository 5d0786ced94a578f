#!/usr/bin/env bash
# aws-amplify 6.22.1: events.connect with an authToken in the mode userPool connects as another user, or as none.
#
# One would expect: connect, subscribe, publish and post take { authMode, authToken } as what overrides the
#   configuration, so a user pool's token that the program has goes out with each of them.
# What happens: with userPool (and oidc) the WebSocket is opened with the access token of Amplify's own session
#   alone. Without a session the header has no Authorization at all, and nothing fails on this side; with one,
#   the connection is the session's, while subscribe goes out under the token that was passed. post insists
#   on a session too, and then sends the token. Only with lambda is the token what everything carries.
# Why it matters: AppSync refuses the connection of a server, a test or a kiosk that has a token and no session,
#   and the token looks wrong. With a session the connection belongs to one user and its subscription to another.
# What we do: our page signs in by Amplify and passes no token. A program with a token of its own uses a client that sends
#   it (orderwire follow --via events), or the mode lambda where the API has an authorizer for it.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts aws-amplify@6.22.1 ws@8.23.0

cat > try.mjs <<'JS'
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { Amplify } from 'aws-amplify';
import { decodeJWT } from 'aws-amplify/auth';
import { events } from 'aws-amplify/data';
import { WebSocket, WebSocketServer } from 'ws';

globalThis.WebSocket ??= WebSocket; // node before 22 has none

const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
const tokenOf = (sub) => `${encode({ alg: 'none' })}.${encode({ sub, exp: 4e9 })}.signature`;
const ownerOf = (token) => (token ? decodeJWT(token).payload.sub : 'nobody');
const show = (operation, token) => console.log(`  ${operation} as`, ownerOf(token));

// An Event API that takes everyone, and tells who each operation was for.
const server = createServer((request, response) => {
  request.resume().on('end', () => {
    show('post', request.headers.authorization);
    response.setHeader('Content-Type', 'application/json');
    response.end('{"successful": [], "failed": []}');
  });
});
const sockets = new WebSocketServer({ server, handleProtocols: () => 'aws-appsync-event-ws' });
sockets.on('connection', (socket, request) => {
  const [, header] = request.headers['sec-websocket-protocol'].match(/header-([\w-]+)/);
  show('connect', JSON.parse(Buffer.from(header, 'base64url')).Authorization);
  socket.on('message', (text) => {
    const { type, id, authorization } = JSON.parse(text);
    if (type === 'connection_init') {
      socket.send('{"type": "connection_ack", "connectionTimeoutMs": 300000}');
    } else if (type === 'subscribe') {
      show('subscribe', authorization.Authorization);
      socket.send(JSON.stringify({ type: 'subscribe_success', id }));
    }
  });
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const host = `127.0.0.1:${server.address().port}/event`;

const session = (sub) => ({
  Auth: { tokenProvider: { getTokens: async () => ({ accessToken: decodeJWT(tokenOf(sub)) }) } },
});
const configure = (scheme, options) =>
  Amplify.configure(
    { API: { Events: { endpoint: `${scheme}://${host}`, region: 'us-east-1', defaultAuthMode: 'userPool' } } },
    options,
  );

console.log('aws-amplify', JSON.parse(readFileSync('node_modules/aws-amplify/package.json')).version);
for (const [authMode, signedIn] of [['lambda'], ['userPool'], ['userPool', 'ada']]) {
  console.log(`${authMode}, the token is bob's, the session ${signedIn ?? 'nobody'}'s`);
  const options = signedIn ? session(signedIn) : {};
  const override = { authMode, authToken: tokenOf('bob') };
  configure('ws', options);
  const channel = await events.connect('/orders/bob', override);
  await channel.subscribe({ next() {}, error() {} }, override).ready;
  configure('http', options);
  await events.post('/orders/bob', 'hello', override).catch((error) => console.log('  post:', error.message));
  await events.closeAll();
}
process.exit(0);
JS

timeout 60 node try.mjs | tee output
diff - output <<'EXPECTED'
aws-amplify 6.22.1
lambda, the token is bob's, the session nobody's
  connect as bob
  subscribe as bob
  post as bob
userPool, the token is bob's, the session nobody's
  connect as nobody
  subscribe as bob
  post: No federated jwt
userPool, the token is bob's, the session ada's
  connect as ada
  subscribe as bob
  post as bob
EXPECTED
