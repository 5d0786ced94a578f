"""An endless answer, read line by line: the engine's feed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from urllib.parse import urlsplit

import httptools

from localcloud.calls.errors import NoAnswer, TimedOut


class _Lines(asyncio.Protocol):
    """Hands each line over as it comes, in the transport's own turn: no task wakes up for it."""

    def __init__(self, request: bytes, on_line: Callable[[bytes], None]) -> None:
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.received = True
        self._request = request
        self._on_line = on_line
        self._rest = b""
        self._parser = httptools.HttpResponseParser(self)
        self._transport: asyncio.BaseTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        transport.write(self._request)  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        self.received = True
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserCallbackError as error:
            self._end(error.__context__ or error)
        except httptools.HttpParserError as error:
            self._end(NoAnswer(f"what came is no HTTP/1.1 answer: {error}"))

    def connection_lost(self, exc: Exception | None) -> None:
        self._end(NoAnswer(f"the answer ended{f': {exc}' if exc else ''}"))

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code()
        if status != 200:
            raise NoAnswer(f"the answer's status is {status}")

    def on_body(self, body: bytes) -> None:
        *lines, self._rest = (self._rest + body).split(b"\n")
        for line in lines:
            self._on_line(line)

    def on_message_complete(self) -> None:
        self._end(NoAnswer("the answer ended"))

    def _end(self, problem: BaseException) -> None:
        if not self.ended.done():
            self.ended.set_exception(problem)


async def follow_lines(url: str, on_line: Callable[[bytes], None], *, silence: float) -> None:
    """Ask for ``url``, and hand over each line of the answer, without its end, until that ends.

    Parameters
    ----------
    silence
        Seconds without a byte after which the server counts as hanging.

    Raises
    ------
    NoAnswer
        The answer ended, or never came; ``TimedOut`` after a silence.
    """
    parts = urlsplit(url)
    request = f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode()
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(silence):
            transport, lines = await loop.create_connection(
                lambda: _Lines(request, on_line), parts.hostname or "127.0.0.1", parts.port or 80
            )
    except TimeoutError:
        raise TimedOut(f"{url} took no connection within {silence:g} s") from None
    except OSError as error:
        raise NoAnswer(f"{url} cannot be reached: {error}") from None
    try:
        while lines.received:
            lines.received = False
            await asyncio.wait([lines.ended], timeout=silence)
            if lines.ended.done():
                lines.ended.result()
        raise TimedOut(f"{url} said nothing for {silence:g} s")
    finally:
        lines.ended.cancel()
        transport.abort()
