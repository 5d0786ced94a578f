// What Amplify's users give it to be let in, for each of AppSync's modes.
import { decodeJWT } from "aws-amplify/auth";

const AUTH_MODES = {
  API_KEY: "apiKey",
  AWS_IAM: "iam",
  AMAZON_COGNITO_USER_POOLS: "userPool",
  OPENID_CONNECT: "oidc",
  AWS_LAMBDA: "lambda",
};

/** Amplify's name for a mode, with what goes along with each request, and the library's options. */
export function broughtBy({ mode, token, credentials }) {
  const accessToken = token && mode !== "AWS_LAMBDA" ? decodeJWT(token) : undefined;
  return {
    request: { authMode: AUTH_MODES[mode], ...(mode === "AWS_LAMBDA" ? { authToken: token } : {}) },
    library: {
      Auth: {
        tokenProvider: { getTokens: async () => (accessToken ? { accessToken } : null) },
        credentialsProvider: {
          getCredentialsAndIdentityId: async () => (credentials ? { credentials } : undefined),
          clearCredentialsAndIdentityId() {},
        },
      },
    },
  };
}
