"""The mode ``AWS_LAMBDA``: a function says who is let in, and its answer is kept for as long as it says."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias
from urllib.parse import parse_qs

from localcloud.appsync.auth.patterns import fits
from localcloud.appsync.caller import Caller, Credential
from localcloud.appsync.definition import JSON, LambdaAuthorizerConfig
from localcloud.appsync.errors import AuthorizerFailed, Unauthorized

if TYPE_CHECKING:
    from localcloud.appsync.auth.guarded import Guarded
    from localcloud.appsync.auth.invoking import AskFunction

# What AppSync puts into the event of a handshake, where there is no operation yet; seen in logs of its users.
CONNECT: Final = "Deepdish:Connect"
MAX_CONTEXT: Final = 5 * 1024 * 1024
MAX_KEPT_ANSWER: Final = 1024 * 1024  # an answer of this size or more is never kept
_MAX_TTL: Final = 3600
_MAX_KEPT: Final = 10_000
_FIELD: Final = re.compile(r"\w+\.\w+")
_FIELD_ARN: Final = re.compile(r"arn:[\w-]+:appsync:[^:]*:[^:]*:apis/([^/]+)/types/(\w+)/fields/(\w+)")
_Key: TypeAlias = tuple[str, str, str, str]
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class AuthorizerVerdict:
    """What an authorizer answered."""

    authorized: bool
    context: Mapping[str, JSON]
    denied: frozenset[str]
    ttl: float


class LambdaAuthorizers:
    """Asks authorizers, and remembers their answers by API, function and token; in Events by channel too.

    Parameters
    ----------
    invoke
        Runs a function.
    monotonic
        Returns the time that answers are kept by.
    """

    def __init__(self, invoke: AskFunction, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._invoke = invoke
        self._monotonic = monotonic
        self._cached: dict[_Key, tuple[float, AuthorizerVerdict]] = {}
        self._asking: dict[_Key, asyncio.Event] = {}

    async def admit(
        self, api: Guarded, config: LambdaAuthorizerConfig, token: str, credential: Credential
    ) -> AuthorizerVerdict:
        """Return what the authorizer says of a caller that it lets in.

        Raises
        ------
        Unauthorized
            When the token has not the form that is asked for, or the function does not let it in.
        AuthorizerFailed
            When the function fails, takes too long, or answers what is no answer.
        """
        pattern = config.identity_validation_expression
        if pattern and not fits(pattern, token):
            raise Unauthorized
        # An authorizer that gets an operation and a channel (Events) answers for these: kept by token alone,
        # a yes for one channel would open all.
        key = (api.id, config.function_arn, token, repr(credential.request_context))
        verdict = self._fresh(key)
        if verdict is None and key in self._asking:
            # A crowd that connects again with one token would start as many environments of the function.
            await self._asking[key].wait()
            verdict = self._fresh(key)
        if verdict is None:
            verdict = await self._found_out(key, api, config, credential)
        if not verdict.authorized:
            raise Unauthorized
        return verdict

    def _fresh(self, key: _Key) -> AuthorizerVerdict | None:
        cached = self._cached.get(key)
        return cached[1] if cached is not None and cached[0] > self._monotonic() else None

    async def _found_out(
        self, key: _Key, api: Guarded, config: LambdaAuthorizerConfig, credential: Credential
    ) -> AuthorizerVerdict:
        """Ask, and keep the answer; others with the same question wait for it, if answers are kept."""
        decided = asyncio.Event()
        if config.ttl_seconds > 0:
            self._asking.setdefault(key, decided)
        try:
            verdict = await self._invoked(api, config, key[2], credential)
            self._cached.pop(key, None)
            if verdict.ttl > 0:
                if len(self._cached) >= _MAX_KEPT:
                    self._cached.clear()
                self._cached[key] = (self._monotonic() + verdict.ttl, verdict)
        finally:
            decided.set()
            if self._asking.get(key) is decided:
                del self._asking[key]
        return verdict

    async def _invoked(
        self, api: Guarded, config: LambdaAuthorizerConfig, token: str, credential: Credential
    ) -> AuthorizerVerdict:
        text = await self._invoke(config.function_arn, authorizer_event(api, token, credential))
        try:
            return _read(text, api, config.ttl_seconds)
        except AuthorizerFailed as problem:
            log.warning("The authorizer %s of API %s: %s", config.function_arn, api.name, problem.message)
            raise


def authorizer_event(api: Guarded, token: str, credential: Credential) -> dict[str, JSON]:
    """Return the event that an authorizer is given."""
    about = credential.request_context
    return {
        "authorizationToken": token,
        "requestContext": {
            "apiId": api.id,
            "accountId": api.account,
            "requestId": str(uuid.uuid4()),
            **(_operation(credential) if about is None else about),
        },
        "requestHeaders": dict(credential.headers),
    }


def _operation(credential: Credential) -> dict[str, JSON]:
    """Return what a GraphQL request asks for, as far as it can be read: it is not judged here."""
    if credential.path == "/graphql/connect":
        return {"queryString": "", "operationName": CONNECT, "variables": {}}
    document: JSON = {}
    if credential.method == "GET":
        document = {name: values[-1] for name, values in parse_qs(credential.query).items()}
    else:
        document = _json(credential.body)
    request = document if isinstance(document, dict) else {}
    query, name, variables = request.get("query"), request.get("operationName"), request.get("variables")
    if isinstance(variables, str):
        variables = _json(variables)
    return {
        "queryString": query if isinstance(query, str) else "",
        # It is the request's own member: one that stands in the query alone is not in the event.
        **({"operationName": name} if isinstance(name, str) else {}),
        "variables": variables if isinstance(variables, dict) else {},
    }


def _json(text: str | bytes) -> JSON:
    try:
        document: JSON = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return document


def _read(text: str, api: Guarded, ttl: float) -> AuthorizerVerdict:
    answer = _json(text)
    if not isinstance(answer, dict) or not isinstance(answer.get("isAuthorized"), bool):
        raise AuthorizerFailed("The authorizer's answer has no isAuthorized that is true or false.")
    override = answer.get("ttlOverride")
    if override is not None:
        if isinstance(override, bool) or not isinstance(override, (int, float)):
            raise AuthorizerFailed("The authorizer's ttlOverride is no number.")
        ttl = min(max(override, 0), _MAX_TTL)
    return AuthorizerVerdict(
        authorized=answer["isAuthorized"] is True,
        context=_context(answer),
        denied=_denied(answer.get("deniedFields"), api),
        ttl=0 if len(text.encode(errors="replace")) >= MAX_KEPT_ANSWER else ttl,
    )


def _context(answer: dict[str, JSON]) -> dict[str, JSON]:
    """Return ``resolverContext``, or ``handlerContext`` as Events calls it: strings, numbers, booleans."""
    resolver_context = answer.get("resolverContext", answer.get("handlerContext"))
    if resolver_context is None:
        return {}
    if not isinstance(resolver_context, dict) or any(
        isinstance(value, (dict, list)) for value in resolver_context.values()
    ):
        raise AuthorizerFailed("The authorizer's context holds more than strings, numbers and booleans.")
    if len(json.dumps(resolver_context).encode()) > MAX_CONTEXT:
        raise AuthorizerFailed(f"The authorizer's context is over {MAX_CONTEXT} bytes.")
    return resolver_context


def _denied(denied: JSON, api: Guarded) -> frozenset[str]:
    """Return denied fields, each ``Type.field``: those of this API, when they are given by their ARN."""
    if denied is None:
        return frozenset()
    if not isinstance(denied, list) or not all(isinstance(item, str) for item in denied):
        raise AuthorizerFailed("The authorizer's deniedFields is no list of strings.")
    fields: set[str] = set()
    for name in map(str, denied):
        arn = _FIELD_ARN.fullmatch(name)
        if arn is not None:
            if arn[1] == api.id:
                fields.add(f"{arn[2]}.{arn[3]}")
        elif _FIELD.fullmatch(name):
            fields.add(name)
        else:
            log.warning("An authorizer of API %s denies %r, which names no field.", api.name, name)
    return frozenset(fields)


def lambda_caller(verdict: AuthorizerVerdict, *, context_name: str) -> Caller:
    """Return the caller that an authorizer let in."""
    context = dict(verdict.context)
    return Caller(
        mode="AWS_LAMBDA",
        identity={context_name: context},
        denied_fields=verdict.denied,
        resolver_context=context,
    )
