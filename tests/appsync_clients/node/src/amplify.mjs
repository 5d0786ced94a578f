// aws-amplify's GraphQL client, which follows a test's commands and reports what happens.
import { Amplify } from "aws-amplify";
import { generateClient } from "aws-amplify/api";
import { ConsoleLogger, Hub } from "aws-amplify/utils";
import { broughtBy } from "./credentials.mjs";
import { thrownBy } from "./thrown.mjs";

export default function amplify(tell) {
  const streams = new Map();
  const names = new WeakMap();
  let brought, calls, live;

  ConsoleLogger.LOG_LEVEL = "ERROR";
  Hub.listen("api", ({ payload: { event, data } }) => {
    if (event === "ConnectionStateChange") tell({ told: "state", state: data.connectionState });
    // The hub names a subscription by its variables.
    if (event === "Subscription ack") tell({ told: "ready", as: names.get(data.variables) ?? null });
  });

  return {
    configure({ graphql, realtime, region, apiKey, ...given }) {
      const { request, library } = broughtBy(given);
      brought = request;
      const { authMode } = request;
      Amplify.configure({ API: { GraphQL: { endpoint: graphql, region, defaultAuthMode: authMode, apiKey } } }, library);
      calls = generateClient();
      // Amplify makes `wss` of any endpoint that is not AWS's own: a second client keeps `ws`.
      live = generateClient({ endpoint: realtime, authMode, ...(apiKey ? { apiKey } : {}) });
    },

    async request({ query, variables }) {
      return (await calls.graphql({ query, variables, ...brought })).data;
    },

    subscribe({ as, query, variables }) {
      names.set(variables, as);
      const stream = live.graphql({ query, variables, ...brought });
      streams.set(
        as,
        stream.subscribe({
          next: ({ data, errors }) => tell({ told: "next", as, data, errors: errors ?? null }),
          error: (thrown) => tell({ told: "error", as, ...thrownBy(thrown) }),
          complete: () => tell({ told: "complete", as }),
        }),
      );
    },

    unsubscribe({ as }) {
      streams.get(as).unsubscribe();
      streams.delete(as);
    },
  };
}
