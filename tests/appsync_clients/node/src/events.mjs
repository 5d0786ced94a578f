// Amplify's client of Event APIs, which follows a test's commands and reports what happens.
import { Amplify } from "aws-amplify";
import { events } from "aws-amplify/data";
import { ConsoleLogger } from "aws-amplify/utils";
import { broughtBy } from "./credentials.mjs";
import { thrownBy } from "./thrown.mjs";

export default function client(tell) {
  const channels = new Map();
  let brought, use;

  ConsoleLogger.LOG_LEVEL = "ERROR";

  return {
    configure({ http, realtime, region, apiKey, ...given }) {
      const { request, library } = broughtBy(given);
      brought = request;
      // Amplify makes `wss` of what begins with `http`: for a socket it is given `ws`, as one of two addresses.
      use = (over) => {
        const endpoint = over === "socket" ? realtime : http;
        const Events = { endpoint, region, defaultAuthMode: request.authMode, apiKey };
        Amplify.configure({ API: { Events } }, library);
      };
    },

    async post({ channel, what }) {
      use("http");
      return await events.post(channel, what, brought);
    },

    async subscribe({ as, channel }) {
      use("socket");
      const opened = await events.connect(channel, brought);
      channels.set(as, opened);
      const subscription = opened.subscribe(
        {
          next: ({ event }) => tell({ told: "next", as, event }),
          error: (thrown) => tell({ told: "error", as, ...thrownBy(thrown) }),
        },
        brought,
      );
      await subscription.ready;
    },

    async publish({ as, what }) {
      await channels.get(as).publish(what, brought);
    },

    async close() {
      await events.closeAll();
    },
  };
}
