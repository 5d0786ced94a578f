"""One stream of one order's events: a response that goes on until the order is final."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import AsyncGenerator, Sequence
from types import TracebackType
from typing import Self
from urllib.parse import quote

import aiohttp

from clients import reading
from clients.auth import Token
from clients.errors import ServerFault, Unavailable
from clients.event_stream import Event, EventReader
from clients.link import STEADY_SECONDS
from clients.model import Change, History
from clients.problems import from_response
from clients.traffic import Traffic

log = logging.getLogger(__name__)

VERSION_HEADER = "Orderwire-Version"
MAX_WAIT = 300


class Stream:
    """Open a stream, take what it sends of the past, and pass on what comes.

    Parameters
    ----------
    url
        The API's address with its stage.
    order_id
        The order, which need not exist yet.
    have
        The version that is already here.
    wait
        Seconds that the server may wait for an order that is not there; at most ``MAX_WAIT``.
    patience
        Seconds of silence after which the stream counts as dead. The server sends a comment every 15.

    Attributes
    ----------
    histories
        What the stream sent of the order's past: no request is needed for it.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        url: str,
        token: Token,
        order_id: str,
        have: int,
        *,
        traffic: Traffic,
        wait: int,
        patience: float,
    ) -> None:
        self.histories: Sequence[History] = ()
        self._session = session
        self._url = url
        self._token = token
        self._order_id = order_id
        self._have = have
        self._traffic = traffic
        self._wait = wait
        self._patience = patience
        self._reader = EventReader()
        self._early: list[Event] = []

    async def __aenter__(self) -> Self:
        """Return when the server has sent the past.

        Raises
        ------
        OrderwireError
            ``NotSignedIn``, ``NotAllowed``, ``Refused``: trying again with the same token is of no
            use. Anything else: it may be.
        """
        headers = {
            "Authorization": f"Bearer {self._token.identity}",
            "Accept": "text/event-stream",
            # Compressed, an event might wait for the next one, and its bytes could not be counted.
            "Accept-Encoding": "identity",
        }
        if self._have:
            headers["Last-Event-ID"] = str(self._have)
        url = f"{self._url.rstrip('/')}/orders/{quote(self._order_id, safe='')}/events"
        try:
            async with asyncio.timeout(self._patience):
                self._response = await self._session.get(
                    url, params={"wait": str(self._wait)}, headers=headers, timeout=_for_ever(self._patience)
                )
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unavailable(f"{self._url} does not answer ({type(error).__name__}).") from None
        self._opened = time.monotonic()
        try:
            await self._check(self._response)
        except BaseException:
            self._response.close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._response.close()

    async def __aiter__(self) -> AsyncGenerator[Change | None, None]:
        """Yield changes as they come, None for one that could not be read; raise when the stream is lost.

        It ends when the server asks for a new connection.
        """
        while True:
            events, self._early = self._early, []
            for event in events:
                match event.name:
                    case "change":
                        yield _change(event)
                    case "end":
                        # Nothing more comes, and a new stream would say the same.
                        await asyncio.Event().wait()
                    case "reconnect" | "problem" if time.monotonic() - self._opened >= STEADY_SECONDS:
                        return  # its time is up, or the order is not there yet
                    case "reconnect" | "problem":
                        raise Unavailable("The server ended the stream.")
            self._early = await self._next()

    async def _check(self, response: aiohttp.ClientResponse) -> None:
        """Raise what the status says; else read the past."""
        if response.status == 204:
            self.histories = [History(self._order_id, self._have, ())]
            self._early = [Event("end", "{}")]
            return
        if response.status >= 400:
            try:
                text = await response.text()
            except (aiohttp.ClientError, TimeoutError, OSError, UnicodeDecodeError):
                raise Unavailable(f"{self._url} answers {response.status}.") from None
            raise from_response(response.status, response.headers, text, order_id=self._order_id)
        version = response.headers.get(VERSION_HEADER, "")
        if response.status != 200 or response.content_type != "text/event-stream" or not version.isdecimal():
            raise ServerFault(f"What answers at {self._url} is no stream of an order's events.")
        await self._read_past(int(version[:9]))

    async def _read_past(self, version: int) -> None:
        changes: list[Change] = []
        while version > self._have and not (changes and changes[-1].version >= version):
            events = await self._next()
            while events:
                event = events.pop(0)
                change = _change(event) if event.name == "change" else None
                if change is None:
                    # Not what was to come: history has what it was.
                    self._early = [Event("change", ""), event, *events]
                    return
                changes.append(change)
                if change.version >= version:
                    break
            self._early = events
        self.histories = [History(self._order_id, version, tuple(changes))]

    async def _next(self) -> list[Event]:
        """Return some events; raise when none can come."""
        while True:
            try:
                piece = await self._response.content.readany()
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                raise Unavailable(f"The stream is lost ({type(error).__name__}).") from None
            if not piece:
                raise Unavailable("The stream is lost: it ended without a word.")
            events = list(self._reader.feed(piece))
            self._traffic.bytes_in += len(piece)
            self._traffic.messages_in += sum(event.name == "change" for event in events)
            if events:
                return events


class Finished:
    """Stands for the stream of an order of which nothing is left to send."""

    histories: Sequence[History] = ()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    async def __aiter__(self) -> AsyncGenerator[Change | None, None]:
        """Yield nothing, and do not end."""
        await asyncio.Event().wait()
        yield None


def _change(event: Event) -> Change | None:
    try:
        return Change.parse(json.loads(event.data))
    except (ValueError, RecursionError, reading.Unexpected) as error:
        log.warning("An event could not be read (%s); reading history instead.", type(error).__name__)
        return None


def _for_ever(patience: float) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(total=None, sock_connect=patience, sock_read=patience)
