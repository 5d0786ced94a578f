/** Polling: a request every so often, at a fixed interval or when the server says that it is worth it. */
import { Companion } from "../api/companion";
import { fixed, growing } from "../live/rhythm";
import type { Channel } from "./channel";

export const pollFixed: Channel = {
  name: "poll-fixed",
  absence: (config) => (config.rest === null ? "companion" : null),
  follow: ({ config, interval }) => ({
    rhythm: fixed(interval),
    history: new Companion(config.rest ?? "", "poll-fixed").poll,
  }),
};

export const pollBackoff: Channel = {
  name: "poll-backoff",
  absence: (config) => (config.rest === null ? "companion" : null),
  follow: ({ config }) => ({
    rhythm: growing(),
    history: new Companion(config.rest ?? "", "poll-backoff").poll,
  }),
};
