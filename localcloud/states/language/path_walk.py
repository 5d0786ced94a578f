"""Walking a document along the steps of a JSONPath, as the library that AWS uses does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from localcloud.states.language.path_steps import (
    Descent,
    Indexes,
    Names,
    PathFilter,
    PathFunction,
    Slice,
    Step,
    Wildcard,
    describe,
    is_definite,
)
from localcloud.states.language.scope import ABSENT, Json
from localcloud.states.language.text import to_text

_PROVIDER: Final = "com.jayway.jsonpath.spi.json.JacksonJsonNodeJsonProvider"
_NODES: Final = {str: "Text", bool: "Boolean", int: "Int", float: "Double", list: "Array", dict: "Object"}


class PathNotFound(Exception):
    """The document has no such value."""


class PathMisapplied(Exception):
    """A step asks an array's item of what is no array; a path with ``*`` fails on it too."""


class Walk:
    """Steps, ready to walk.

    Parameters
    ----------
    steps
        Where to go.

    Examples
    --------
    >>> Walk(("lines", Wildcard(), "sku")).select({"lines": [{"sku": 1}, {"sku": 2}, {}]})
    [1, 2]
    """

    __slots__ = ("_first_indefinite", "_steps", "definite")

    def __init__(self, steps: tuple[Step, ...]) -> None:
        self._steps = steps
        self.definite = is_definite(steps)
        definite = [is_definite((step,)) for step in steps]
        self._first_indefinite = definite.index(False) if False in definite else len(steps)

    def select(self, document: Json, root: Json = ABSENT) -> list[Json]:
        """Return every value that the steps lead to.

        Raises
        ------
        PathMisapplied
            The part before the first wildcard, slice or filter ends at a value of another type.
        """
        values: list[Json] = []
        try:
            self._walk(document, 0, document if root is ABSENT else root, values)
        except PathNotFound:
            if self.definite:
                raise
        return values

    def find(self, document: Json, root: Json = ABSENT) -> Json:
        """Return the value of definite steps, or the list of all values of others."""
        values = self.select(document, root)
        if not self.definite:
            return values
        if not values:
            raise PathNotFound(f"No results for path: {describe(self._steps)}")
        return values[-1]

    def _walk(self, value: Json, position: int, root: Json, values: list[Json]) -> None:
        if position == len(self._steps):
            values.append(value)
            return
        step = self._steps[position]
        if isinstance(step, Descent):
            self._descend(value, position + 1, root, values)
            return
        for item in self._children(value, step, position, root):
            self._walk(item, position + 1, root, values)

    def _descend(self, value: Json, position: int, root: Json, values: list[Json]) -> None:
        """Apply the step at `position` to `value` and to everything below it, parents first."""
        step = self._steps[position]
        below: Iterable[Json]
        if isinstance(value, dict):
            below = value.values()
            applies = not isinstance(step, int | Indexes | Slice)
        elif isinstance(value, list):
            below = value
            applies = not isinstance(step, str | Names | PathFilter)
        else:
            return
        if applies:
            self._walk(value, position, root, values)
        for item in below:
            self._descend(item, position, root, values)

    def _children(self, value: Json, step: Step, position: int, root: Json) -> Iterator[Json]:
        if isinstance(step, str | Names):
            yield from self._members(value, step, position)
        elif isinstance(step, int | Indexes | Slice):
            yield from self._items(value, step, position)
        elif isinstance(step, Wildcard):
            if isinstance(value, dict):
                yield from value.values()
            elif isinstance(value, list):
                yield from value
        elif isinstance(step, PathFilter):
            if isinstance(value, list):
                yield from (item for item in value if step.test(item, root))
            elif isinstance(value, dict):
                if step.test(value, root):
                    yield value
            elif position <= self._first_indefinite:
                raise PathMisapplied(
                    f"Filter: {step} can not be applied to primitives. Current context is: {to_text(value)}"
                )
        elif isinstance(step, PathFunction):
            yield from _call(step, value)

    def _members(self, value: Json, step: str | Names, position: int) -> Iterator[Json]:
        upstream_definite = position <= self._first_indefinite
        if not isinstance(value, dict):
            if upstream_definite:
                raise PathNotFound(self._no_object(value, position))
            return
        last = position + 1 == len(self._steps)
        if isinstance(step, Names):
            if not last:
                path = describe(self._steps[: position + 1])
                raise PathMisapplied(f"Multi properties can only be used as path leafs: {path}")
            yield {name: value[name] for name in step.names if name in value}
        elif step in value:
            yield value[step]
        elif not last and upstream_definite:
            raise PathNotFound(f"Missing property in path {describe(self._steps[: position + 1])}")

    def _items(self, value: Json, step: int | Indexes | Slice, position: int) -> Iterator[Json]:
        if not isinstance(value, list):
            if position <= self._first_indefinite:
                step_text = describe((step,), "")
                raise PathMisapplied(
                    f"Filter: {step_text} can only be applied to arrays. Current context is: {to_text(value)}"
                )
            return
        length = len(value)
        for index in _indexes(step, length):
            if -length <= index < length:
                yield value[index]

    def _no_object(self, value: Json, position: int) -> str:
        fragment = describe(self._steps[position : position + 1], "")
        path = describe(self._steps[:position])
        node = f"com.fasterxml.jackson.databind.node.{_NODES.get(type(value), 'Null')}Node"
        return (
            f"Expected to find an object with property {fragment} in path {path} but found '{node}'. "
            f"This is not a json object according to the JsonProvider: '{_PROVIDER}'."
        )


def _indexes(step: int | Indexes | Slice, length: int) -> range | tuple[int, ...]:
    if isinstance(step, int):
        return (step,)
    if isinstance(step, Indexes):
        return step.indexes
    if step.stop is None:
        start = step.start or 0
        return range(max(0, start + length if start < 0 else start), length)
    if step.start is None:
        return range(min(length, step.stop + length if step.stop < 0 else step.stop))
    # With both bounds the library counts neither from the end.
    return range(step.start, min(length, step.stop))


def _call(function: PathFunction, value: Json) -> Iterator[Json]:
    """Yield what `function` makes of `value`; nothing where AWS's library has no answer."""
    name = function.name
    if name in ("length", "size"):
        if isinstance(value, list | dict | str):
            yield len(value)
    elif name == "keys":
        if isinstance(value, dict):
            yield list(value)
    elif isinstance(value, list) and name in ("first", "last", "index"):
        index = {"first": "0", "last": "-1"}.get(name, function.argument)
        if index.lstrip("-").isdigit() and -len(value) <= int(index) < len(value):
            yield value[int(index)]
