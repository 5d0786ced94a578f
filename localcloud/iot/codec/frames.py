"""The stream of bytes cut into packets: how long each is stands in its first bytes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from localcloud.iot.codec.errors import MalformedPacket, PacketTooLarge


@dataclass(frozen=True, slots=True)
class Frame:
    """One packet as it came.

    Attributes
    ----------
    first
        Its type in the upper half, its flags in the lower one.
    body
        What follows the length.
    raw
        The whole, as it came.
    """

    first: int
    body: bytes
    raw: bytes


class FrameReader:
    """Cuts what arrives into packets. A packet may come in pieces, or several together.

    Parameters
    ----------
    largest
        Bytes of a packet, its header included: longer ones are refused before they are read.

    Examples
    --------
    >>> reader = FrameReader(100)
    >>> list(reader.feed(bytes.fromhex("c0")))
    []
    >>> [frame.raw.hex() for frame in reader.feed(bytes.fromhex("00d000"))]
    ['c000', 'd000']
    """

    def __init__(self, largest: int) -> None:
        self._largest = largest
        self._waiting = bytearray()

    def feed(self, data: bytes) -> Iterator[Frame]:
        """Yield the packets that are complete now.

        Raises
        ------
        MalformedPacket, PacketTooLarge
            The length is none, or too large; nothing more is to be fed.
        """
        waiting = self._waiting
        waiting += data
        while True:
            header, length = self._header()
            if not header or len(waiting) < header + length:
                return
            raw = bytes(waiting[: header + length])
            del waiting[: header + length]
            yield Frame(raw[0], raw[header:], raw)

    def _header(self) -> tuple[int, int]:
        """Return how long the header is and what follows it; a header of 0 bytes has not come whole."""
        length = 0
        for place in range(4):
            if len(self._waiting) < place + 2:
                return 0, 0
            byte = self._waiting[place + 1]
            length |= (byte & 0x7F) << (7 * place)
            if not byte & 0x80:
                if place and not byte:
                    raise MalformedPacket("a packet's length is longer than it needs to be")
                if length + place + 2 > self._largest:
                    raise PacketTooLarge(f"a packet of {length} bytes; {self._largest} are read")
                return place + 2, length
        raise MalformedPacket("a packet's length has more than four bytes")
