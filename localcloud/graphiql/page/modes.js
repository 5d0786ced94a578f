// The ways in: each gives the headers that authorize a body, and the form that it needs, if any.
// What is signed in or pasted stays in this page's memory.

const NAMES = {
  API_KEY: 'API key',
  AWS_IAM: 'IAM, the local administrator',
  AMAZON_COGNITO_USER_POOLS: 'Cognito user',
  OPENID_CONNECT: 'OpenID Connect token',
  AWS_LAMBDA: 'Lambda authorizer token',
};

class Refused extends Error {}

function apiKey(api) {
  const [key] = api.apiKeys;
  return {
    fields: [],
    async headers() {
      if (!key) throw new Refused('This API has no API key.');
      return { 'x-api-key': key };
    },
  };
}

function iam() {
  return {
    fields: [],
    async headers(path, body) {
      const answer = await fetch('/_graphiql/sign', { method: 'POST', body: JSON.stringify({ path, body }) });
      if (!answer.ok) throw new Refused(await answer.text());
      return answer.json();
    },
  };
}

function pasted() {
  let token = '';
  return {
    fields: [{ name: 'token', label: 'token', button: 'Use' }],
    async submit(values) {
      token = values.token.trim();
      return token ? 'the token is used from now on' : 'no token';
    },
    async headers() {
      if (!token) throw new Refused('Enter a token first, above.');
      return { authorization: token };
    },
  };
}

/** Asks a user pool of the local engine, as any client of Cognito does. */
async function cognito(engine, operation, document) {
  const answer = await fetch(`${engine}/`, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `AWSCognitoIdentityProviderService.${operation}`,
    },
    body: JSON.stringify(document),
  });
  const body = await answer.json();
  if (!answer.ok) throw new Refused(body.message ?? body.Message ?? body.__type ?? 'Cognito refused.');
  return body;
}

function user(api, { clients }) {
  let token = '';
  return {
    fields: [
      { name: 'client', label: 'client', choices: clients },
      { name: 'username', label: 'user name' },
      { name: 'password', label: 'password', type: 'password', button: 'Sign in' },
    ],
    async submit({ client, username, password }) {
      token = '';
      const body = await cognito(api.engine, 'InitiateAuth', {
        AuthFlow: 'USER_PASSWORD_AUTH',
        ClientId: client,
        AuthParameters: { USERNAME: username, PASSWORD: password },
      });
      if (!body.AuthenticationResult) throw new Refused(`Cognito asks for more: ${body.ChallengeName}`);
      token = body.AuthenticationResult.AccessToken;
      return `signed in as ${username}`;
    },
    async headers() {
      if (!token) throw new Refused('Sign in first, above.');
      return { authorization: token };
    },
  };
}

const KINDS = {
  API_KEY: apiKey,
  AWS_IAM: iam,
  AMAZON_COGNITO_USER_POOLS: user,
  OPENID_CONNECT: pasted,
  AWS_LAMBDA: pasted,
};

/** Returns the modes of an API: {name, fields, headers(path, body), submit(values)}. */
export function modesOf(api) {
  return api.modes.map((mode) => ({ name: NAMES[mode.type], ...KINDS[mode.type](api, mode) }));
}
