"""The API that the clients are tried against: every mode, real resolvers, filters, a field that fails."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from localcloud.appsync.definition import (
    ApiDefinition,
    ApiKey,
    AuthMode,
    DataSource,
    LambdaAuthorizerConfig,
    OpenIdConfig,
    Resolver,
    UserPoolConfig,
)
from localcloud.appsync.events.definition import EventApiDefinition, Namespace

ID: Final = "clients"
REGION: Final = "us-east-1"
ACCOUNT: Final = "000000000000"
POOL: Final = "us-east-1_Tests"
API_KEY: Final = "da2-testkey"
AUTHORIZER: Final = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:authorizer"
OPEN_ID_CLIENT: Final = "a-client-of-the-issuer"

SDL: Final = """
type Query @aws_api_key @aws_iam @aws_cognito_user_pools @aws_oidc @aws_lambda {
  mode: String
  cupboard: Cupboard
}

type Mutation @aws_api_key @aws_iam @aws_cognito_user_pools @aws_oidc @aws_lambda {
  write(room: String!, text: String!, stars: Int): Note
}

type Subscription @aws_api_key @aws_iam @aws_cognito_user_pools @aws_oidc @aws_lambda {
  onWrite(room: String): Note @aws_subscribe(mutations: ["write"])
  onStars(atLeast: Int!): Note @aws_subscribe(mutations: ["write"])
  onGuarded(room: String!): Note @aws_subscribe(mutations: ["write"])
  onBackend: Note @aws_subscribe(mutations: ["write"]) @aws_iam
}

type Note @aws_api_key @aws_iam @aws_cognito_user_pools @aws_oidc @aws_lambda {
  room: String!
  text: String!
  stars: Int
  signature: String @aws_iam
}

type Cupboard @aws_api_key @aws_iam @aws_cognito_user_pools @aws_oidc @aws_lambda { shelf: Int }
"""

_ECHO = """
export function request(ctx) { return { payload: { ...ctx.args, signature: 'the backend' } }; }
export function response(ctx) { return ctx.result; }
"""
_MODE = """
import { util } from '@aws-appsync/utils';
export function request(ctx) { return { payload: util.authType() }; }
export function response(ctx) { return ctx.result; }
"""
_CUPBOARD = """
import { util } from '@aws-appsync/utils';
export function request(ctx) { return { payload: null }; }
export function response(ctx) {
  util.error('The cupboard is locked.', 'CupboardLocked', { shelf: 3 }, { keyHolder: 'ada' });
}
"""
_STARS = """
import { util, extensions } from '@aws-appsync/utils';
export function request(ctx) { return { payload: null }; }
export function response(ctx) {
  const filter = { stars: { ge: ctx.args.atLeast } };
  extensions.setSubscriptionFilter(util.transform.toSubscriptionFilter(filter));
  return null;
}
"""
_GUARDED = """
import { util } from '@aws-appsync/utils';
export function request(ctx) {
  if (ctx.args.room === 'attic') util.unauthorized();
  return { payload: null };
}
export function response(ctx) { return null; }
"""
_CODE: Final = {
    ("Query", "mode"): _MODE,
    ("Query", "cupboard"): _CUPBOARD,
    ("Mutation", "write"): _ECHO,
    ("Subscription", "onStars"): _STARS,
    ("Subscription", "onGuarded"): _GUARDED,
}


def modes(issuer: str) -> tuple[AuthMode, ...]:
    """Return every mode; ``issuer`` is where OpenID Connect's is."""
    return (
        AuthMode("API_KEY"),
        AuthMode("AWS_IAM"),
        AuthMode("AMAZON_COGNITO_USER_POOLS", user_pool=UserPoolConfig(POOL, REGION)),
        AuthMode("OPENID_CONNECT", open_id=OpenIdConfig(issuer, OPEN_ID_CLIENT)),
        AuthMode("AWS_LAMBDA", lambda_authorizer=LambdaAuthorizerConfig(AUTHORIZER)),
    )


def key() -> ApiKey:
    """Return the key, good for a day."""
    return ApiKey(API_KEY, datetime.now(UTC) + timedelta(days=1))


def event_definition(issuer: str) -> EventApiDefinition:
    """Return an Event API: any mode may use ``default``, and IAM alone may subscribe to ``backend``."""
    auth_modes = modes(issuer)
    anyone = frozenset(mode.type for mode in auth_modes)
    return EventApiDefinition(
        id=ID,
        name="clients",
        auth_modes=auth_modes,
        connect_modes=anyone,
        namespaces={
            "default": Namespace("default", anyone, anyone),
            "backend": Namespace("backend", anyone, frozenset({"AWS_IAM"})),
        },
        api_keys=(key(),),
        region=REGION,
        account=ACCOUNT,
    )


def definition(issuer: str) -> ApiDefinition:
    """Return the GraphQL API, as the control plane would describe it."""
    default, *others = modes(issuer)
    return ApiDefinition(
        id=ID,
        name="clients",
        schema_sdl=SDL,
        default_auth=default,
        additional_auth=tuple(others),
        data_sources={"none": DataSource("none", "NONE")},
        resolvers={
            (kind, field): Resolver(kind, field, data_source="none", code=code)
            for (kind, field), code in _CODE.items()
        },
        api_keys=(key(),),
        region=REGION,
        account=ACCOUNT,
    )
