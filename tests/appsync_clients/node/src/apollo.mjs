// Apollo Client with AWS's two links, which follows a test's commands and reports what happens.
import { ApolloClient, ApolloLink, InMemoryCache, gql } from "@apollo/client";
import { RetryLink } from "@apollo/client/link/retry";
import { HttpLink } from "@apollo/client/link/http";
import { createAuthLink } from "aws-appsync-auth-link";
import { createSubscriptionHandshakeLink } from "aws-appsync-subscription-link";
import { thrownBy } from "./thrown.mjs";

const LOST = ["Connection closed", "Timeout disconnect", "Connection failed: Connection handshake error"];

/** AWS's link ends a subscription with its connection: to ask again is left to Apollo's own link for that.
 *  What it throws is no Error: Apollo makes it the cause of one. */
const again = new RetryLink({
  delay: { initial: 200, max: 2000, jitter: false },
  attempts: { max: Infinity, retryIf: ({ cause }) => LOST.includes(cause?.errors?.[0].message) },
});

function authentication({ mode, apiKey, token, credentials }) {
  const jwtToken = async () => token;
  const known = {
    API_KEY: { type: mode, apiKey },
    AWS_IAM: { type: mode, credentials },
    AMAZON_COGNITO_USER_POOLS: { type: mode, jwtToken },
    OPENID_CONNECT: { type: mode, jwtToken },
    AWS_LAMBDA: { type: mode, token },
  };
  return known[mode];
}

export default function apollo(tell) {
  const streams = new Map();
  let client;

  return {
    configure(given) {
      const options = { url: given.graphql, region: given.region, auth: authentication(given) };
      const http = new HttpLink({ uri: given.graphql });
      client = new ApolloClient({
        link: ApolloLink.from([again, createAuthLink(options), createSubscriptionHandshakeLink(options, http)]),
        cache: new InMemoryCache(),
        // AWS's link signs a body without the extension by which Apollo Client 4 says its name.
        enhancedClientAwareness: { transport: false },
        defaultOptions: { query: { fetchPolicy: "no-cache" }, mutate: { fetchPolicy: "no-cache" } },
      });
    },

    async request({ query, variables }) {
      const document = gql(query);
      const isMutation = document.definitions[0].operation === "mutation";
      const asked = isMutation ? { mutation: document, variables } : { query: document, variables };
      return (await (isMutation ? client.mutate(asked) : client.query(asked))).data;
    },

    subscribe({ as, query, variables }) {
      streams.set(
        as,
        client.subscribe({ query: gql(query), variables, fetchPolicy: "no-cache" }).subscribe({
          next: ({ data, error }) => {
            if (error) tell({ told: "error", as, ...thrownBy(error.cause ?? error) });
            else tell({ told: "next", as, data, errors: null });
          },
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
