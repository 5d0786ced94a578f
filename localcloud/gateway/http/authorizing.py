"""Lets the callers of an HTTP API in, by whichever kind of authorizer a route has."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from localcloud.gateway.authorizers.policy import PolicyVerdict, judge
from localcloud.gateway.authorizers.signatures import Signatures, iam_identity
from localcloud.gateway.definitions.http import JwtAuthorizer, RequestAuthorizer
from localcloud.gateway.definitions.rest import Iam
from localcloud.gateway.errors import (
    AccessDenied,
    AuthorizerFailed,
    GatewayRefused,
    MissingToken,
    SignatureRefused,
)
from localcloud.gateway.http.errors import Denied, Failed, Unauthorized
from localcloud.gateway.http.events import AuthorizedCaller, HttpCall, authorizer_event, method_arn
from localcloud.gateway.http.parameters import request_selector
from localcloud.gateway.http.tokens import JwtTokens
from localcloud.gateway.invoking import FunctionInvoker
from localcloud.gateway.requests import JSON

_SECONDS: Final = 10.0  # how long an authorizer of an HTTP API has
_MAX_KEPT: Final = 10_000


@dataclass(frozen=True)
class _Kept:
    until: float
    answer: Mapping[str, JSON]


class HttpGate:
    """Runs authorizers, and keeps what functions answered for as long as the authorizer says.

    Parameters
    ----------
    monotonic
        Returns the time that answers are kept by.
    """

    def __init__(
        self,
        *,
        tokens: JwtTokens,
        signatures: Signatures,
        functions: FunctionInvoker,
        region: str,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._tokens, self._signatures, self._functions = tokens, signatures, functions
        self._region, self._monotonic = region, monotonic
        self._cached: dict[tuple[str, ...], _Kept] = {}

    def forget(self) -> None:
        """Forget what authorizers answered: the API has changed."""
        self._cached.clear()

    async def admit(self, call: HttpCall) -> AuthorizedCaller | None:
        """Return whom a route's authorizer lets through; None where the route has none.

        Raises
        ------
        localcloud.gateway.http.errors.HttpRefused
        """
        route = call.match.route
        match route.authorizer:
            case Iam():
                return await self._signed(call)
            case JwtAuthorizer() as authorizer:
                text = _source(call, authorizer.source)
                return AuthorizedCaller("jwt", await self._tokens.admit(authorizer, text, route.scopes))
            case RequestAuthorizer() as authorizer:
                return await self._invoked(call, authorizer)
        return None

    async def _signed(self, call: HttpCall) -> AuthorizedCaller:
        invoke = "execute-api:Invoke", method_arn(call, self._region)
        try:
            principal = await self._signatures.admit(call.incoming, *invoke)
        except (MissingToken, SignatureRefused, AccessDenied):
            raise Denied from None
        context: dict[str, JSON] = {
            "accessKey": principal.access_key_id,
            "accountId": principal.account,
            "callerId": principal.user_id,
            "cognitoIdentity": None,
            "principalOrgId": None,
            "userArn": principal.user_arn,
            "userId": principal.user_id,
        }
        return AuthorizedCaller("iam", context, iam_identity(principal))

    async def _invoked(self, call: HttpCall, authorizer: RequestAuthorizer) -> AuthorizedCaller:
        sources = [_source(call, source) for source in authorizer.sources]
        if not all(sources):
            raise Unauthorized
        identity = [source for source in sources if source]
        key = (authorizer.id, authorizer.function_arn, *identity)
        cached = self._cached.get(key) if identity else None
        if cached is None or cached.until <= self._monotonic():
            event = authorizer_event(call, authorizer.version, self._region, identity)
            cached = _Kept(self._monotonic() + authorizer.ttl_seconds, await self._answer(authorizer, event))
            # Without an identity nothing distinguishes callers, so nothing may be kept.
            if identity and authorizer.ttl_seconds > 0:
                if len(self._cached) >= _MAX_KEPT:
                    self._cached.clear()
                self._cached[key] = cached
        return AuthorizedCaller("lambda", _judged(cached.answer, authorizer, method_arn(call, self._region)))

    async def _answer(self, authorizer: RequestAuthorizer, event: Mapping[str, JSON]) -> Mapping[str, JSON]:
        try:
            answer = await self._functions.invoke_json(authorizer.function_arn, event, _SECONDS)
        except GatewayRefused:
            raise Failed from None
        if not isinstance(answer, Mapping):
            raise Failed
        return answer


def _judged(answer: Mapping[str, JSON], authorizer: RequestAuthorizer, arn: str) -> Mapping[str, JSON]:
    """Return the context of an answer that lets the caller in."""
    if authorizer.simple:
        if not isinstance(answer.get("isAuthorized"), bool):
            raise Failed
        allowed = answer["isAuthorized"] is True
    else:
        try:
            allowed = judge(answer.get("policyDocument"), arn) is PolicyVerdict.ALLOWED
        except AuthorizerFailed:
            raise Failed from None
    if not allowed:
        raise Denied
    context = answer.get("context") or {}
    if not isinstance(context, Mapping):
        raise Failed
    if authorizer.version == "2.0":
        return context
    texts: dict[str, JSON] = {
        name: value if isinstance(value, str) else json.dumps(value) for name, value in context.items()
    }
    return {"principalId": answer.get("principalId"), **texts}


def _source(call: HttpCall, source: str) -> str | None:
    context: Mapping[str, JSON] = {
        "routeKey": call.match.route.key,
        "stage": call.stage,
        "path": call.raw_path,
        "httpMethod": call.incoming.method,
        "identity": {"sourceIp": call.incoming.source_ip, "userAgent": call.incoming.user_agent},
    }
    select = request_selector(call, context)
    return select(source.removeprefix("$").strip("{}")) or None
