"""What a REST API is, and what APIs of all kinds share: integrations with functions, authorizers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, Literal, TypeAlias

from localcloud.gateway.mapping.definition import HttpProxy, MappedIntegration
from localcloud.gateway.rules.definition import Rules, Validation

_EPOCH: Final = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True)
class LambdaProxy:
    """The integrations ``AWS_PROXY``: a function gets the request as it is and makes the whole answer.

    Attributes
    ----------
    idle_seconds
        Of one that streams (``responseTransferMode: STREAM``): how long nothing may come. None of others.
    """

    function_arn: str
    timeout_seconds: float = 29.0
    idle_seconds: float | None = None


@dataclass(frozen=True)
class Mock:
    """An integration that answers by itself: CORS preflight above all."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict, hash=False)
    body: str = ""


@dataclass(frozen=True)
class Unsupported:
    """An integration that the gateway does not serve; ``what`` names it in answers and in a warning."""

    what: str


@dataclass(frozen=True)
class CognitoAuthorizer:
    """``COGNITO_USER_POOLS``: a token of one of the pools.

    Without ``scopes`` it is an id token; with them an access token that has one of the scopes.
    """

    id: str
    name: str
    user_pool_ids: tuple[str, ...]
    header: str = "Authorization"
    scopes: tuple[str, ...] = ()


@dataclass(frozen=True)
class LambdaAuthorizer:
    """A function that answers with a policy.

    Attributes
    ----------
    header
        The header that holds a ``TOKEN`` authorizer's token.
    identity_sources
        What a ``REQUEST`` authorizer asks of the request, such as ``method.request.header.X`` (REST) or
        ``route.request.querystring.X`` (WebSocket): without all of them it is 401; they key the cache.
    validation
        A pattern that the token must match, or the function is not asked.
    """

    id: str
    name: str
    kind: Literal["TOKEN", "REQUEST"]
    function_arn: str
    header: str = "Authorization"
    identity_sources: tuple[str, ...] = ()
    ttl_seconds: int = 300
    validation: str | None = None


@dataclass(frozen=True)
class ClaimRule:
    """A claim that an issuer's tokens have; ``values`` are those that are accepted, none any."""

    name: str
    required: bool = False
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class JwtIssuer:
    """An issuer that a ``JWT`` authorizer trusts, and whom its tokens are for."""

    issuer: str
    audiences: tuple[str, ...]
    claims: tuple[ClaimRule, ...] = ()


@dataclass(frozen=True)
class JwtAuthorizer:
    """``JWT``: a token of one of the issuers, signed by one of the algorithms."""

    id: str
    name: str
    issuers: tuple[JwtIssuer, ...]
    algorithms: tuple[str, ...]
    header: str = "Authorization"
    scopes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Iam:
    """``AWS_IAM``: the request is signed (Signature Version 4, service ``execute-api``)."""


Integration: TypeAlias = LambdaProxy | Mock | MappedIntegration | HttpProxy | Unsupported
Authorizer: TypeAlias = CognitoAuthorizer | LambdaAuthorizer | JwtAuthorizer | Iam


@dataclass(frozen=True)
class Route:
    """A method of a resource. ``method`` may be ``ANY``; ``path`` is ``/orders/{id}`` or ``/{proxy+}``."""

    method: str
    path: str
    resource_id: str
    integration: Integration
    authorizer: Authorizer | None = None
    validation: Validation | None = None
    key_required: bool = False


@dataclass(frozen=True)
class RestApi:
    """A REST API.

    Attributes
    ----------
    stages
        Each stage's variables.
    traced
        The stages with TracingEnabled.
    """

    id: str
    name: str
    stages: Mapping[str, Mapping[str, str]] = field(hash=False)
    routes: tuple[Route, ...]
    binary_media_types: tuple[str, ...] = ()
    created: datetime = _EPOCH
    traced: frozenset[str] = frozenset()
    rules: Rules = field(default_factory=Rules)
