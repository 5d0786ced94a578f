// aws-amplify's GraphQL client, told what to do by a test and telling it what happens.
import { Amplify } from "aws-amplify";
import { decodeJWT } from "aws-amplify/auth";
import { generateClient } from "aws-amplify/api";
import { ConsoleLogger, Hub } from "aws-amplify/utils";
import { thrownBy } from "./thrown.mjs";

const AUTH_MODES = {
  API_KEY: "apiKey",
  AWS_IAM: "iam",
  AMAZON_COGNITO_USER_POOLS: "userPool",
  OPENID_CONNECT: "oidc",
  AWS_LAMBDA: "lambda",
};

export default function amplify(tell) {
  const streams = new Map();
  const names = new WeakMap();
  let authMode, authToken, calls, live;

  ConsoleLogger.LOG_LEVEL = "ERROR";
  Hub.listen("api", ({ payload: { event, data } }) => {
    if (event === "ConnectionStateChange") tell({ told: "state", state: data.connectionState });
    // The hub names a subscription by its variables.
    if (event === "Subscription ack") tell({ told: "ready", as: names.get(data.variables) ?? null });
  });

  return {
    configure({ graphql, realtime, region, mode, apiKey, token, credentials }) {
      authMode = AUTH_MODES[mode];
      authToken = mode === "AWS_LAMBDA" ? token : undefined;
      const accessToken = token && mode !== "AWS_LAMBDA" ? decodeJWT(token) : undefined;
      Amplify.configure(
        { API: { GraphQL: { endpoint: graphql, region, defaultAuthMode: authMode, apiKey } } },
        {
          Auth: {
            tokenProvider: { getTokens: async () => (accessToken ? { accessToken } : null) },
            credentialsProvider: {
              getCredentialsAndIdentityId: async () => (credentials ? { credentials } : undefined),
              clearCredentialsAndIdentityId() {},
            },
          },
        },
      );
      calls = generateClient();
      // Amplify makes `wss` of any endpoint that is not AWS's own: a second client keeps `ws`.
      live = generateClient({ endpoint: realtime, authMode, ...(apiKey ? { apiKey } : {}) });
    },

    async request({ query, variables }) {
      return (await calls.graphql({ query, variables, authMode, authToken })).data;
    },

    subscribe({ as, query, variables }) {
      names.set(variables, as);
      const stream = live.graphql({ query, variables, authMode, authToken });
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
