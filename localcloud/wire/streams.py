"""Bodies that pass piece by piece: a request's while it comes, a response's while it is produced.

Neither side gets ahead of the other: who is slow to take holds up who sends.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Final

MOST_WAITING: Final = 256 * 1024
"""How many bytes of a request's body may wait to be taken, before no more are read."""


class BrokenBody(Exception):
    """The client went away in the middle of a body."""


class BodyStream:
    """A request's body while it comes. Iterate over it once.

    Parameters
    ----------
    pace
        Called when there is room again, or none any more.

    Attributes
    ----------
    trailers
        The headers behind the body, with their names in lower case; complete once it has ended.
    full
        Whether the connection is to be read no further for now.
    """

    def __init__(self, pace: Callable[[], None] = lambda: None) -> None:
        self.trailers: dict[str, str] = {}
        self.ended = False
        self._broken = False
        self._pieces: deque[bytes] = deque()
        self._size = 0
        self._pace = pace
        self._more = asyncio.Event()

    @property
    def full(self) -> bool:
        """Whether enough waits to be taken."""
        return self._size >= MOST_WAITING

    def feed(self, piece: bytes) -> None:
        """Take a piece from the connection."""
        self._pieces.append(piece)
        self._size += len(piece)
        self._more.set()

    def end(self) -> None:
        """Take note that the body is complete."""
        self.ended = True
        self._more.set()

    def break_off(self) -> None:
        """Take note that the rest will never come."""
        if not self.ended:
            self._broken = True
            self._more.set()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield the pieces as they come.

        Raises
        ------
        BrokenBody
            The client went away before the end; what came before has been yielded.
        """
        while True:
            while self._pieces:
                piece = self._pieces.popleft()
                was_full, self._size = self.full, self._size - len(piece)
                if was_full and not self.full:
                    self._pace()
                yield piece
            if self._broken:
                raise BrokenBody
            if self.ended:
                return
            self._more.clear()
            await self._more.wait()


@dataclass(slots=True)
class StreamedResponse:
    """An answer whose body is produced while it is sent, in chunks of HTTP/1.1.

    Attributes
    ----------
    pieces
        The body. It is closed when the client goes away; when it raises, the connection is cut, so that
        the client notices that its end is missing.
    """

    pieces: AsyncIterator[bytes]
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


def chunk(piece: bytes) -> bytes:
    r"""Return a piece as a chunk; none for an empty one, which would be the last.

    Examples
    --------
    >>> chunk(b"hello")
    b'5\r\nhello\r\n'
    """
    return b"%x\r\n%b\r\n" % (len(piece), piece) if piece else b""
