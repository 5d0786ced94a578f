// Verifies messages with AWS's package. In: {"port", "authority", "messages"}; out: null or the error, for each.
// The package fetches certificates from https://sns.REGION.amazonaws.com; here that leads to a loopback port
// whose TLS certificate the authority issued for that name, so that nothing of the package is left out.
import https from "node:https";
import { text } from "node:stream/consumers";
import tls from "node:tls";
import MessageValidator from "sns-validator";

const { port, authority, messages } = JSON.parse(await text(process.stdin));
https.globalAgent.createConnection = (options, callback) =>
  tls.connect({ host: "127.0.0.1", port, ca: authority, servername: options.servername ?? options.host }, callback);

const validator = new MessageValidator();
const verify = (message) =>
  new Promise((resolve) => validator.validate(message, (error) => resolve(error ? error.message : null)));
process.stdout.write(JSON.stringify(await Promise.all(messages.map(verify))));
https.globalAgent.destroy();
