"""The steps of a JSONPath."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from localcloud.states.language.scope import Json


@dataclass(frozen=True, slots=True)
class Names:
    """Several members of one object: ``['a','b']``."""

    names: tuple[str, ...]

    def __str__(self) -> str:
        return "[" + ",".join(f"'{name}'" for name in self.names) + "]"


@dataclass(frozen=True, slots=True)
class Indexes:
    """Several items of one array: ``[0,-1]``."""

    indexes: tuple[int, ...]

    def __str__(self) -> str:
        return "[" + ",".join(map(str, self.indexes)) + "]"


@dataclass(frozen=True, slots=True)
class Slice:
    """A run of items: ``[1:]``."""

    start: int | None
    stop: int | None

    def __str__(self) -> str:
        start, stop = ("" if bound is None else bound for bound in (self.start, self.stop))
        return f"[{start}:{stop}]"


@dataclass(frozen=True, slots=True)
class Wildcard:
    """Every member or item: ``.*`` and ``[*]``."""

    def __str__(self) -> str:
        return "[*]"


@dataclass(frozen=True, slots=True)
class PathFilter:
    """The items that pass a test of the item and the document: ``[?(@.a == 1)]``."""

    test: Callable[[Json, Json], bool]

    def __str__(self) -> str:
        return "[?]"


@dataclass(frozen=True, slots=True)
class Descent:
    """The next step at every depth: ``..``."""

    def __str__(self) -> str:
        return ".."


@dataclass(frozen=True, slots=True)
class PathFunction:
    """A function of the value so far: ``.length()``."""

    name: str
    argument: str

    def __str__(self) -> str:
        return f".{self.name}({self.argument})"


# A string is a member's name, an integer an item's index.
Step: TypeAlias = str | int | Names | Indexes | Slice | Wildcard | PathFilter | Descent | PathFunction


def is_definite(steps: tuple[Step, ...]) -> bool:
    """Return whether `steps` lead to at most one value."""
    return not any(isinstance(step, Indexes | Slice | Wildcard | PathFilter | Descent) for step in steps)


def describe(steps: tuple[Step, ...], root: str = "$") -> str:
    """Return `steps` as AWS's errors write them.

    Examples
    --------
    >>> describe(("a", 0, "b"))
    "$['a'][0]['b']"
    """
    return root + "".join(
        f"['{step}']" if isinstance(step, str) else f"[{step}]" if isinstance(step, int) else str(step)
        for step in steps
    )
