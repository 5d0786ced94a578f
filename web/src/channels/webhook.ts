/**
 * A webhook. Nothing can be posted to a page, so a receiver on this machine (`orderwire webhooks receive`)
 * verifies what arrives and passes it on as Server-Sent Events.
 */
import { quiet } from "../live/rhythm";
import { readChange } from "../model";
import type { Channel } from "./channel";
import { streamLink } from "./stream";

export const webhook: Channel = {
  name: "webhook",
  absence: (config) => (config.off.includes("webhook") ? "off" : config.webhooks === null ? "receiver" : null),
  follow: ({ api, config }) => {
    const history = api.historyOf("webhook");
    return {
      link: streamLink({
        name: "webhook",
        // What it received lately comes again with each connection; what is here already is dropped.
        request: () => Promise.resolve({ url: config.webhooks ?? "", headers: {} }),
        opened: (_, events) => events.live([]),
        take: (event, events) => {
          if (event.name !== "change") return;
          try {
            events.pushed(readChange(JSON.parse(event.data), "event"));
          } catch {
            events.pushed(null); // it still says that something changed
          }
        },
      }),
      rhythm: quiet(),
      history: history.read,
      owns: history.owns,
    };
  },
};
