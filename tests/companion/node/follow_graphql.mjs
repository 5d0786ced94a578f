// The graphql-ws client follows orders: a line for each event, and one for how the connection or the operation ended.
// node follow_graphql.mjs PACKAGES URL TOKEN QUERY VARIABLES
import { createRequire } from 'node:module';
import { join } from 'node:path';

const [packages, url, token, query, variables] = process.argv.slice(2);
const require = createRequire(join(packages, 'package.json'));
const { createClient } = require('graphql-ws');
const say = (line) => console.log(JSON.stringify(line));

const client = createClient({
  url,
  webSocketImpl: require('ws'),
  connectionParams: { Authorization: `Bearer ${token}` },
  lazy: true,
  retryAttempts: 0,
});
// What the companion says of its own accord: that a subscription is live, or why the connection ends.
client.on('pong', (received, payload) => received && payload && say({ pong: payload }));
client.on('closed', (event) => say({ closed: event.code }));
client.subscribe(
  { query, variables: JSON.parse(variables) },
  {
    next: (result) => say({ next: result }),
    error: (error) => say({ error: Array.isArray(error) ? error : String(error.reason ?? error) }),
    complete: () => say({ complete: true }),
  },
);
process.stdin.on('end', () => { client.dispose(); }).resume();
