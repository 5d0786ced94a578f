/** Long polling: a request that the server holds until there is news, then at once the next. */
import { Companion, LONGEST_WAIT } from "../api/companion";
import { atOnce } from "../live/rhythm";
import type { Channel } from "./channel";

export const longpoll: Channel = {
  name: "longpoll",
  absence: (config) => (config.rest === null ? "companion" : null),
  follow: ({ config }) => ({
    rhythm: atOnce(LONGEST_WAIT, () => 250),
    history: new Companion(config.rest ?? "", "longpoll").longPoll,
  }),
};
