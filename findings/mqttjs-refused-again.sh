#!/usr/bin/env bash
# npm mqtt 5.16.0: a subscription that was refused is accepted when it is asked for again, with nothing sent.
#
# One would expect: subscribeAsync rejects, so there is no subscription; the next call asks the broker again.
# What happens: in MQTT 3.1.1 a broker may end the connection instead of a SUBACK, and AWS IoT Core does so for a
#   topic that the policy does not allow. The promise rejects with "Connection closed", but the client has
#   entered the topic among those to subscribe to after a reconnect. The next call finds it there: it resolves
#   at once with an empty list, while there is no connection. The client itself sends the topic after each
#   reconnect, whereupon the broker ends that connection too. An answer of 0x80 takes the topic out again.
# Why it matters: a retry, the usual answer to a lost connection, turns a refusal into silence: the program
#   waits for messages on a topic that it may not read, and every other subscription of the connection with it.
# What we do: connect with reconnectPeriod: 0, which enters nothing, and reconnect ourselves; resubscribe: false
#   helps as well. With both kept, take an empty list as "not asked", not as "granted".
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts mqtt@5.16.0

cat > try.mjs <<'JS'
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import mqtt from 'mqtt';

const CONNECT = 1;
const SUBSCRIBE = 8;

/** Start a broker of MQTT 3.1.1 that refuses every topic by what `refuse` does, and counts SUBSCRIBEs. */
async function broker(refuse) {
  const server = createServer((socket) => {
    let bytes = Buffer.alloc(0);
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      bytes = Buffer.concat([bytes, chunk]);
      // Packets here are shorter than 128 bytes, so the length takes one.
      while (bytes.length >= 2 && bytes.length >= 2 + bytes[1]) {
        const packet = bytes.subarray(0, 2 + bytes[1]);
        bytes = bytes.subarray(packet.length);
        if (packet[0] >> 4 === CONNECT) socket.write(Buffer.from([0x20, 2, 0, 0]));
        if (packet[0] >> 4 === SUBSCRIBE) {
          server.subscribes += 1;
          refuse(socket, packet.subarray(2, 4));
          server.emit('subscribe');
        }
      }
    });
  });
  server.subscribes = 0;
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

const end = (socket) => socket.end();
const answer = (socket, id) => socket.write(Buffer.from([0x90, 3, ...id, 0x80]));

console.log('mqtt', JSON.parse(readFileSync('node_modules/mqtt/package.json')).version);
for (const [title, refuse, options] of [
  ['the broker ends the connection', end, {}],
  ['the same, resubscribe: false', end, { resubscribe: false }],
  ['the broker answers 0x80', answer, {}],
]) {
  console.log(title);
  const server = await broker(refuse);
  const client = mqtt.connect({
    host: '127.0.0.1',
    port: server.address().port,
    protocolVersion: 4,
    reconnectPeriod: 100,
    ...options,
  });
  client.on('error', () => {});
  await once(client, 'connect');
  for (const attempt of ['first', 'again']) {
    const before = server.subscribes;
    const outcome = await client.subscribeAsync('forbidden').then(
      (granted) => `resolved with ${JSON.stringify(granted)}`,
      (error) => `rejected: ${error.message}`,
    );
    console.log(`  ${attempt} ${outcome}; SUBSCRIBEs sent: ${server.subscribes - before}`);
  }
  if (refuse === end && options.resubscribe !== false) {
    while (server.subscribes < 4) await once(server, 'subscribe');
    console.log('  sent three more times by the client itself');
  }
  client.end(true);
  server.close();
}
process.exit(0);
JS

timeout 60 node try.mjs | tee output
diff - output <<'EXPECTED'
mqtt 5.16.0
the broker ends the connection
  first rejected: Connection closed; SUBSCRIBEs sent: 1
  again resolved with []; SUBSCRIBEs sent: 0
  sent three more times by the client itself
the same, resubscribe: false
  first rejected: Connection closed; SUBSCRIBEs sent: 1
  again rejected: Connection closed; SUBSCRIBEs sent: 1
the broker answers 0x80
  first rejected: Subscribe error: Unspecified error; SUBSCRIBEs sent: 1
  again rejected: Subscribe error: Unspecified error; SUBSCRIBEs sent: 1
EXPECTED
