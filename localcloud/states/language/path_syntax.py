"""The grammar of JSONPath: text to steps."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from localcloud.states.language.errors import DefinitionError
from localcloud.states.language.path_filters import FilterParser, read_quoted
from localcloud.states.language.path_steps import (
    Descent,
    Indexes,
    Names,
    PathFilter,
    PathFunction,
    Slice,
    Step,
    Wildcard,
)

_NAME: Final = re.compile(r"[^\s.\[\](),?*'\"]+")
# Within a filter a name also ends at an operator.
_FILTER_NAME: Final = re.compile(r"[^\s.\[\](),?*$@'\"=!<>&|~]+")
_VARIABLE: Final = re.compile(r"\$[^\W\d]\w*")
_INTEGER: Final = re.compile(r"\s*(-?\d+)\s*")
# AWS's library takes no third number: a step is read and left out.
_SLICE: Final = re.compile(r"\s*(-?\d+)?\s*:\s*(-?\d+)?\s*(?::\s*(-?\d+)?\s*)?")
_FUNCTIONS: Final = frozenset(
    {"length", "size", "keys", "first", "last", "index", "min", "max", "avg", "sum", "stddev", "concat"}
    | {"append"}
)


@dataclass(frozen=True, slots=True)
class Path:
    """A path: its root (``$``, ``$$`` or ``$name``) and the steps from there."""

    text: str
    root: str
    steps: tuple[Step, ...]


def parse_path(text: str) -> Path:
    """Return the steps of `text`.

    Raises
    ------
    DefinitionError
        It is no path.

    Examples
    --------
    >>> parse_path("$.items[0]['unit price']").steps
    ('items', 0, 'unit price')
    """
    root, position = _root(text)
    steps, end = parse_steps(text, position, _NAME)
    if end < len(text):
        raise DefinitionError(f"Not a path: {text}")
    return Path(text, root, steps)


def parse_steps(
    text: str, position: int, name: re.Pattern[str] = _FILTER_NAME
) -> tuple[tuple[Step, ...], int]:
    """Return the steps that start at `position`, and where they end."""
    steps: list[Step] = []
    while text.startswith((".", "["), position):
        position = _step(text, position, steps, name)
    if steps and isinstance(steps[-1], Descent):
        raise DefinitionError(f"Path must not end with a '.' or '..': {text}")
    if any(isinstance(step, PathFunction) for step in steps[:-1]):
        raise DefinitionError(f"A function ends a path: {text}")
    return tuple(steps), position


def _root(text: str) -> tuple[str, int]:
    if text.startswith("$$"):
        return "$$", 2
    if match := _VARIABLE.match(text):
        return match[0], match.end()
    if text.startswith("$"):
        return "$", 1
    raise DefinitionError(f"Not a path: {text}")


def _step(text: str, position: int, steps: list[Step], name: re.Pattern[str]) -> int:
    """Read the step at `position` and return where it ends."""
    if text[position] == "[":
        return _bracket(text, position + 1, steps)
    position += 1
    if text.startswith(".", position):
        steps.append(Descent())
        position += 1
    if text.startswith("[", position):
        return _bracket(text, position + 1, steps)
    if text.startswith("*", position):
        steps.append(Wildcard())
        return position + 1
    match = name.match(text, position)
    if match is None:
        raise DefinitionError(f"Not a path: {text}")
    end = match.end()
    if text.startswith("(", end):
        close = text.find(")", end)
        if close < 0 or match[0] not in _FUNCTIONS:
            raise DefinitionError(f"No such function: {text}")
        steps.append(PathFunction(match[0], text[end + 1 : close].strip()))
        return close + 1
    steps.append(match[0])
    return end


def _bracket(text: str, position: int, steps: list[Step]) -> int:
    """Read what follows a ``[`` and return the position behind its ``]``."""
    while text.startswith(" ", position):
        position += 1
    if text.startswith(("'", '"'), position):
        return _names(text, position, steps)
    if text.startswith("?", position):
        test, end = FilterParser(text, position + 1, parse_steps).parse()
        steps.append(PathFilter(test))
        return _close(text, end)
    if text.startswith("*", position):
        steps.append(Wildcard())
        return _close(text, position + 1)
    close = text.find("]", position)
    inside = text[position:close] if close > 0 else ""
    if match := _SLICE.fullmatch(inside):
        start, stop = (int(bound) if bound else None for bound in match.group(1, 2))
        if start is None and stop is None:
            raise DefinitionError(f"A slice needs a bound: {text}")
        steps.append(Slice(start, stop))
        return close + 1
    matches = [_INTEGER.fullmatch(part) for part in inside.split(",")]
    indexes = tuple(int(match[1]) for match in matches if match)
    if len(indexes) < len(matches):
        raise DefinitionError(f"Not a path: {text}")
    steps.append(indexes[0] if len(indexes) == 1 else Indexes(indexes))
    return close + 1


def _names(text: str, position: int, steps: list[Step]) -> int:
    names = []
    while True:
        name, position = read_quoted(text, position)
        names.append(name)
        while text.startswith(" ", position):
            position += 1
        if not text.startswith(",", position):
            break
        position += 1
        while text.startswith(" ", position):
            position += 1
    steps.append(names[0] if len(names) == 1 else Names(tuple(names)))
    return _close(text, position)


def _close(text: str, position: int) -> int:
    while text.startswith(" ", position):
        position += 1
    if not text.startswith("]", position):
        raise DefinitionError(f"Expected ]: {text}")
    return position + 1
