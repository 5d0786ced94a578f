"""A template's parameters, as a command line names them."""

from __future__ import annotations

from collections.abc import Sequence

from localcloud.stack.template import Json


class UsageError(Exception):
    """An option's value is not one."""


def pairs(given: Sequence[str]) -> dict[str, str]:
    """Return what ``--parameter KEY=VALUE`` named.

    Examples
    --------
    >>> pairs(["Stage=test", "Url=http://a/?b=c"])
    {'Stage': 'test', 'Url': 'http://a/?b=c'}

    Raises
    ------
    UsageError
        One has no ``=``.
    """
    values: dict[str, str] = {}
    for pair in given:
        key, found, value = pair.partition("=")
        if not found or not key:
            raise UsageError(f"--parameter {pair!r}: expected KEY=VALUE")
        values[key] = value
    return values


def chosen(template: dict[str, Json], given: Sequence[str]) -> dict[str, str]:
    """Return the given parameters, held against those that the template declares.

    Raises
    ------
    UsageError
        The template has no such parameter.
    """
    values = pairs(given)
    declared = template.get("Parameters")
    known = sorted(declared) if isinstance(declared, dict) else []
    for key in values:
        if key not in known:
            raise UsageError(f"the template has no parameter {key}; it has: {', '.join(known) or 'none'}")
    return values
