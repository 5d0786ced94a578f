"""How a mend changes MiniStack: by name, loudly when the name is gone, in one registry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from localcloud.engine.feed import Feed
from localcloud.engine.settings import Settings

# What MiniStack keeps and answers: JSON-like, and untyped there.
Record = dict[str, Any]
Response = tuple[int, dict[str, str], bytes]
Function = Callable[..., Any]


# Called for each name of MiniStack's that is read or replaced; None except where the ledger is written.
LEDGER: Callable[[Any, str, bool], None] | None = None


class MendError(Exception):
    """A mend does not fit this MiniStack; the message says which and what to do."""


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


def original(owner: Any, name: str) -> Any:
    """Return the attribute ``name`` of a MiniStack module.

    Raises
    ------
    MendError
        It has none: the version differs from the one that the mend was written for.
    """
    if LEDGER is not None:
        LEDGER(owner, name, False)
    try:
        return getattr(owner, name)
    except AttributeError:
        raise MendError(
            f"{owner.__name__} has no {name} any more: read its new source, then change or drop "
            "the mend that patches it (localcloud/engine/mends)"
        ) from None


def replace(owner: Any, name: str, new: Any) -> None:
    """Put ``new`` in the place of an attribute that must exist."""
    original(owner, name)
    if LEDGER is not None:
        LEDGER(owner, name, True)
    setattr(owner, name, new)


def wrap(owner: Any, name: str) -> Callable[[Callable[[Function], Function]], None]:
    """Replace a function by what the decorated maker makes of it.

    Examples
    --------
    >>> import types
    >>> module = types.SimpleNamespace(__name__="m", double=lambda n: 2 * n)
    >>> @wrap(module, "double")
    ... def _(before):
    ...     return lambda n: before(n) + 1
    >>> module.double(3)
    7
    """

    def apply(make: Callable[[Function], Function]) -> None:
        replace(owner, name, make(original(owner, name)))

    return apply


def handlers(resource_type: str) -> dict[str, Any]:
    """Return MiniStack's create, update and delete of a CloudFormation resource type."""
    from ministack.services.cloudformation import provisioners  # noqa: PLC0415

    table: dict[str, dict[str, Any]] = original(provisioners, "_RESOURCE_HANDLERS")
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
