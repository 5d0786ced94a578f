"""CBOR, as far as AWS's protocol uses it: RFC 8949 without what it leaves out (bignums, simple values).

Source: https://www.rfc-editor.org/rfc/rfc8949, appendix B, and
https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

DEEPEST: Final = 64
_SIMPLE: Final = {20: False, 21: True, 22: None, 23: None}
_FLOATS: Final = {25: (">e", 2), 26: (">f", 4), 27: (">d", 8)}
_CONSTANTS: Final = {None: b"\xf6", True: b"\xf5", False: b"\xf4"}
_BREAK: Final = object()


class Tagged(NamedTuple):
    """A value under a tag, to be written as it is."""

    tag: int
    value: Any


class CborError(ValueError):
    """The bytes are no CBOR document, or one that no AWS client sends."""


def dumps(value: Any) -> bytes:
    """Write a document of JSON's types, `bytes`, `datetime` and `Tagged`.

    Raises
    ------
    CborError
        There is something else in it.

    Examples
    --------
    >>> dumps({"a": [1, -1, True]}).hex()
    'a16161830120f5'
    """
    parts: list[bytes] = []
    _write(value, parts)
    return b"".join(parts)


def _write(value: Any, parts: list[bytes]) -> None:
    match value:
        case None | True | False:
            parts.append(_CONSTANTS[value])
        case int():
            parts.append(_head(0, value) if value >= 0 else _head(1, -1 - value))
        case float():
            parts.append(struct.pack(">Bd", 0xFB, value))
        case datetime():
            parts.append(struct.pack(">BBd", 0xC1, 0xFB, value.timestamp()))
        case Tagged():
            parts.append(_head(6, value.tag))
            _write(value.value, parts)
        case str():
            data = value.encode()
            parts += (_head(3, len(data)), data)
        case bytes():
            parts += (_head(2, len(value)), value)
        case list() | tuple():
            parts.append(_head(4, len(value)))
            for item in value:
                _write(item, parts)
        case dict():
            parts.append(_head(5, len(value)))
            for name, item in value.items():
                _write(str(name), parts)
                _write(item, parts)
        case _:
            raise CborError(f"{type(value).__name__} cannot be written")


def _head(major: int, argument: int) -> bytes:
    if argument < 24:
        return bytes([major << 5 | argument])
    for short, (form, limit) in enumerate(((">B", 8), (">H", 16), (">I", 32), (">Q", 64))):
        if argument < 1 << limit:
            return bytes([major << 5 | 24 + short]) + struct.pack(form, argument)
    raise CborError("an integer is too large")


def _seconds(value: float) -> datetime:
    return datetime.fromtimestamp(value, UTC)


def loads(data: bytes, *, moment: Callable[[float], Any] = _seconds) -> Any:
    """Read a document.

    Parameters
    ----------
    moment
        Makes a timestamp of the number under tag 1; by default a `datetime` of so many seconds.

    Raises
    ------
    CborError

    Examples
    --------
    >>> loads(dumps({"a": [1, 2.5, None, "x"]}))
    {'a': [1, 2.5, None, 'x']}
    """
    reader = _Reader(data, moment)
    value = reader.item(0)
    if value is _BREAK or reader.at != len(data):
        raise CborError("there is more, or less, than one document")
    return value


class _Reader:
    def __init__(self, data: bytes, moment: Callable[[float], Any]) -> None:
        self._data, self._moment = data, moment
        self.at = 0

    def _take(self, count: int) -> bytes:
        piece = self._data[self.at : self.at + count]
        if len(piece) < count:
            raise CborError("the document breaks off")
        self.at += count
        return piece

    def item(self, depth: int) -> Any:
        if depth > DEEPEST:
            raise CborError("the document is nested too deeply")
        first = self._take(1)[0]
        major, short = first >> 5, first & 31
        if major == 7:
            return self._simple(short)
        argument = None if short == 31 else self._argument(short)
        match major:
            case 0 | 1 if argument is not None:
                return argument if major == 0 else -1 - argument
            case 2 | 3:
                text = self._take(argument) if argument is not None else self._pieces(major, depth)
                return self._decoded(text) if major == 3 else text
            case 4:
                return self._items(argument, depth)
            case 5:
                flat = self._items(None if argument is None else 2 * argument, depth)
                if len(flat) % 2 or not all(isinstance(name, str) for name in flat[::2]):
                    raise CborError("a map's keys must be text")
                return dict(zip(flat[::2], flat[1::2], strict=True))
            case 6 if argument is not None:
                return self._tagged(argument, self.item(depth + 1))
        raise CborError(f"the initial byte {first:#x} has no meaning")

    def _argument(self, short: int) -> int:
        if short < 24:
            return short
        if short > 27:
            raise CborError("an initial byte has no meaning")
        return int.from_bytes(self._take(1 << short - 24), "big")

    def _simple(self, short: int) -> Any:
        if short in _SIMPLE:
            return _SIMPLE[short]
        if short in _FLOATS:
            form, size = _FLOATS[short]
            return struct.unpack(form, self._take(size))[0]
        if short == 31:
            return _BREAK
        raise CborError(f"the simple value {short} is not served")

    def _items(self, count: int | None, depth: int) -> list[Any]:
        items: list[Any] = []
        while count is None or len(items) < count:
            value = self.item(depth + 1)
            if value is _BREAK:
                if count is None:
                    return items
                raise CborError("a break is where a value should be")
            items.append(value)
        return items

    def _pieces(self, major: int, depth: int) -> bytes:
        pieces = self._items(None, depth)
        if not all(isinstance(piece, str if major == 3 else bytes) for piece in pieces):
            raise CborError("the pieces of a string have different kinds")
        return b"".join(piece.encode() if isinstance(piece, str) else piece for piece in pieces)

    @staticmethod
    def _decoded(text: bytes) -> str:
        try:
            return text.decode()
        except UnicodeDecodeError as error:
            raise CborError("a text is not UTF-8") from error

    def _tagged(self, tag: int, value: Any) -> Any:
        if tag != 1 or isinstance(value, bool) or not isinstance(value, int | float):
            raise CborError(f"the tag {tag} is not served here")
        try:
            return self._moment(value)
        except (ValueError, OverflowError, OSError) as error:
            raise CborError("a timestamp is out of range") from error
