"""Expressions so plain that the library is not needed: literals, and paths into objects."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from localcloud.states.language.scope import ABSENT, Evaluator, Json, Scope

_PATH: Final = re.compile(r"\$([A-Za-z_]\w*)((?:\.[A-Za-z_]\w*)*)", re.ASCII)
_LITERAL: Final = re.compile(r"""'([^'\\]*)'|"([^"\\]*)"|(0|[1-9]\d{0,14})|(true|false|null)""", re.ASCII)
_WORDS: Final = {"true": True, "false": False, "null": None}
# JSONata's own words, which may be no names.
_RESERVED: Final = frozenset({"and", "or", "in", "true", "false", "null", "function"})
_ROOTS: Final[dict[str, Callable[[Scope], Json]]] = {
    "input": lambda scope: scope.data,
    "context": lambda scope: scope.context,
    "result": lambda scope: scope.result,
    "errorOutput": lambda scope: scope.error_output,
}


def find_shortcut(text: str, otherwise: Evaluator) -> Evaluator | None:
    """Return what evaluates `text` without the library, or None where it must be asked.

    Parameters
    ----------
    text
        An expression without blanks around it.
    otherwise
        What asks the library; an array on the way needs it, for JSONata maps over arrays.
    """
    if match := _LITERAL.fullmatch(text):
        single, double, number, word = match.groups()
        value: Json
        if number is not None:
            value = int(number)
        elif word is not None:
            value = _WORDS[word]
        else:
            value = double if single is None else single
        return lambda scope: value
    match = _PATH.fullmatch(text)
    if match is None:
        return None
    root, *names = (match[1] + match[2]).split(".")
    if not _RESERVED.isdisjoint(names):
        return None
    if root != "states":
        return _follow(lambda scope: scope.variables.get(root, ABSENT), tuple(names), otherwise)
    if not names or names[0] not in _ROOTS:
        return None
    return _follow(_ROOTS[names[0]], tuple(names[1:]), otherwise)


def _follow(read: Callable[[Scope], Any], names: tuple[str, ...], otherwise: Evaluator) -> Evaluator:
    def follow(scope: Scope) -> Json:
        value = read(scope)
        for name in names:
            if type(value) is not dict:
                return otherwise(scope)
            value = value.get(name, ABSENT)
        # Nothing there: the library knows whether it is a function of its own.
        return otherwise(scope) if value is ABSENT else value

    return follow
