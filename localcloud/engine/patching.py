"""How a mend is registered, and how it changes what CloudFormation does with a resource type."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from localcloud.engine.feed import Feed
from localcloud.engine.ministack.facade import MendError
from localcloud.engine.ministack.resource_types import verb_of, verbs_of
from localcloud.engine.ministack.types import Function, Record, Response
from localcloud.engine.settings import Settings

__all__ = [
    "Context",
    "Function",
    "MendError",
    "Record",
    "Response",
    "mend",
    "replace_handlers",
    "verbs_of",
    "wrap_handler",
]


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


def wrap_handler(resource_type: str, verb: str) -> Callable[[Callable[[Function], Function]], None]:
    """Wrap a verb (``create``, ``update``, ``delete``) of a resource type of MiniStack's CloudFormation."""
    return verb_of(resource_type, verb).wrap


def replace_handlers(resource_type: str, **verbs: Function) -> None:
    """Replace verbs of a resource type."""
    for verb, handler in verbs.items():
        verb_of(resource_type, verb).replace(handler)
