/**
 * AppSync Events: one channel for each order, on a WebSocket of its own.
 *
 * Source of the protocol: "Understanding the Event API WebSocket protocol" in AppSync Events' guide. What
 * authorizes a connection travels in the list of subprotocols: a browser can set no header.
 */
import { accessToken } from "../api/session";
import { quiet } from "../live/rhythm";
import { number, object, readChange, text } from "../model";
import type { Channel } from "./channel";
import { type Conversation, type Line, PATIENCE, socketLink } from "./socket";

const SUBPROTOCOL = "aws-appsync-event-ws";

export interface Authorization {
  /** The Event API's HTTP host, whichever host is connected to. */
  readonly host: string;
  readonly Authorization: string;
}

export const events: Channel = {
  name: "events",
  absence: (config) => (config.events === null || config.eventsRealtime === null ? "off" : null),
  follow: ({ api, config, order: { clientToken: orderId }, customerId }) => {
    const history = api.historyOf("events");
    const host = new URL(config.events ?? "").host;
    let authorization: Authorization = { host, Authorization: "" };
    return {
      link: socketLink({
        name: "events",
        address: async (fresh) => {
          authorization = { host, Authorization: await accessToken(fresh) };
          return { url: config.eventsRealtime ?? "", protocols: subprotocols(authorization) };
        },
        converse: (line) => converse(line, authorization, `/orders/${customerId}/${orderId}`),
      }),
      rhythm: quiet(),
      history: history.read,
      owns: history.owns,
    };
  },
};

/** What a client offers in its handshake. */
export function subprotocols(authorization: Authorization): string[] {
  const base64 = btoa(JSON.stringify(authorization));
  return [SUBPROTOCOL, `header-${base64.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")}`];
}

/** Speak the protocol: begin, subscribe once the server acknowledges, then take events. */
export function converse(line: Line, authorization: Authorization, channel: string): Conversation {
  const id = crypto.randomUUID();
  const conversation: Conversation = {
    silence: PATIENCE,
    begin: () => line.send('{"type":"connection_init"}'),
    hear: (data) => {
      let frame;
      try {
        frame = object(JSON.parse(text(data, "frame")), "frame");
      } catch {
        line.pushed(null); // it still says that something changed
        return;
      }
      switch (frame.type) {
        case "connection_ack":
          conversation.silence = number(frame.connectionTimeoutMs, "connectionTimeoutMs");
          line.send(JSON.stringify({ type: "subscribe", id, channel, authorization }));
          break;
        case "subscribe_success":
          line.live([]);
          break;
        case "data":
          line.pushed(readEvent(frame.event));
          break;
        case "broadcast_error":
          line.pushed(null);
          break;
        case "connection_error":
        case "subscribe_error":
          line.lost(JSON.stringify(frame.errors ?? "").includes("Unauthorized"));
          break;
      }
    },
  };
  return conversation;
}

function readEvent(event: unknown): ReturnType<typeof readChange> | null {
  try {
    return readChange(JSON.parse(text(event, "event")), "event");
  } catch {
    return null;
  }
}
