"""Integrations of WebSocket APIs that map: the request by a template, the answer by a response."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from localcloud.front.definition import LambdaProxy, Unsupported
from localcloud.front.mapping.definition import MappedIntegration

DEFAULT_KEY: Final = "$default"


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
