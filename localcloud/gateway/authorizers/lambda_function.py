"""Lambda authorizers, ``TOKEN`` and ``REQUEST``: the function's policy, kept for as long as it says."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from localcloud.gateway.authorizers.policy import demand
from localcloud.gateway.definitions.rest import LambdaAuthorizer
from localcloud.gateway.errors import (
    AuthorizerFailed,
    IntegrationFailed,
    IntegrationTimedOut,
    IntegrationUnavailable,
    Unauthorized,
)
from localcloud.gateway.invoking import FunctionInvoker, FunctionRaised
from localcloud.gateway.requests import JSON, Incoming

_SECONDS: Final = 29.0
_MAX_KEPT: Final = 10_000


@dataclass(frozen=True)
class Question:
    """What an authorizer is asked.

    Attributes
    ----------
    source
        Finds the value of an identity source such as ``method.request.header.X``; None when it is missing.
    parts
        The rest of a ``REQUEST`` event.
    """

    method_arn: str
    source: Callable[[str], str | None]
    parts: Callable[[], Mapping[str, JSON]]


@dataclass(frozen=True)
class _Kept:
    until: float
    policy: JSON
    context: Mapping[str, JSON]
    usage_key: str


class LambdaAuthorizers:
    """Asks authorizers, and remembers their answers by identity.

    Parameters
    ----------
    monotonic
        Returns the time that answers are kept by.
    """

    def __init__(
        self, functions: FunctionInvoker, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._functions = functions
        self._monotonic = monotonic
        self._cached: dict[tuple[str, ...], _Kept] = {}

    async def admit(self, authorizer: LambdaAuthorizer, question: Question) -> Mapping[str, JSON]:
        """Return ``requestContext.authorizer`` of a request that the authorizer's policy allows.

        Raises as :meth:`grant` does.
        """
        return (await self.grant(authorizer, question))[0]

    async def grant(self, authorizer: LambdaAuthorizer, question: Question) -> tuple[Mapping[str, JSON], str]:
        """Return the same, and the API key that the authorizer chose (``usageIdentifierKey``).

        Raises
        ------
        Unauthorized
            When the identity is missing, or the function says so.
        AccessDenied
            When the policy does not allow it.
        AuthorizerFailed
            When the function fails, or answers no policy.
        """
        identity = _identity(authorizer, question)
        key = (authorizer.id, authorizer.function_arn, *identity)
        cached = self._cached.get(key) if identity else None
        if cached is None or cached.until <= self._monotonic():
            policy, context, usage_key = await self._invoke(authorizer, question, identity)
            cached = _Kept(self._monotonic() + authorizer.ttl_seconds, policy, context, usage_key)
            # Without an identity nothing distinguishes callers, so nothing may be kept.
            if identity and authorizer.ttl_seconds > 0:
                if len(self._cached) >= _MAX_KEPT:
                    self._cached.clear()
                self._cached[key] = cached
        # A kept policy answers for every method, so it is evaluated each time.
        demand(cached.policy, question.method_arn)
        return cached.context, cached.usage_key

    def forget(self) -> None:
        """Forget every answer: the API was redeployed."""
        self._cached.clear()

    async def _invoke(
        self, authorizer: LambdaAuthorizer, question: Question, identity: tuple[str, ...]
    ) -> tuple[JSON, Mapping[str, JSON], str]:
        event: dict[str, JSON] = {"type": authorizer.kind, "methodArn": question.method_arn}
        if authorizer.kind == "TOKEN":
            event["authorizationToken"] = identity[0]
        else:
            event |= question.parts()
        started = self._monotonic()
        try:
            answer = await self._functions.invoke_json(authorizer.function_arn, event, _SECONDS)
        except FunctionRaised as problem:
            # The one error that has a meaning: by its message, whatever its type.
            refused = Unauthorized if problem.error_message == "Unauthorized" else AuthorizerFailed
            raise refused from None
        except (IntegrationFailed, IntegrationTimedOut, IntegrationUnavailable):
            raise AuthorizerFailed from None
        if not isinstance(answer, Mapping) or not isinstance(answer.get("principalId"), str):
            raise AuthorizerFailed
        declared = answer.get("context")
        context = {} if declared is None else _context(declared)
        context["principalId"] = answer["principalId"]
        context["integrationLatency"] = int((self._monotonic() - started) * 1000)
        usage_key = answer.get("usageIdentifierKey")
        return answer.get("policyDocument"), context, usage_key if isinstance(usage_key, str) else ""


def _identity(authorizer: LambdaAuthorizer, question: Question) -> tuple[str, ...]:
    if authorizer.kind == "TOKEN":
        token = question.source(f"method.request.header.{authorizer.header}")
        if not token or (authorizer.validation and not re.fullmatch(authorizer.validation, token)):
            raise Unauthorized
        return (token,)
    sources = [question.source(source) for source in authorizer.identity_sources]
    if not all(sources):
        raise Unauthorized
    return tuple(value for value in sources if value)


def _context(declared: JSON) -> dict[str, JSON]:
    """Return the context with its values as strings; a list or an object in it is a failure, as on AWS."""
    if not isinstance(declared, Mapping):
        raise AuthorizerFailed
    context: dict[str, JSON] = {}
    for name, value in declared.items():
        if isinstance(value, (Mapping, list)):
            raise AuthorizerFailed
        context[name] = value if isinstance(value, str) or value is None else json.dumps(value)
    return context


def identity_source(source: str, incoming: Incoming, stage_variables: Mapping[str, str]) -> str | None:
    """Return the value of an identity source such as ``method.request.header.X``; None when it is missing."""
    kind, _, name = source.removeprefix("method.request.").removeprefix("route.request.").partition(".")
    match kind:
        case "header":
            return incoming.lowered.get(name.lower()) or None
        case "querystring" | "multivaluequerystring":
            values = incoming.parameters.get(name)
            return values[-1] if values else None
        case "stageVariables":
            return stage_variables.get(name) or None
    return None
