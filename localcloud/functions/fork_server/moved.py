"""Functions that move: each copy takes the place of its original, wherever that is referred to.

A function moves only when every reference to it is one that can be changed: a name in a module or in a class.
What is also in a list, in a closure, or in use right now has more references than were found, and stays.
"""

from __future__ import annotations

import sys
import weakref
from collections import defaultdict
from collections.abc import Mapping
from types import CellType, FunctionType, ModuleType
from typing import cast

# What a function has besides what it is created of; from Python 3.14 on, annotations may be unknown yet.
ANNOTATIONS = "__annotations__" if sys.version_info < (3, 14) else "__annotate__"
DETAILS = ("__kwdefaults__", ANNOTATIONS, "__qualname__", "__module__", "__doc__")


class Places:
    """Knows under which names modules and classes have functions."""

    def __init__(self) -> None:
        self._names: defaultdict[int, list[tuple[type | dict[str, object], str]]] = defaultdict(list)
        self._visited: set[int] = set()

    def look(self, value: object) -> None:
        """Note what a module or a class has; of a function, what is in its module."""
        match value:
            case ModuleType():
                self._note(vars(value), vars(value))
            case FunctionType():
                self._note(value.__globals__, value.__globals__)
            case type():
                self._note(value, vars(value))

    def move(self, functions: list[FunctionType]) -> None:
        """Take functions from a list, and put their copies next to one another, each in its places."""
        _, own = _next([cast("FunctionType", lambda: None)])
        # Until all are copied: the next copy would lie where an original has gone.
        moved: list[tuple[FunctionType, FunctionType]] = []
        while functions:
            function, references = _next(functions)
            if references == own + len(self._names[id(function)]) and not weakref.getweakrefcount(function):
                moved.append((function, _copied(function)))
        for function, copy in moved:
            for owner, name in self._names[id(function)]:
                if isinstance(owner, type):
                    type.__setattr__(owner, name, copy)
                else:
                    owner[name] = copy

    def _note(self, owner: type | dict[str, object], members: Mapping[str, object]) -> None:
        if id(owner) not in self._visited:
            self._visited.add(id(owner))
            for name, value in members.items():
                if type(value) is FunctionType:
                    self._names[id(value)].append((owner, name))


def _next(functions: list[FunctionType]) -> tuple[FunctionType, int]:
    """Take one from a list, and count who refers to it: at the least this function itself."""
    function = functions.pop()
    return function, sys.getrefcount(function)


def _copied(function: FunctionType) -> FunctionType:
    copy = FunctionType(
        function.__code__,
        function.__globals__,
        function.__name__,
        function.__defaults__,
        function.__closure__,
    )
    for name in DETAILS:
        setattr(copy, name, getattr(function, name))
    copy.__dict__.update(function.__dict__)
    return copy


def _moved(closure: tuple[CellType, ...] | None) -> tuple[CellType, ...] | None:
    """Copy the variables that a function has from around it, but those that others have as well."""
    if closure is None:
        return None
    (own,) = _counts((CellType(None),))
    return tuple(
        CellType(cell.cell_contents) if count == own else cell
        for cell, count in zip(closure, _counts(closure), strict=True)
    )


def _counts(cells: tuple[CellType, ...]) -> list[int]:
    return [sys.getrefcount(cell) for cell in cells]
