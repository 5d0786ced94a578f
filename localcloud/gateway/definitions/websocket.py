"""What a WebSocket API is, with integrations that map requests by templates and answers by responses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, TypeAlias

from localcloud.gateway.definitions.rest import Iam, LambdaAuthorizer, LambdaProxy, Unsupported
from localcloud.gateway.mapping.definition import MappedIntegration

DEFAULT_SELECTION: Final = "$request.body.action"
DEFAULT_KEY: Final = "$default"
_EPOCH: Final = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True)
class SocketResponse:
    r"""What becomes of an answer.

    Attributes
    ----------
    key
        ``/2\d\d/`` for a status, or a function's error message; ``$default`` for every other one.
    selection
        The expression that selects one of the templates by its key.
    """

    key: str
    templates: Mapping[str, str] = field(default_factory=dict, hash=False)
    selection: str = ""


@dataclass(frozen=True)
class SocketMapped:
    """The types ``AWS``, ``HTTP``, ``HTTP_PROXY`` and ``MOCK``.

    Attributes
    ----------
    call
        What is called; its templates and responses are empty.
    templates
        By the keys that ``selection`` selects.
    """

    call: MappedIntegration
    templates: Mapping[str, str] = field(default_factory=dict, hash=False)
    selection: str = ""
    responses: tuple[SocketResponse, ...] = ()


@dataclass(frozen=True)
class SocketValidation:
    """Which models messages to a route must fit.

    Attributes
    ----------
    models
        Their names, by the keys that ``selection`` selects.
    """

    selection: str
    models: Mapping[str, str] = field(default_factory=dict, hash=False)


SocketIntegration: TypeAlias = LambdaProxy | SocketMapped | Unsupported


@dataclass(frozen=True)
class WebSocketApi:
    """A WebSocket API; ``routes`` maps route keys such as ``$connect`` to what is behind them.

    Attributes
    ----------
    two_way
        The keys of routes that send back what they answer.
    validations, schemas
        What messages to routes must fit, and the models' texts by their names.
    """

    id: str
    name: str
    stages: Mapping[str, Mapping[str, str]] = field(hash=False)
    routes: Mapping[str, SocketIntegration] = field(hash=False)
    route_selection: str = DEFAULT_SELECTION
    authorizer: LambdaAuthorizer | Iam | None = None
    created: datetime = _EPOCH
    two_way: frozenset[str] = frozenset()
    validations: Mapping[str, SocketValidation] = field(default_factory=dict, hash=False)
    schemas: Mapping[str, str] = field(default_factory=dict, hash=False)
