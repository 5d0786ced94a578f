"""One client's connection: a request out, its answer in."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import httptools

from localcloud.calls.errors import AnswerTooLarge, CallFailed, NoAnswer, TimedOut
from localcloud.processes.stopwatch import Overhead, TimeLimits


@dataclass(frozen=True, slots=True)
class HttpReply:
    """An HTTP answer, whole. Header names are as they were sent; one that came twice is joined by commas."""

    status: int
    headers: dict[str, str]
    body: bytes

    def header(self, name: str, default: str = "") -> str:
        """Return a header, by its name in lower case."""
        return next((value for key, value in self.headers.items() if key.lower() == name), default)


class ClientConnection(asyncio.Protocol):
    """Sends one request after the other. `Connections` makes them, and keeps those that can be kept.

    Parameters
    ----------
    lost
        Called when the connection is lost.
    overhead
        What counts against no limit.
    """

    def __init__(self, lost: Callable[[ClientConnection], None], overhead: Overhead) -> None:
        self._lost = lost
        self._limits = TimeLimits(overhead)
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport
        self._parser = httptools.HttpResponseParser(self)
        self._answer: asyncio.Future[HttpReply] | None = None
        self.reusable = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport."""
        # uvloop's transports are asyncio.Transport's by their methods alone.
        self._transport = transport  # type: ignore[assignment]

    async def exchange(self, request: bytes, limit: int | None, seconds: float | None) -> HttpReply:
        """Send a request, and return its answer; ``reusable`` says afterwards whether another one may follow.

        Parameters
        ----------
        seconds
            How long it may take; None: as long as it likes.

        Raises
        ------
        AnswerTooLarge
            It has more than ``limit`` bytes.
        NoAnswer
            The connection broke, or what came is no HTTP answer.
        TimedOut
            It did not come in time.
        """
        self.reusable = False
        self._limit = limit
        self._headers: dict[str, str] = {}
        self._body: list[bytes] = []
        self._size = 0
        self._framed = self._complete = False
        self._bodiless = request.startswith(b"HEAD ")
        self._answer = self._loop.create_future()
        # asyncio.timeout would cancel the task and report why afterwards: more steps for the same.
        if seconds is not None:
            late = TimedOut(f"there was no answer in {seconds:g} s")
            self._limits.set(None, (seconds, lambda: self._fail(late)))
        try:
            self._transport.write(request)
            return await self._answer
        finally:
            if seconds is not None:
                self._limits.lift()

    def abort(self) -> None:
        """Cut the connection."""
        self._transport.abort()

    # What the transport calls ------------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        """Take bytes of the answer."""
        if self._answer is None:
            self._transport.abort()  # nothing was asked
            return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserCallbackError as error:
            problem = error.__context__
            self._fail(problem if isinstance(problem, CallFailed) else NoAnswer(str(problem)))
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            self._fail(NoAnswer(f"what came is no HTTP/1.1 answer: {error}"))

    def eof_received(self) -> None:
        """Take note that nothing more comes: the end of an answer that does not say how long it is."""
        if self._answer is not None and self._complete and not self._framed:
            self._finish()

    def connection_lost(self, exc: Exception | None) -> None:
        """Take note that the connection has gone."""
        self._fail(NoAnswer(f"the connection was closed before the answer came{f': {exc}' if exc else ''}"))
        self._lost(self)

    # What the parser calls ---------------------------------------------------------------------------------

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header."""
        key, text = name.decode("latin-1"), value.decode("utf-8", "surrogateescape")
        previous = self._headers.get(key)
        self._headers[key] = text if previous is None else f"{previous}, {text}"
        self._framed |= key.lower() in {"content-length", "transfer-encoding"}

    def on_headers_complete(self) -> None:
        """Take note that the body follows; an answer to HEAD announces one that does not come."""
        self._complete = True
        if self._bodiless and self._parser.get_status_code() // 100 != 1:
            self._finish()  # and the connection is not kept: the parser waits for the body

    def on_body(self, body: bytes) -> None:
        """Take a part of the body."""
        self._size += len(body)
        if self._limit is not None and self._size > self._limit:
            raise AnswerTooLarge(f"the answer has more than {self._limit} bytes")
        self._body.append(body)

    def on_message_complete(self) -> None:
        """Hand the answer over."""
        if self._parser.get_status_code() // 100 != 1:  # after 100 Continue the answer is still to come
            self.reusable = self._parser.should_keep_alive() and not self._transport.is_closing()
            self._finish()

    def _finish(self) -> None:
        pending, self._answer = self._answer, None
        if pending is not None and not pending.done():
            body = self._body[0] if len(self._body) == 1 else b"".join(self._body)
            pending.set_result(HttpReply(self._parser.get_status_code(), self._headers, body))

    def _fail(self, problem: CallFailed) -> None:
        pending, self._answer = self._answer, None
        self.reusable = False
        if pending is not None and not pending.done():
            pending.set_exception(problem)
