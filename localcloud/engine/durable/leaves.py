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
from localcloud.engine.mends.patching import Record

DEPTH = 4
# What stands for a dictionary whose entries are leaves of their own, or go on further down.
BRANCH = "branch"
# MiniStack's dictionaries by account, or by account and Region.
SCOPED = ("AccountScopedDict", "AccountRegionScopedDict")

Path = tuple[Any, ...]


def leaves(state: Mapping[str, Any]) -> Iterator[tuple[Path, Any]]:
    """Yield each leaf; a dictionary on the way is one too, as :data:`BRANCH` with its type's name.

    Examples
    --------
    >>> list(leaves({"pools": {"p": {"name": "x", "users": {}}}}))[-1]
    (('pools', 'p', 'users'), ('branch', 'dict'))
    """
    for name, store in state.items():
        yield from _below((name,), store)


def _below(path: Path, value: Any) -> Iterator[tuple[Path, Any]]:
    scoped = type(value).__name__ if type(value).__name__ in SCOPED else ""
    if len(path) >= DEPTH or not (scoped or type(value) is dict):
        yield path, value
        return
    yield path, (BRANCH, scoped or "dict")
    for key, item in list((value._data if scoped else value).items()):
        yield from _below((*path, key), item)


def fingerprint(value: Any) -> int:
    """Return a number that changes when a leaf does; it is worth nothing in another process."""
    return hash(pickle.dumps(value, pickle.HIGHEST_PROTOCOL))


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
