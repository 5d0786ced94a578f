/** AWS IoT Core: MQTT over a WebSocket, one topic for each order. The protocol is loaded when it is wanted. */
import { accessToken } from "../api/session";
import { quiet } from "../live/rhythm";
import { readChange } from "../model";
import type { Channel } from "./channel";
import type { Publish } from "./mqtt";
import { type Conversation, type Line, PATIENCE, socketLink } from "./socket";

const AUTHORIZER = "x-amz-customauthorizer-name";
const KEEP_ALIVE_S = 60;

export interface Sign {
  readonly clientId: string;
  readonly authorizer: string;
  readonly token: string;
}

export const iot: Channel = {
  name: "iot",
  absence: (config) => (config.iot === null ? "off" : null),
  follow: ({ api, config, order: { clientToken: orderId }, customerId }) => {
    const history = api.historyOf("iot");
    const address = new URL(config.iot ?? "");
    const authorizer = address.searchParams.get(AUTHORIZER) ?? "";
    address.search = "";
    // It stays the same, so that a new connection takes over one that the broker does not know to be dead.
    const clientId = `${customerId}-${crypto.randomUUID()}`;
    let token = "";
    return {
      link: socketLink({
        name: "iot",
        binary: true,
        address: async (fresh) => {
          token = await accessToken(fresh);
          return { url: address.href, protocols: ["mqtt"] };
        },
        converse: (line) => converse(line, { clientId, authorizer, token }, `orders/${customerId}/${orderId}`),
      }),
      rhythm: quiet(),
      history: history.read,
      owns: history.owns,
    };
  },
};

/** Speak MQTT: connect, subscribe with QoS 1, acknowledge and take what is published. */
export async function converse(line: Line, { clientId, authorizer, token }: Sign, topic: string): Promise<Conversation> {
  const mqtt = await import("./mqtt");
  const reader = new mqtt.PacketReader();
  const conversation: Conversation = {
    silence: PATIENCE,
    begin: () => line.send(mqtt.connect({ clientId, username: `?${AUTHORIZER}=${authorizer}`, password: token, keepAlive: KEEP_ALIVE_S })),
    ping: () => line.send(mqtt.PING),
    end: () => line.send(mqtt.DISCONNECT),
    hear: (data) => {
      if (!(data instanceof ArrayBuffer)) {
        line.lost();
        return;
      }
      let packets;
      try {
        packets = reader.feed(new Uint8Array(data));
      } catch {
        line.lost(); // what comes after bytes that make no sense makes none
        return;
      }
      for (const packet of packets) {
        switch (packet.kind) {
          case "connack":
            if (packet.code !== 0) {
              line.lost(packet.code === mqtt.NOT_AUTHORIZED || packet.code === mqtt.BAD_CREDENTIALS);
              return;
            }
            conversation.silence = (KEEP_ALIVE_S * 1000) / 2;
            line.send(mqtt.subscribe(1, topic));
            break;
          case "suback":
            if (packet.codes.some((code) => code >= mqtt.REFUSED)) {
              line.lost();
              return;
            }
            line.live([]);
            break;
          case "publish":
            if (packet.id !== null) line.send(mqtt.puback(packet.id));
            line.pushed(readPayload(packet));
            break;
        }
      }
    },
  };
  return conversation;
}

/** A retained message is the last change alone; what came before it is read from history. */
function readPayload({ payload }: Publish): ReturnType<typeof readChange> | null {
  try {
    return readChange(JSON.parse(new TextDecoder().decode(payload)), "publish");
  } catch {
    return null;
  }
}
