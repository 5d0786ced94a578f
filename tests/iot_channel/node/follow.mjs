// Follows topics with the stock client and prints what happens, one JSON object a line.
// Arguments: address, authorizer, client id, protocol version, topic...; the token is read from stdin.
import { readFileSync } from "node:fs";
import mqtt from "mqtt";

const [address, authorizer, clientId, version, ...topics] = process.argv.slice(2);
const tell = (what) => process.stdout.write(`${JSON.stringify(what)}\n`);

const client = mqtt.connect(address, {
  protocolVersion: Number(version),
  clientId,
  username: `?x-amz-customauthorizer-name=${authorizer}`,
  password: readFileSync(0, "utf8").trim(),
  clean: true,
  reconnectPeriod: 0,
});
client.on("error", (error) => tell({ told: "error", code: error.code ?? null }));
client.on("close", () => tell({ told: "close" }));
client.on("message", (topic, payload) => tell({ told: "message", topic, payload: JSON.parse(payload.toString()) }));
client.on("connect", async () => {
  tell({ told: "connect" });
  for (const topic of topics) {
    try {
      const [granted] = await client.subscribeAsync(topic, { qos: 1 });
      tell({ told: "subscribed", topic, qos: granted.qos });
    } catch (error) {
      tell({ told: "refused", topic, code: error.code ?? null });
    }
  }
});
