"""What an HTTP API is, as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, Literal, TypeAlias

from localcloud.gateway.definitions.rest import Iam, Unsupported
from localcloud.gateway.definitions.urls import Cors

DEFAULT: Final = "$default"
"""The route that takes what no other one does, and the stage that has no name in its address."""

_EPOCH: Final = datetime.fromtimestamp(0, UTC)
Version: TypeAlias = Literal["1.0", "2.0"]
Responses: TypeAlias = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class FunctionIntegration:
    """``AWS_PROXY`` with a function, which gets a payload of one of the two formats."""

    function_arn: str
    version: Version
    timeout_seconds: float = 30.0
    parameters: Mapping[str, str] = field(default_factory=dict, hash=False)
    responses: Responses = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Address:
    """``HTTP_PROXY``: the request goes on to another address.

    Attributes
    ----------
    url
        With ``{names}`` of path parameters.
    method
        ``ANY`` stands for the request's own.
    """

    url: str
    method: str
    timeout_seconds: float = 30.0
    parameters: Mapping[str, str] = field(default_factory=dict, hash=False)
    responses: Responses = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Action:
    """``AWS_PROXY`` with a subtype such as ``SQS-SendMessage``: an operation of a service of AWS.

    Attributes
    ----------
    parameters
        Of the operation; the values are selected from the request.
    """

    subtype: str
    parameters: Mapping[str, str] = field(default_factory=dict, hash=False)
    timeout_seconds: float = 30.0
    responses: Responses = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class JwtAuthorizer:
    """A token of an OpenID Connect issuer, for one of the audience."""

    id: str
    name: str
    issuer: str
    audience: tuple[str, ...]
    source: str = "$request.header.Authorization"


@dataclass(frozen=True)
class RequestAuthorizer:
    """A function that lets requests in.

    Attributes
    ----------
    simple
        Whether it answers ``{"isAuthorized": …}`` instead of a policy (format 2.0 alone).
    """

    id: str
    name: str
    function_arn: str
    version: Version
    simple: bool = False
    sources: tuple[str, ...] = ()
    ttl_seconds: int = 300


HttpIntegration: TypeAlias = FunctionIntegration | Address | Action | Unsupported
HttpAuthorizer: TypeAlias = JwtAuthorizer | RequestAuthorizer | Iam


@dataclass(frozen=True)
class HttpRoute:
    """A route such as ``GET /orders/{id}``; of ``$default`` method and path are empty."""

    key: str
    method: str
    path: str
    integration: HttpIntegration
    authorizer: HttpAuthorizer | None = None
    scopes: tuple[str, ...] = ()


@dataclass(frozen=True)
class HttpApi:
    """An HTTP API; ``stages`` are each stage's variables."""

    id: str
    name: str
    stages: Mapping[str, Mapping[str, str]] = field(hash=False)
    routes: tuple[HttpRoute, ...]
    cors: Cors | None = None
    created: datetime = _EPOCH
