"""How a mend is registered, and how it changes what CloudFormation does with a resource type."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from localcloud.engine.feed import Feed
from localcloud.engine.ministack.facade import MendError
from localcloud.engine.ministack.provisioners import provisioners
from localcloud.engine.ministack.types import Function, Record, Response
from localcloud.engine.settings import Settings

__all__ = ["Context", "Function", "MendError", "Record", "Response", "handlers", "mend", "wrap_handler"]


@dataclass(frozen=True)
class Context:
    """What mends may use of the process around them."""

    settings: Settings
    feed: Feed


MENDS: dict[str, Callable[[Context], None]] = {}


# Where a fault was reported to MiniStack's project, by the name of its mend.
UPSTREAM: dict[str, str] = {}


def mend(name: str, upstream: str = "") -> Callable[[Callable[[Context], None]], Callable[[Context], None]]:
    """Register the decorated function as the mend ``name``.

    Parameters
    ----------
    upstream
        The address of the issue in which MiniStack's project was asked for it.
    """

    def register(apply: Callable[[Context], None]) -> Callable[[Context], None]:
        if name in MENDS:
            raise MendError(f"two mends are named {name}")
        MENDS[name] = apply
        if upstream:
            UPSTREAM[name] = upstream
        return apply

    return register


def handlers(resource_type: str) -> dict[str, Any]:
    """Return MiniStack's create, update and delete of a CloudFormation resource type."""
    table: dict[str, dict[str, Any]] = provisioners.resource_handlers
    if resource_type not in table:
        raise MendError(f"MiniStack's CloudFormation knows no {resource_type} any more")
    return table[resource_type]


def wrap_handler(resource_type: str, verb: str) -> Callable[[Callable[[Function], Function]], None]:
    """Do as :func:`wrap`, for one verb (``create``, ``update``, ``delete``) of a resource type."""

    def apply(make: Callable[[Function], Function]) -> None:
        verbs = handlers(resource_type)
        if verb not in verbs:
            raise MendError(f"MiniStack's CloudFormation has no {verb} of {resource_type} any more")
        verbs[verb] = make(verbs[verb])

    return apply
