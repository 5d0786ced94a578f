"""A service's state as leaves, each under a path: what changed is written leaf by leaf.

MiniStack's ``get_state`` returns stores, a store has records, a record has fields, and a field of many
parts (a pool's users) is a dictionary again. A leaf is what is below four such steps.
"""

from __future__ import annotations

import json
import pickle
from collections.abc import Iterator, Mapping
from typing import Any

from localcloud.engine.durable.plain import plain, restored
from localcloud.engine.patching import Record

DEPTH = 4
UNREADABLE = 0
# What stands for a dictionary whose entries are leaves of their own, or go on further down.
BRANCH = "branch"
# MiniStack's dictionaries by account, or by account and Region.
SCOPED = ("AccountScopedDict", "AccountRegionScopedDict")

Path = tuple[Any, ...]


def records(state: Mapping[str, Any]) -> Iterator[tuple[Path, Any]]:
    """Yield each store, as :data:`BRANCH` with its type's name, and each of its records.

    Examples
    --------
    >>> list(records({"pools": {"p": {"name": "x"}}}))
    [(('pools',), ('branch', 'dict')), (('pools', 'p'), {'name': 'x'})]
    """
    for name, store in state.items():
        kind = _kind(store)
        yield (name,), (BRANCH, kind) if kind else store
        for key, record in _entries(store, kind):
            yield (name, key), record


def leaves(path: Path, value: Any) -> Iterator[tuple[Path, Any]]:
    """Yield each leaf of a record; a dictionary on the way is one too, as :data:`BRANCH`.

    Examples
    --------
    >>> list(leaves(("pools", "p"), {"users": {}}))
    [(('pools', 'p'), ('branch', 'dict')), (('pools', 'p', 'users'), ('branch', 'dict'))]
    """
    kind = _kind(value) if len(path) < DEPTH else ""
    if not kind:
        yield path, value
        return
    yield path, (BRANCH, kind)
    for key, item in _entries(value, kind):
        yield from leaves((*path, key), item)


def _kind(value: Any) -> str:
    name = type(value).__name__
    return name if name in SCOPED or type(value) is dict else ""


def _entries(value: Any, kind: str) -> list[tuple[Any, Any]]:
    if not kind:
        return []
    return list((value if kind == "dict" else value._data).items())


def fingerprint(value: Any) -> int:
    """Return a number that changes when a value does; it is worth nothing in another process.

    A value that holds a lock or the like is :data:`UNREADABLE`: as a leaf it could not be written, either.
    """
    try:
        return hash(pickle.dumps(value, pickle.HIGHEST_PROTOCOL))
    except (TypeError, AttributeError, pickle.PicklingError):
        return UNREADABLE


def key_of(path: Path) -> str:
    """Return a path as a key of the journal.

    Examples
    --------
    >>> path_of(key_of(("pools", ("0", "us", "p"), 1)))
    ('pools', ('0', 'us', 'p'), 1)
    """
    return json.dumps(plain(list(path)), separators=(",", ":"))


def path_of(key: str) -> Path:
    """Return the path that a key of the journal stands for."""
    return tuple(restored(json.loads(key)))


def tree(entries: Mapping[str, Any]) -> Record:
    """Return the state that leaves, as they come from the journal, are of."""
    state: Record = {}
    for key, value in entries.items():
        path = path_of(key)
        holder: Any = state
        for step in path[:-1]:
            holder = holder.get(step) if isinstance(holder, dict) else holder._data.get(step)
            if holder is None:
                break
        if holder is None:
            # A branch was removed, and a leaf of it changed at the same moment.
            continue
        item = restored(value)
        if type(item) is tuple and len(item) == 2 and item[0] == BRANCH:
            item = {} if item[1] == "dict" else restored({"__is__": item[1], "of": {}})
        (holder if isinstance(holder, dict) else holder._data)[path[-1]] = item
    return state
