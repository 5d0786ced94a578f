"""Values of MiniStack's records as JSON, each of which comes back as what it was."""

from __future__ import annotations

import base64
from collections import deque
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from localcloud.engine.ministack.facade import read_all
from localcloud.engine.ministack.responses import responses

TAG = "__is__"
ATOMS = frozenset({str, int, float, bool, type(None)})


class NotPlain(Exception):
    """A value is of a type that no journal keeps; the message names it."""


def _scoped() -> dict[str, type]:
    return read_all(responses, ("AccountScopedDict", "AccountRegionScopedDict"))


def plain(value: Any) -> Any:
    """Return a value as JSON.

    Raises
    ------
    NotPlain

    Examples
    --------
    >>> plain({"a": (1, b"x")})
    {'a': {'__is__': 'tuple', 'of': [1, {'__is__': 'bytes', 'of': 'eA=='}]}}
    >>> restored(plain({1: {"x"}})) == {1: {"x"}}
    True
    """
    kind = type(value)
    if kind in ATOMS:
        return value
    if isinstance(value, dict):
        if all(type(key) is str for key in value) and TAG not in value:
            return {key: plain(item) for key, item in value.items()}
        return {TAG: "dict", "of": [[plain(key), plain(item)] for key, item in value.items()]}
    if kind is list:
        return [plain(item) for item in value]
    for name, (types, parts) in _FORMS.items():
        if isinstance(value, types):
            return {TAG: name, "of": parts(value)}
    for name, scoped in _scoped().items():
        if isinstance(value, scoped):
            return {TAG: name, "of": plain(value._data)}  # type: ignore[attr-defined] # MiniStack's
    raise NotPlain(f"a {kind.__module__}.{kind.__qualname__}")


def restored(value: Any) -> Any:
    """Return what :func:`plain` was given."""
    if type(value) is list:
        return [restored(item) for item in value]
    if type(value) is not dict:
        return value
    name = value.get(TAG)
    if name is None:
        return {key: restored(item) for key, item in value.items()}
    if name in _MAKERS:
        return _MAKERS[name](value["of"])
    scoped = _scoped()[name]()
    scoped._data.update(restored(value["of"]))
    return scoped


def _items(value: Any) -> list[Any]:
    return [plain(item) for item in value]


# Each type that comes back as itself: how it is recognised, and its parts.
_FORMS: Mapping[str, tuple[type | tuple[type, ...], Callable[[Any], Any]]] = {
    "tuple": (tuple, _items),
    "set": (set, _items),
    "frozenset": (frozenset, _items),
    "bytes": ((bytes, bytearray), lambda value: base64.b64encode(value).decode("ascii")),
    "deque": (deque, lambda value: [value.maxlen, _items(value)]),
    "datetime": (datetime, lambda value: value.isoformat()),
    # Enumerations of text or numbers, and the like.
    "text": (str, str),
    "list": (list, _items),
}
_MAKERS: Mapping[str, Callable[[Any], Any]] = {
    "dict": lambda of: {restored(key): restored(item) for key, item in of},
    "tuple": lambda of: tuple(map(restored, of)),
    "set": lambda of: set(map(restored, of)),
    "frozenset": lambda of: frozenset(map(restored, of)),
    "bytes": base64.b64decode,
    "deque": lambda of: deque(map(restored, of[1]), maxlen=of[0]),
    "datetime": datetime.fromisoformat,
    "text": str,
    "list": lambda of: [restored(item) for item in of],
}
__all__ = ["NotPlain", "plain", "restored"]
