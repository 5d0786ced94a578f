"""Patterns with ``*``, ``?`` and policy variables, matched in a time that no pattern can blow up."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

_VARIABLE: Final = re.compile(r"\$\{([^${}]*)\}")
_ESCAPES: Final = {"*": "*", "?": "?", "$": "$"}
# Private-use characters stand for the wildcards, so that a variable's own text is never one.
_ANY: Final = "\ue0a0"
_ANY_CHARACTER: Final = "\ue0a1"


@lru_cache(maxsize=4096)
def _pieces(pattern: str) -> tuple[str, ...]:
    """Split a pattern at its variables: text, name, text, name, text."""
    return tuple(_VARIABLE.split(pattern))


def filled(pattern: str, variables: Mapping[str, str]) -> str | None:
    """Return a pattern with its variables filled in, or None when one has no value: then nothing matches.

    Parameters
    ----------
    variables
        Values by names in lower case, such as ``iot:clientid``.
    """
    written: list[str] = []
    for place, piece in enumerate(_pieces(pattern)):
        if place % 2 == 0:
            written.append(piece.replace("*", _ANY).replace("?", _ANY_CHARACTER))
            continue
        value = _ESCAPES.get(piece, variables.get(piece.lower()))
        if value is None:
            return None
        written.append(value)
    return "".join(written)


def matches(pattern: str, text: str, variables: Mapping[str, str] | None = None) -> bool:
    """Return whether a whole text fits a pattern.

    Examples
    --------
    >>> matches("orders/${iot:ClientId}/*", "orders/ann/1/x", {"iot:clientid": "ann"})
    True
    >>> matches("orders/+/1", "orders/ann/1")
    False
    """
    expected = filled(pattern, variables or {})
    return expected is not None and _fits(expected, text)


def _fits(pattern: str, text: str) -> bool:
    """Match greedily, going back to the last ``*`` alone: at worst the product of the two lengths."""
    at = place = 0
    star = resume = -1
    while place < len(text):
        if at < len(pattern) and pattern[at] == _ANY:
            star, resume = at, place
            at += 1
        elif at < len(pattern) and pattern[at] in (_ANY_CHARACTER, text[place]):
            at += 1
            place += 1
        elif star >= 0:
            resume += 1
            at, place = star + 1, resume
        else:
            return False
    return all(character == _ANY for character in pattern[at:])
