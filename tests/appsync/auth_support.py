"""A small OpenID Connect issuer that really serves its keys, and a function written by hand."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from localcloud.appsync.definition import AuthMode, OpenIdConfig
from localcloud.functions.model import InvokeResult

SDL = """
type Query {
  identity: AWSJSON @aws_api_key @aws_iam @aws_cognito_user_pools @aws_oidc @aws_lambda
  open: String
  person: Person @aws_lambda @aws_api_key
}
type Mutation { say(id: ID!, text: String): Message @aws_lambda @aws_api_key }
type Subscription {
  onSay(id: ID): Message @aws_subscribe(mutations: ["say"]) @aws_lambda @aws_oidc
  onOther: Message @aws_subscribe(mutations: ["say"]) @aws_lambda
}
type Message @aws_lambda @aws_api_key @aws_oidc { id: ID! text: String }
type Person @aws_lambda @aws_api_key { name: String secret: String code: String! }
"""
Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@cache
def rsa_key(which: int = 0) -> rsa.RSAPrivateKey:
    """Return a key; made once for each number, for it takes a while."""
    del which
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@cache
def ec_key(which: int = 0) -> ec.EllipticCurvePrivateKey:
    del which
    return ec.generate_private_key(ec.SECP256R1())


def jwk(key: Key, key_id: str, **more: str) -> dict[str, Any]:
    """Return the public half as a JSON Web Key."""
    if isinstance(key, rsa.RSAPrivateKey):
        document = jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
    else:
        document = jwt.algorithms.ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
    document.pop("key_ops", None)
    return {**document, "kid": key_id, "use": "sig", **more}


@dataclass
class Issuer:
    """An issuer's metadata, and its tokens."""

    url: str = ""
    name: str = ""
    keys: list[dict[str, Any]] = field(default_factory=lambda: [jwk(rsa_key(), "rsa1"), jwk(ec_key(), "ec1")])
    requests: list[str] = field(default_factory=list)
    failing: bool = False

    async def answer(self, request: web.Request) -> web.Response:
        self.requests.append(request.path)
        if self.failing:
            return web.Response(status=500)
        if request.path == "/.well-known/openid-configuration":
            return web.json_response({"issuer": self.name, "jwks_uri": f"{self.url}/keys"})
        return web.json_response({"keys": self.keys})

    def token(
        self,
        *,
        key: Any = None,
        key_id: str | None = "rsa1",
        algorithm: str = "RS256",
        **claims: Any,
    ) -> str:
        now = int(time.time())
        base = {"sub": "ada", "iss": self.name, "aud": "web", "iat": now, "exp": now + 3600, **claims}
        return jwt.encode(
            {name: value for name, value in base.items() if value is not None},
            key or rsa_key(),
            algorithm=algorithm,
            headers={"kid": key_id} if key_id is not None else None,
        )

    def mode(self, **config: Any) -> AuthMode:
        return AuthMode("OPENID_CONNECT", open_id=OpenIdConfig(self.url, **config))


@asynccontextmanager
async def serving(*, slash: str = "") -> AsyncIterator[Issuer]:
    """Serve an issuer; ``slash`` stands at the end of what it calls itself."""
    issuer = Issuer()
    app = web.Application()
    app.router.add_get("/{path:.*}", issuer.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        issuer.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        issuer.name = issuer.url + slash
        yield issuer
    finally:
        await runner.cleanup()


@dataclass
class FakeFunctions:
    """Runs one function, written by hand: it gets the event and returns its answer, or raises its error."""

    function: Callable[[dict[str, Any]], Any] = lambda _event: {"isAuthorized": True}
    events: list[dict[str, Any]] = field(default_factory=list)
    named: list[str] = field(default_factory=list)

    async def invoke(
        self, function: str, payload: bytes, *, asynchronous: bool = False, limit: float | None = None
    ) -> InvokeResult:
        assert not asynchronous
        event = json.loads(payload)
        self.events.append(event)
        self.named.append(function)
        try:
            return InvokeResult(json.dumps(self.function(event)).encode())
        except ZeroDivisionError as error:
            document = {"errorMessage": str(error), "errorType": "ZeroDivisionError", "stackTrace": []}
            return InvokeResult(json.dumps(document).encode(), function_error="Unhandled")


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now
