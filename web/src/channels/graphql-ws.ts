/**
 * A GraphQL subscription without AppSync: graphql-transport-ws, over the companion's WebSocket.
 *
 * The protocol has no message that says when a subscription is live. The companion says so in a `pong`; of
 * another server it is assumed when it has stayed silent for a while, and the history heals what was missed.
 */
import { Companion } from "../api/companion";
import { idToken } from "../api/session";
import { quiet } from "../live/rhythm";
import { object, readChange, text } from "../model";
import type { Channel } from "./channel";
import { type Conversation, type Line, socketLink } from "./socket";

/** It has last words. */
export type Talk = Conversation & Required<Pick<Conversation, "end">>;

const QUERY =
  "subscription OnOrder($orderId: ID!) { onOrderStatus(orderId: $orderId) { orderId version status at reason } }";
const PING_EVERY = 60_000;
const ASSUMED_LIVE = 2_000;
/** Closing codes of the protocol that say that the token is not taken. */
const REFUSED = new Set([4401, 4403]);

export const graphqlWs: Channel = {
  name: "graphql-ws",
  absence: (config) =>
    config.rest === null || config.websocket === null ? "companion" : config.off.includes("websocket") ? "off" : null,
  follow: ({ config, order: { clientToken: orderId } }) => {
    let token = "";
    return {
      link: socketLink({
        name: "graphql-ws",
        address: async (fresh) => {
          token = await idToken(fresh);
          return { url: config.websocket ?? "", protocols: ["graphql-transport-ws"] };
        },
        converse: (line) => converse(line, token, orderId),
      }),
      rhythm: quiet(),
      history: new Companion(config.rest ?? "", "graphql-ws").queryHistory,
    };
  },
};

/** Speak the protocol: say who it is, subscribe once acknowledged, then take events. */
export function converse(line: Line, token: string, orderId: string, assumedLive = ASSUMED_LIVE): Talk {
  let live = false;
  let ended = false;
  const goLive = (): void => {
    if (live || ended) return;
    live = true;
    line.live([]);
  };
  const send = (message: object): void => line.send(JSON.stringify(message));
  const take = (frame: Readonly<Record<string, unknown>>): void => {
    switch (frame.type) {
      case "connection_ack":
        send({ id: "1", type: "subscribe", payload: { query: QUERY, variables: { orderId } } });
        setTimeout(goLive, assumedLive);
        break;
      case "ping":
        send({ type: "pong" });
        break;
      case "pong": {
        const payload = frame.payload == null ? {} : object(frame.payload, "pong.payload");
        if (payload.subscribed !== undefined) goLive();
        if (payload.closing !== undefined) {
          ended = true;
          line.lost(REFUSED.has(Number(object(payload.closing, "closing").code)));
        }
        break;
      }
      case "next": {
        goLive();
        const data = object(object(frame.payload, "next.payload").data, "next.payload.data");
        line.pushed(readChange(data.onOrderStatus, "next"));
        break;
      }
      case "error":
      case "complete":
        ended = true;
        line.lost();
        break;
    }
  };
  return {
    silence: PING_EVERY,
    begin: () => send({ type: "connection_init", payload: { Authorization: token } }),
    ping: () => send({ type: "ping" }),
    end: () => {
      ended = true;
      send({ id: "1", type: "complete" });
    },
    hear: (data) => {
      try {
        take(object(JSON.parse(text(data, "frame")), "frame"));
      } catch {
        line.pushed(null); // it still says that something changed
      }
    },
  };
}
