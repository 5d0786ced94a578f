/** The companion's WebSocket: a single-use ticket opens it, and it sends the history that was missed first. */
import { Companion } from "../api/companion";
import { quiet } from "../live/rhythm";
import { object, readChange, readHistory, text } from "../model";
import type { Channel } from "./channel";
import { type Conversation, type Line, socketLink } from "./socket";

const PING_EVERY = 60_000;

export const websocket: Channel = {
  name: "websocket",
  absence: (config) =>
    config.rest === null || config.websocket === null ? "companion" : config.off.includes("websocket") ? "off" : null,
  follow: ({ config, order: { clientToken: orderId } }) => {
    const companion = new Companion(config.rest ?? "", "websocket");
    return {
      link: socketLink({
        name: "websocket",
        // A ticket opens one connection, once and soon: this is all that an address may carry.
        address: async (_, signal) => ({
          url: `${config.websocket ?? ""}?ticket=${encodeURIComponent(await companion.ticket(signal))}`,
        }),
        converse: (line, have) => converse(line, orderId, have.get(orderId) ?? 0),
      }),
      rhythm: quiet(),
      history: companion.history,
    };
  },
};

/** Speak Orderwire's own frames. */
export function converse(line: Line, orderId: string, afterVersion: number): Conversation {
  return {
    silence: PING_EVERY,
    begin: () => line.send(JSON.stringify({ type: "subscribe", orderId, afterVersion })),
    ping: () => line.send('{"type":"ping"}'),
    hear: (data) => {
      try {
        const frame = object(JSON.parse(text(data, "frame")), "frame");
        if (frame.type === "subscribed") line.live([readHistory(frame, "subscribed")]);
        else if (frame.type === "change") line.pushed(readChange(frame.change));
        else if (frame.type === "error") line.lost();
      } catch {
        line.pushed(null); // it still says that something changed
      }
    },
  };
}
