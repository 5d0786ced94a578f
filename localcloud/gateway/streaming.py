"""Streamed answers: pieces go to the client as they come, within the gateway's time limits."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass
from typing import Final, Protocol

from aiohttp import web
from multidict import CIMultiDict

from localcloud.functions.errors import CallerTimedOut, FunctionsError
from localcloud.functions.model import InvokeResult
from localcloud.gateway.errors import IntegrationFailed, IntegrationTimedOut, IntegrationUnavailable
from localcloud.gateway.invoking import FunctionRaised

log = logging.getLogger(__name__)
# How often a silent stream looks whether its client is still there.
LOOK_SECONDS: Final = 1.0


class FunctionStream(Protocol):
    """A response under way, as ``LambdaService.stream`` gives it."""

    @property
    def content_type(self) -> str:
        """What the runtime said of it."""

    @property
    def result(self) -> asyncio.Future[InvokeResult]:
        """How the invocation ended, once it has."""

    def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield the pieces."""

    def abandon(self) -> None:
        """Read it no further."""


class OpenStream(Protocol):
    """How a function is invoked so: ``LambdaService.stream``."""

    def __call__(
        self, function: str, payload: bytes, *, limit: float | None = None
    ) -> Awaitable[FunctionStream]:
        """Invoke a function by its ARN; return once its response has begun, or has failed.

        After ``limit`` seconds of its own time, this or reading the response raises ``CallerTimedOut``.
        """


async def no_streams(function: str, payload: bytes, *, limit: float | None = None) -> FunctionStream:
    """Stand for a Lambda service that streams nothing."""
    raise IntegrationUnavailable


@dataclass(frozen=True)
class Limits:
    """How long a streamed answer may take in all, and how long nothing may come; seconds.

    The whole counts the function's own time, not the wait for an environment or a processor.
    """

    whole: float | None
    idle: float


class Pieces:
    """The pieces of one response, each in time.

    Parameters
    ----------
    stream
        The response; it is abandoned when it is not read to its end.
    """

    def __init__(self, stream: FunctionStream, idle: float, client: web.BaseRequest) -> None:
        self._stream = stream
        self._pieces = aiter(stream)
        self._idle = idle
        self._client = client
        self._loop = asyncio.get_running_loop()
        self._last = self._loop.time()

    @property
    def content_type(self) -> str:
        """What the runtime said of the response."""
        return self._stream.content_type

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        """Return the next piece.

        Raises
        ------
        IntegrationTimedOut
            Nothing has come for too long, or the whole has taken too long.
        FunctionRaised
            The function failed.
        ConnectionResetError
            The client has gone.
        """
        task = asyncio.ensure_future(_next(self._pieces))
        try:
            while not task.done():
                remaining = self._last + self._idle - self._loop.time()
                if remaining <= 0:
                    raise IntegrationTimedOut
                transport = self._client.transport
                if transport is None or transport.is_closing():
                    raise ConnectionResetError
                await asyncio.wait((task,), timeout=min(remaining, LOOK_SECONDS))
        finally:
            task.cancel()
        try:
            piece = task.result()
        except CallerTimedOut:
            raise IntegrationTimedOut from None
        if piece is None:
            result = self._stream.result.result()
            if result.function_error is not None:
                raise FunctionRaised(result.payload.decode(errors="replace"))
            raise StopAsyncIteration
        self._last = self._loop.time()
        return piece

    def abandon(self) -> None:
        """Read no further; after the end this does nothing."""
        self._stream.abandon()


async def _next(pieces: AsyncIterator[bytes]) -> bytes | None:
    return await anext(pieces, None)


async def open_pieces(
    open_stream: OpenStream, function: str, payload: bytes, limits: Limits, client: web.BaseRequest
) -> Pieces:
    """Invoke a function, and return the pieces of its response once it has begun.

    Raises
    ------
    IntegrationTimedOut
        It did not begin in time.
    IntegrationUnavailable
        The function cannot be invoked.
    """
    try:
        stream = await open_stream(function, payload, limit=limits.whole)
    except CallerTimedOut:
        raise IntegrationTimedOut from None
    except FunctionsError as problem:
        log.warning("%s cannot be invoked: %s", function, problem)
        raise IntegrationUnavailable from None
    return Pieces(stream, limits.idle, client)


async def send_pieces(
    client: web.BaseRequest, status: int, headers: CIMultiDict[str], first: bytes, pieces: Pieces
) -> web.StreamResponse:
    """Send an answer as its pieces come. What breaks off is cut, so that the client notices."""
    try:
        response = web.StreamResponse(status=status, headers=headers)
    except ValueError:  # what the server itself takes for no header
        pieces.abandon()
        raise IntegrationFailed from None
    bodiless = client.method == "HEAD" or status in (204, 304)
    try:
        await response.prepare(client)
        if first and not bodiless:
            await response.write(first)
        async for piece in pieces:
            if not bodiless:
                await response.write(piece)
        await response.write_eof()
    except (IntegrationTimedOut, IntegrationFailed):
        _cut(client)
    finally:
        pieces.abandon()
    return response


def _cut(client: web.BaseRequest) -> None:
    if client.transport is not None:
        client.transport.abort()
