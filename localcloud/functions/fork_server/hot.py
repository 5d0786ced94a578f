"""The code that every fork runs, in one place: to call a function is to write to the page its code lies on.

A page of memory holds a handful of functions, of which a fork calls one. So what a rehearsal calls is
copied side by side, once, before there are forks: some hundred pages become a quarter of that.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from functools import _lru_cache_wrapper
from types import CellType, CodeType, FrameType, FunctionType, ModuleType


def gather(rehearse: Callable[[], object], roots: Iterable[object]) -> None:
    """Run a rehearsal, and give each function that it called a copy of its code, next to the others'.

    Parameters
    ----------
    rehearse : callable
        What is run.
    roots : iterable
        Modules, classes and functions, below which functions are looked for.
    """
    called: set[CodeType] = set()

    def note(frame: FrameType, event: str, _argument: object) -> None:
        if event == "call":
            called.add(frame.f_code)

    sys.setprofile(note)
    try:
        rehearse()
    finally:
        sys.setprofile(None)

    def copy() -> None:
        for function in list(_functions(roots)):
            if not called.isdisjoint(_with_nested(function.__code__)):
                function.__code__ = _copied(function.__code__)

    # The C library has another thread's memory in a place of its own, with no gaps between what is there.
    thread = threading.Thread(target=copy)
    thread.start()
    thread.join()


def _copied(code: CodeType) -> CodeType:
    constants = [_copied(each) if isinstance(each, CodeType) else each for each in code.co_consts]
    return code.replace(co_consts=tuple(constants))


def _with_nested(code: CodeType) -> Iterator[CodeType]:
    yield code
    for each in code.co_consts:
        if isinstance(each, CodeType):
            yield from _with_nested(each)


def _functions(roots: Iterable[object]) -> Iterator[FunctionType]:
    """Yield the functions of modules and of their classes, and what wraps them or is wrapped."""
    waiting: list[object] = list(roots)
    visited: set[int] = set()
    while waiting:
        value = waiting.pop()
        if id(value) not in visited:
            visited.add(id(value))
            if isinstance(value, FunctionType):
                yield value
            waiting += _within(value)


def _within(value: object) -> list[object]:
    match value:
        case FunctionType():
            return [*value.__dict__.values(), *map(_content, value.__closure__ or ())]
        case ModuleType() | type():
            return list(vars(value).values())
        case property():
            return [value.fget, value.fset]
        case staticmethod() | classmethod() | _lru_cache_wrapper():
            return [value.__wrapped__]
    return []


def _content(cell: CellType) -> object:
    try:
        return cell.cell_contents
    except ValueError:  # empty yet
        return None
