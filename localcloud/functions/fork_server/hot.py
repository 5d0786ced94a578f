"""What every fork runs, in one place: to call a function is to write to the page that it lies on.

A page of memory holds a handful of functions, of which a fork calls one. So what a rehearsal calls is
copied side by side, once, before there are forks: some hundred pages become a quarter of that.
"""

from __future__ import annotations

import opcode
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from functools import _lru_cache_wrapper
from types import CellType, CodeType, FrameType, FunctionType, ModuleType

from localcloud.functions.fork_server.moved import Places

NOP = bytes([opcode.opmap["NOP"], 0])
LARGEST_POOLED = 512  # bytes; larger objects lie one behind the other, however large


def gather(rehearse: Callable[[], object], roots: Iterable[object], also: Iterable[object] = ()) -> None:
    """Run a rehearsal, and copy each function that it called, and its code, next to the others'.

    Parameters
    ----------
    rehearse : callable
        What is run.
    roots : iterable
        Modules, classes and functions, below which functions are looked for.
    also : iterable
        Whose code is copied as well: functions that forks call, and a rehearsal cannot.
    """
    called = {each.__code__ for each in also if isinstance(each, FunctionType)}
    del also  # or they would be in use

    def note(frame: FrameType, event: str, _argument: object) -> None:
        if event == "call":
            called.add(frame.f_code)

    sys.setprofile(note)
    try:
        rehearse()
    finally:
        sys.setprofile(None)

    def copy() -> None:
        places, originals = Places(), list[CodeType]()
        places.move([each for each in _functions(roots, places) if _renewed(each, called, originals)])

    # The C library has another thread's memory in a place of its own, with no gaps between what is there.
    thread = threading.Thread(target=copy)
    thread.start()
    thread.join()


def _renewed(function: FunctionType, called: set[CodeType], originals: list[CodeType]) -> bool:
    """Give a function a copy of its code, if that or some within it was called."""
    if called.isdisjoint(_with_nested(function.__code__)):
        return False
    originals.append(function.__code__)  # to be kept for now: the next copy would lie where this one has gone
    function.__code__ = _copied(function.__code__, called)
    return True


def _copied(code: CodeType, called: set[CodeType]) -> CodeType:
    """Copy code with its constants, if it was called, and what was called of the code within it.

    Code that is small gets some behind it that is never run, for all to be of one size: Python keeps objects
    by their sizes, and each size would have pages of its own.
    """

    def constant(value: object) -> object:
        match value:
            case CodeType() if not called.isdisjoint(_with_nested(value)):
                return _copied(value, called)
            case str():
                return _copied_text(value)
            case bytes():
                return bytes(bytearray(value))
            case tuple():
                return tuple(map(constant, value))
        return value

    if code not in called:
        return code.replace(co_consts=tuple(map(constant, code.co_consts)))
    more = max(0, LARGEST_POOLED - sys.getsizeof(code))
    return code.replace(
        co_code=code.co_code + NOP * (more // 2),
        co_consts=tuple(map(constant, code.co_consts)),
        co_qualname=_copied_text(code.co_qualname),
    )


def _copied_text(text: str) -> str:
    return "".join(list(text))


def _with_nested(code: CodeType) -> Iterator[CodeType]:
    yield code
    for each in code.co_consts:
        if isinstance(each, CodeType):
            yield from _with_nested(each)


def _functions(roots: Iterable[object], places: Places) -> list[FunctionType]:
    """Return the functions of modules and of their classes, and what wraps them or is wrapped."""
    functions: list[FunctionType] = []
    waiting: list[object] = list(roots)
    visited: set[int] = set()
    while waiting:
        value = waiting.pop()
        if id(value) not in visited:
            visited.add(id(value))
            if isinstance(value, FunctionType):
                functions.append(value)
            places.look(value)
            waiting += _within(value)
    return functions


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
