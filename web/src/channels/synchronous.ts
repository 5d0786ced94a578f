/** The control: the order is sent again, with its own key, and the answer comes when it is final. */
import { Companion, LONGEST_WAIT } from "../api/companion";
import { atOnce } from "../live/rhythm";
import type { Channel } from "./channel";

export const synchronous: Channel = {
  name: "synchronous",
  absence: (config) => (config.rest === null ? "companion" : null),
  follow: ({ config, order }) => {
    const companion = new Companion(config.rest ?? "", "synchronous");
    return {
      rhythm: atOnce(LONGEST_WAIT, () => 250),
      // Only an answer that is final, or that comes after the longest wait, brings anything to show.
      history: (_, after, signal) => companion.submit(order, after, signal),
    };
  },
};
