"""Wildcards and policy variables of IAM's policy language.

Source: "IAM policy elements: Variables and tags" in the IAM user guide.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final

# The value of a condition key, as a policy variable names it; None where the request has none.
Lookup = Callable[[str], str | None]

_VARIABLE: Final = re.compile(r"\$\{\s*([^},]+?)\s*(?:,\s*'([^']*)'\s*)?\}")
_LITERAL: Final = {"*": r"\*", "?": r"\?", "$": r"\$"}


@lru_cache(maxsize=8192)
def _compiled(expression: str, ignore_case: bool) -> re.Pattern[str]:
    return re.compile(expression, re.DOTALL | (re.IGNORECASE if ignore_case else 0))


@lru_cache(maxsize=8192)
def _wild(text: str) -> str:
    """Return a text with wildcards as a regular expression."""
    parts = (".*" if sign == "*" else "." if sign == "?" else re.escape(sign) for sign in text)
    return "".join(parts)


def has_variables(pattern: str) -> bool:
    """Say whether a pattern names policy variables.

    Examples
    --------
    >>> has_variables("arn:aws:s3:::b/${aws:username}/*"), has_variables("arn:aws:s3:::b/*")
    (True, False)
    """
    return "${" in pattern and _VARIABLE.search(pattern) is not None


def variables_of(pattern: str) -> list[str]:
    """Return the condition keys that a pattern's variables name, in lower case."""
    if "${" not in pattern:
        return []
    return [name.lower() for name, _default in _VARIABLE.findall(pattern) if name not in _LITERAL]


def matches(pattern: str, value: str, lookup: Lookup | None = None, *, ignore_case: bool = False) -> bool:
    """Say whether a value fits a pattern with ``*``, ``?`` and policy variables.

    Parameters
    ----------
    lookup
        Where variables get their values; None: the policy's version knows no variables.

    Examples
    --------
    >>> matches("arn:aws:s3:::bucket/*", "arn:aws:s3:::bucket/a/b")
    True
    >>> matches("home/${aws:username}/*", "home/ada/x", {"aws:username": "ada"}.get)
    True
    >>> matches("home/${aws:username}/*", "home/ada/x", {}.get)
    False
    """
    expression = _expression(pattern, lookup)
    return expression is not None and _compiled(expression, ignore_case).fullmatch(value) is not None


def expanded(text: str, lookup: Lookup | None) -> str | None:
    """Return a text with its variables replaced; None where one of them has no value."""
    if lookup is None or "${" not in text:
        return text
    missing = False

    def value_of(match: re.Match[str]) -> str:
        nonlocal missing
        value = _value(match, lookup)
        missing |= value is None
        return value or ""

    replaced = _VARIABLE.sub(value_of, text)
    return None if missing else replaced


def _expression(pattern: str, lookup: Lookup | None) -> str | None:
    if lookup is None or "${" not in pattern:
        return _wild(pattern)
    parts: list[str] = []
    end = 0
    for match in _VARIABLE.finditer(pattern):
        value = _value(match, lookup)
        if value is None:
            return None
        # What a variable brings along is text: a user named `*` matches nothing but that.
        parts += (_wild(pattern[end : match.start()]), re.escape(value))
        end = match.end()
    return "".join((*parts, _wild(pattern[end:])))


def _value(match: re.Match[str], lookup: Lookup) -> str | None:
    name, default = match[1], match[2]
    if name in _LITERAL:
        return name
    value = lookup(name.lower())
    return default if value is None else value
