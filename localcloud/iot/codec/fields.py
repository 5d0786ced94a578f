"""The fields of packets, read within their bounds and written."""

from __future__ import annotations

from typing import Final

from localcloud.iot.codec.errors import MalformedPacket

MAX_VARIABLE: Final = 268_435_455
"""The largest variable byte integer: four bytes of seven bits."""
MAX_FIELD: Final = 65_535


class Cursor:
    r"""Reads a packet's body from its front.

    Raises
    ------
    MalformedPacket
        By every method: the field runs past the end, or is none.

    Examples
    --------
    >>> Cursor(b"\x00\x02hi!").text()
    'hi'
    """

    __slots__ = ("_at", "_data")

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def remaining(self) -> int:
        """Return how many bytes are left."""
        return len(self._data) - self._at

    def take(self, count: int) -> bytes:
        """Return the next ``count`` bytes."""
        if count > self.remaining():
            raise MalformedPacket("a field runs past the end of its packet")
        start, self._at = self._at, self._at + count
        return self._data[start : self._at]

    def rest(self) -> bytes:
        """Return all that is left."""
        return self.take(self.remaining())

    def byte(self) -> int:
        """Return one byte."""
        return self.take(1)[0]

    def short(self) -> int:
        """Return a two-byte integer."""
        return int.from_bytes(self.take(2), "big")

    def long(self) -> int:
        """Return a four-byte integer."""
        return int.from_bytes(self.take(4), "big")

    def variable(self) -> int:
        """Return a variable byte integer, which must be as short as it can be."""
        value = 0
        for place in range(4):
            byte = self.byte()
            value |= (byte & 0x7F) << (7 * place)
            if not byte & 0x80:
                if place and not byte:
                    raise MalformedPacket("a variable byte integer is longer than it needs to be")
                return value
        raise MalformedPacket("a variable byte integer has more than four bytes")

    def binary(self) -> bytes:
        """Return bytes that are led by their length."""
        return self.take(self.short())

    def text(self) -> str:
        """Return a UTF-8 string; the null character is not allowed in one."""
        try:
            text = self.binary().decode()
        except UnicodeDecodeError:
            raise MalformedPacket("a string is no UTF-8") from None
        if "\0" in text:
            raise MalformedPacket("a string holds the null character")
        return text

    def end(self) -> None:
        """Demand that nothing is left."""
        if self.remaining():
            raise MalformedPacket("there is more in the packet than belongs there")


def variable(value: int) -> bytes:
    """Return a variable byte integer.

    Examples
    --------
    >>> variable(321).hex()
    'c102'
    """
    if not 0 <= value <= MAX_VARIABLE:
        raise ValueError(f"{value} is no variable byte integer")
    written = bytearray()
    while True:
        value, byte = value >> 7, value & 0x7F
        written.append(byte | 0x80 if value else byte)
        if not value:
            return bytes(written)


def binary(value: bytes) -> bytes:
    """Return bytes led by their length."""
    if len(value) > MAX_FIELD:
        raise ValueError("a field holds at most 65,535 bytes")
    return len(value).to_bytes(2, "big") + value


def text(value: str) -> bytes:
    """Return a UTF-8 string led by its length."""
    return binary(value.encode())
