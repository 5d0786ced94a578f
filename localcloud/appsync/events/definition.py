"""What an Event API *is*: the frozen model that the loader reads and everything else serves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from localcloud.appsync.definition import ApiKey, AuthMode, AuthType, DataSource

Behavior = Literal["CODE", "DIRECT"]
InvokeType = Literal["REQUEST_RESPONSE", "EVENT"]


@dataclass(frozen=True)
class HandlerConfig:
    """How a handler is integrated: by the namespace's code, or directly with a Lambda function.

    ``invoke_type`` is for ``DIRECT`` alone; with ``EVENT`` no caller waits for the function.
    """

    behavior: Behavior = "CODE"
    data_source: str | None = None
    invoke_type: InvokeType = "REQUEST_RESPONSE"


@dataclass(frozen=True)
class Namespace:
    """A channel namespace. The modes are those that count: its own, else the API's."""

    name: str
    publish_modes: frozenset[AuthType]
    subscribe_modes: frozenset[AuthType]
    code: str | None = None
    on_publish: HandlerConfig = field(default_factory=HandlerConfig)
    on_subscribe: HandlerConfig = field(default_factory=HandlerConfig)


@dataclass(frozen=True)
class EventApiDefinition:
    """A whole Event API; what its gate asks of it is there as well (``Guarded``)."""

    id: str
    name: str
    auth_modes: tuple[AuthMode, ...]
    connect_modes: frozenset[AuthType]
    namespaces: Mapping[str, Namespace] = field(default_factory=lambda: MappingProxyType({}))
    data_sources: Mapping[str, DataSource] = field(default_factory=lambda: MappingProxyType({}))
    api_keys: tuple[ApiKey, ...] = ()
    region: str = "us-east-1"
    account: str = "000000000000"
