"""Rules of REST APIs as plain values, independent of their source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Period: TypeAlias = Literal["DAY", "WEEK", "MONTH"]


@dataclass(frozen=True)
class Validation:
    """What a method's request validator looks at.

    Attributes
    ----------
    parameters
        Those that a request must have: ``method.request.querystring.page``.
    models
        The names of models by the type of a body.
    body, required
        Whether bodies and parameters are looked at.
    """

    parameters: tuple[str, ...] = ()
    models: Mapping[str, str] = field(default_factory=dict, hash=False)
    body: bool = False
    required: bool = False


@dataclass(frozen=True)
class GatewayResponse:
    """How an API words an answer of the gateway's own.

    Attributes
    ----------
    status
        None where it stays what it is.
    headers
        Where each value comes from: ``'text'``, ``method.request.header.Origin`` and the like.
    templates
        By the type of the content that they make.
    """

    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict, hash=False)
    templates: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Limit:
    """Requests a second, and how many at once."""

    rate: float
    burst: int


@dataclass(frozen=True)
class Quota:
    """Requests in a period; ``offset`` of them are taken already in the first one."""

    limit: int
    period: Period
    offset: int = 0


@dataclass(frozen=True)
class UsagePlan:
    """Who may use a stage with an API key, and how much.

    Attributes
    ----------
    stages
        Of this API, each with the limits of single methods (``/orders/GET``).
    key_ids
        The keys of the plan.
    """

    id: str
    stages: Mapping[str, Mapping[str, Limit]] = field(hash=False)
    key_ids: frozenset[str] = frozenset()
    limit: Limit | None = None
    quota: Quota | None = None


@dataclass(frozen=True)
class ApiKey:
    """A key. Its value never appears in a ``repr``."""

    id: str
    value: str = field(repr=False)
    enabled: bool = True


@dataclass(frozen=True)
class AccessLog:
    """Where a stage writes a line for each request, and of what form."""

    group: str
    format: str


@dataclass(frozen=True)
class Rules:
    """The rules of an API.

    Attributes
    ----------
    responses
        By AWS's names of gateway responses, ``DEFAULT_4XX`` among them.
    schemas
        The models' schemas, by their names.
    limits
        Of each stage, by ``*/*``, ``/orders/*`` or ``/orders/GET``.
    logs
        Of each stage that writes one.
    """

    responses: Mapping[str, GatewayResponse] = field(default_factory=dict, hash=False)
    schemas: Mapping[str, str] = field(default_factory=dict, hash=False)
    limits: Mapping[str, Mapping[str, Limit]] = field(default_factory=dict, hash=False)
    logs: Mapping[str, AccessLog] = field(default_factory=dict, hash=False)
    key_source: Literal["HEADER", "AUTHORIZER"] = "HEADER"
    plans: tuple[UsagePlan, ...] = ()
    keys: tuple[ApiKey, ...] = ()
