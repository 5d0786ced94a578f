"""What the tests of the endpoints share: an API with every kind of rule, fake resolvers, a pool of tokens."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache, cached_property
from typing import Any

import aiohttp
import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import rsa

from localcloud.appsync.api import ServedApi
from localcloud.appsync.api_port import GraphQLApiAddress
from localcloud.appsync.auth.gate import CallerGate
from localcloud.appsync.datasources.lambda_function import Invoker
from localcloud.appsync.definition import JSON, ApiDefinition, ApiKey, AuthMode, UserPoolConfig
from localcloud.appsync.execution.executor import Resolvers
from localcloud.appsync.execution.schema import build_api_schema
from localcloud.appsync.resolving import FieldCall, FieldError, FieldOutcome
from localcloud.appsync.service import AppSyncService
from localcloud.appsync.serving.connection import RealtimeSettings
from localcloud.auth.principals import Principals
from localcloud.auth.tokens import UserPoolKeys
from localcloud.aws import Credentials, EngineAddress

SDL = """
schema { query: Query mutation: Mutation subscription: Subscription }

type Query {
  message(id: ID!): Message
  messages(limit: Int = 10, mood: Mood): [Message!]
  search(text: String): [Found]
  find(by: Criteria!): Message
  identity: AWSJSON @aws_api_key @aws_iam @aws_cognito_user_pools
  forStaff: String @aws_cognito_user_pools(cognito_groups: ["staff"])
  forBackend: String @aws_iam
  broken: Message
  strict: Message!
  at(when: AWSDateTime!): AWSDateTime
}

type Mutation {
  say(id: ID!, text: String, room: String): Message @aws_api_key @aws_iam @aws_cognito_user_pools
  backendSay(id: ID!, text: String): Message @aws_iam
  first: String
  second: String
}

type Subscription {
  onSay(room: String, id: ID): Message
    @aws_subscribe(mutations: ["say", "backendSay"]) @aws_api_key @aws_iam @aws_cognito_user_pools
  onStrict(room: String): Message @aws_subscribe(mutations: ["say"])
  onSecret: Message @aws_subscribe(mutations: ["say"]) @aws_iam
  onGuarded(room: String): Message @aws_subscribe(mutations: ["say"])
}

type Message @aws_api_key @aws_iam @aws_cognito_user_pools {
  id: ID!
  text: String
  room: String
  mood: Mood
  at: AWSDateTime
  author: Author
  replies: [Message!]
  backendNote: String @aws_iam
}

type Author @aws_cognito_user_pools { name: String }
enum Mood { GLAD SAD }
interface Named { name: String }
type Cat implements Named { name: String lives: Int }
type Dog implements Named { name: String barks: Boolean }
union Found = Cat | Dog
input Criteria { id: ID! mood: Mood phone: AWSPhone nested: Inner }
input Inner { name: String! }
"""
ACCOUNT = "000000000000"
REGION = "us-east-1"
API_KEY = "da2-testkey"
EXPIRED_KEY = "da2-expired"
POOL = "us-east-1_Tests"
CLIENT = "client1234"
ENGINE = EngineAddress(
    "http://127.0.0.1:1", REGION, ACCOUNT, Credentials(ACCOUNT, "the-administrators-secret")
)
Handler = Callable[[FieldCall], "FieldOutcome | Awaitable[FieldOutcome]"]


def definition(**changes: Any) -> ApiDefinition:
    now = datetime.now(UTC)
    base = ApiDefinition(
        id="api1",
        name="tests",
        schema_sdl=SDL,
        default_auth=AuthMode("API_KEY"),
        additional_auth=(
            AuthMode("AWS_IAM"),
            AuthMode("AMAZON_COGNITO_USER_POOLS", user_pool=UserPoolConfig(POOL, REGION)),
        ),
        api_keys=(
            ApiKey(API_KEY, now + timedelta(days=1)),
            ApiKey(EXPIRED_KEY, now - timedelta(seconds=1)),
        ),
        region=REGION,
        account=ACCOUNT,
    )
    return replace(base, **changes)


@dataclass
class FakeResolvers:
    """Resolvers written by hand: a function per field."""

    handlers: dict[tuple[str, str], Handler] = field(default_factory=dict)
    calls: list[FieldCall] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def has(self, type_name: str, field_name: str) -> bool:
        return (type_name, field_name) in self.handlers

    async def resolve(self, call: FieldCall) -> FieldOutcome:
        self.calls.append(call)
        outcome = self.handlers[call.type_name, call.field_name](call)
        return outcome if isinstance(outcome, FieldOutcome) else await outcome


def served_api(api: ApiDefinition, resolvers: Resolvers, **options: Any) -> ServedApi:
    """An API without its endpoints."""
    gate = CallerGate(api, principals=Principals(ENGINE), keys=UserPoolKeys(ENGINE.endpoint))
    return ServedApi(api, build_api_schema(api.schema_sdl), gate=gate, resolvers=resolvers, **options)


def gives(value: JSON) -> Handler:
    return lambda _call: FieldOutcome(value)


def fails(message: str, kind: str | None = None, data: JSON = None, info: JSON = None) -> Handler:
    return lambda _call: FieldOutcome(None, [FieldError(message, kind, data, info)])


def echo(call: FieldCall) -> FieldOutcome:
    return FieldOutcome(dict(call.arguments))


def resolvers() -> FakeResolvers:
    return FakeResolvers(
        {
            ("Query", "message"): lambda c: FieldOutcome(
                {"id": c.arguments["id"], "text": "hello", "mood": "GLAD"}
            ),
            ("Query", "identity"): lambda c: FieldOutcome(c.identity),
            ("Query", "forStaff"): gives("staff only"),
            ("Query", "forBackend"): gives("backend only"),
            ("Query", "find"): echo,
            ("Query", "at"): lambda c: FieldOutcome(c.arguments["when"]),
            ("Mutation", "say"): echo,
            ("Mutation", "backendSay"): echo,
        }
    )


class Pool:
    """A user pool's keys, and tokens signed with them."""

    def __init__(self, key_id: str = "key1") -> None:
        self.key_id = key_id

    @cached_property
    def _key(self) -> rsa.RSAPrivateKey:
        """Made when it is first used: it takes a while, and some pools are made for a whole module."""
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def jwks(self) -> dict[str, Any]:
        public = jwt.algorithms.RSAAlgorithm.to_jwk(self._key.public_key(), as_dict=True)
        return {"keys": [{**public, "kid": self.key_id, "alg": "RS256", "use": "sig"}]}

    def token(self, *, use: str = "id", groups: list[str] | None = None, **claims: Any) -> str:
        base: dict[str, Any] = {
            "sub": "5f4b8c1e-0000-4000-8000-000000000001",
            "iss": f"https://cognito-idp.{REGION}.amazonaws.com/{POOL}",
            "token_use": use,
            "iat": int(time.time()),
            "exp": int(time.time()) + 3600,
        }
        base |= (
            {"aud": CLIENT, "cognito:username": "ada"}
            if use == "id"
            else {"client_id": CLIENT, "username": "ada"}
        )
        if groups is not None:
            base["cognito:groups"] = groups
        signed = {name: value for name, value in (base | claims).items() if value is not None}
        return jwt.encode(signed, self._key, algorithm="RS256", headers={"kid": self.key_id})


@cache
def pool_of_all() -> Pool:
    """Return the pool that every test's API knows: to make a key takes longer than to start a service."""
    return Pool()


@asynccontextmanager
async def jwks_server(pool: Pool) -> AsyncIterator[str]:
    """Serve a pool's keys as the engine does."""

    async def keys(request: web.Request) -> web.Response:
        if request.match_info["pool"] != POOL:
            raise web.HTTPNotFound
        return web.json_response(pool.jwks())

    app = web.Application()
    app.router.add_get("/{pool}/.well-known/jwks.json", keys)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@dataclass
class Running:
    """A service that runs, the one API in it, and a client session."""

    service: AppSyncService
    address: GraphQLApiAddress
    resolvers: FakeResolvers
    session: aiohttp.ClientSession
    pool: Pool
    api: ApiDefinition

    async def post(self, body: Any, **headers: str) -> tuple[int, Any]:
        request_headers = (
            {"x-api-key": API_KEY} if not headers else {k.replace("_", "-"): v for k, v in headers.items()}
        )
        data = body if isinstance(body, (str, bytes)) else json.dumps(body)
        async with self.session.post(self.address.graphql, data=data, headers=request_headers) as answer:
            return answer.status, json.loads(await answer.read())

    async def query(self, query: str, variables: dict[str, Any] | None = None, **headers: str) -> Any:
        status, document = await self.post({"query": query, "variables": variables or {}}, **headers)
        assert status == 200, document
        return document


@asynccontextmanager
async def running(
    api: ApiDefinition | None = None,
    fakes: FakeResolvers | None = None,
    settings: RealtimeSettings | None = None,
    functions: Invoker | None = None,
) -> AsyncIterator[Running]:
    """Run a service with one API."""
    pool = pool_of_all()
    served = api or definition()
    fake = fakes or resolvers()
    async with jwks_server(pool) as endpoint, aiohttp.ClientSession() as session:
        service = AppSyncService(
            replace(ENGINE, endpoint=endpoint),
            lambda _api: fake,
            settings=settings,
            functions=functions,
            load=lambda _id: served,
        )
        await service.start()
        try:
            async with session.post(
                f"{service.control.url}/apis/{served.id}", json={"name": served.name}
            ) as response:
                urls = await response.json()
            address = GraphQLApiAddress(served.id, served.name, urls["graphql"], urls["realtime"])
            yield Running(service, address, fake, session, pool, served)
        finally:
            await service.stop()


async def until_live(up: Running, count: int) -> None:
    """Wait until the API has so many live subscriptions."""
    hub = up.service.hub(up.address.id)
    async with asyncio.timeout(60):
        while len(hub) != count:
            await asyncio.sleep(0.005)
