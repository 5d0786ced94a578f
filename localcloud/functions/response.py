"""A response on its way from the function to its caller: whole, or piece by piece."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from typing import Final, Protocol, Self

from localcloud.functions.model import InvokeResult

JSON_TYPE: Final = "application/json"
# Source of the limits: https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html
STREAMED_LIMIT: Final = 200 * 1024 * 1024
MOST_WAITING: Final = 256 * 1024
"""How many bytes may wait for the caller before the function has to wait."""


class Sink(Protocol):
    """Takes what a function streams.

    Attributes
    ----------
    over
        Whether it was more than Lambda takes; the rest is dropped.
    """

    over: bool

    def begin(self, content_type: str) -> None:
        """Take note that a response begins."""

    async def write(self, piece: bytes) -> None:
        """Take a piece; wait while the caller is slower than the function."""

    def whole(self) -> bytes:
        """Return what has been collected for a caller that gets it all at once."""


class CollectedResponse:
    """The response of a function that streams, for a caller that does not: Invoke, a queue, an event.

    Parameters
    ----------
    limit
        How many bytes it may have.
    """

    def __init__(self, limit: int) -> None:
        self.over = False
        self._limit = limit
        self._body = bytearray()

    def begin(self, content_type: str) -> None:
        """See `Sink.begin`."""

    async def write(self, piece: bytes) -> None:
        """See `Sink.write`."""
        self.over = self.over or len(self._body) + len(piece) > self._limit
        if not self.over:
            self._body += piece

    def whole(self) -> bytes:
        """See `Sink.whole`."""
        return bytes(self._body)


class ResponseStream:
    """The response of one invocation as it is produced. Iterate over it once, after `started`.

    The caller that goes away calls `abandon`: the function runs on, as on AWS, and no caller waits for it.

    Attributes
    ----------
    request_id
        The invocation's ``AwsRequestId``.
    version
        The version that runs.
    content_type
        What the runtime said of the response; AWS's own type announces that a prelude comes first.
    result
        How the invocation ended: its payload is empty unless it failed.
    abandoned
        Whether its reader has gone.
    """

    def __init__(self, request_id: str = "", version: str = "$LATEST", limit: int = STREAMED_LIMIT) -> None:
        self.request_id, self.version = request_id, version
        self.content_type = JSON_TYPE
        self.over = self.abandoned = False
        self.on_abandon: Callable[[], None] = lambda: None
        self.result: asyncio.Future[InvokeResult] = asyncio.get_running_loop().create_future()
        self._remaining = limit
        self._pieces: deque[bytes] = deque()
        self._waiting = 0
        self._started = False
        self._changed = asyncio.Event()  # for the caller
        self._room = asyncio.Event()  # for the function

    # The function's side

    def begin(self, content_type: str) -> None:
        """See `Sink.begin`."""
        self.content_type = content_type
        self._started = True
        self._changed.set()

    async def write(self, piece: bytes) -> None:
        """See `Sink.write`."""
        self.over = self.over or len(piece) > self._remaining
        if self.over or self.abandoned:
            return
        self._remaining -= len(piece)
        self._put(piece)
        while self._waiting >= MOST_WAITING and not self.abandoned:
            self._room.clear()
            await self._room.wait()

    def whole(self) -> bytes:
        """See `Sink.whole`."""
        return b""

    def finish(self, result: InvokeResult) -> None:
        """Take the end of the invocation. A function that did not stream is one piece."""
        if self.result.done():
            return
        if not self._started and result.function_error is None and result.payload:
            self._put(result.payload)
        self.result.set_result(result)
        self._changed.set()

    def fail(self, error: BaseException) -> None:
        """Take note that there was no invocation, or that its caller's time is over: reading has ended."""
        if not self.result.done():
            self.result.set_exception(error)
            self.result.exception()  # retrieved, so that asyncio logs nothing where the caller has gone
            self.abandoned = True
            self._changed.set()
            self._room.set()
            self.on_abandon()

    def _put(self, piece: bytes) -> None:
        self._pieces.append(piece)
        self._waiting += len(piece)
        self._changed.set()

    # The caller's side

    async def opened(self) -> Self:
        """Return once it has begun; who stops waiting abandons it."""
        try:
            await self.started()
        except asyncio.CancelledError:
            self.abandon()
            raise
        return self

    async def started(self) -> None:
        """Wait until there is something to read, or the end. Raises what `fail` was given."""
        while not (self._started or self._pieces or self.result.done()):
            self._changed.clear()
            await self._changed.wait()
        if self.result.done():
            self.result.result()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield the pieces as they come."""
        while True:
            while self._pieces:
                piece = self._pieces.popleft()
                self._waiting -= len(piece)
                if self._waiting < MOST_WAITING:
                    self._room.set()
                yield piece
            if self.result.done():
                self.result.result()
                return
            self._changed.clear()
            await self._changed.wait()

    def abandon(self) -> None:
        """Go away: what still comes is dropped. After the end this does nothing."""
        if self.abandoned or self.result.done():
            return
        self.abandoned = True
        self._pieces.clear()
        self._waiting = 0
        self._room.set()
        self.on_abandon()
