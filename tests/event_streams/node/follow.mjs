// Follows one stream by npm's eventsource, and prints a line for all that happens.
//
// Usage: node follow.mjs URL, with the token in ORDERWIRE_TOKEN. It closes at `end`, unless KEEP_ON is set:
// then it is the server that has to stop it.

import { EventSource } from 'eventsource';

const say = (document) => process.stdout.write(`${JSON.stringify(document)}\n`);
const source = new EventSource(process.argv[2], {
  fetch: (url, init) =>
    fetch(url, { ...init, headers: { ...init.headers, Authorization: `Bearer ${process.env.ORDERWIRE_TOKEN}` } }),
});

source.addEventListener('open', () => say({ event: 'open' }));
source.addEventListener('change', ({ data, lastEventId }) =>
  say({ event: 'change', id: lastEventId, change: JSON.parse(data) }),
);
source.addEventListener('message', ({ data }) => say({ event: 'message', data }));
source.addEventListener('end', ({ data }) => {
  say({ event: 'end', data: JSON.parse(data) });
  if (process.env.KEEP_ON === undefined) {
    source.close();
  }
});
source.addEventListener('error', ({ code }) => {
  say({ event: 'error', code: code ?? null, closed: source.readyState === source.CLOSED });
});
