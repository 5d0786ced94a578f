"""One Event API behind its port: loaded when it is first asked for, and again after it has changed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from localcloud.appsync.events.api import PATH, ServedEventApi
from localcloud.appsync.events.definition import EventApiDefinition
from localcloud.appsync.events.doors import MAX_MESSAGE, REALTIME_PATH, EventDoors
from localcloud.appsync.events.hub import EventHub
from localcloud.appsync.http import unread
from localcloud.appsync.realtime.connection import RealtimeSettings
from localcloud.appsync.wire import Server, serve

HOST: Final = "127.0.0.1"
LoadEvents = Callable[[str], EventApiDefinition]


@dataclass(frozen=True)
class EventApiAddress:
    """Where an Event API is served, and the keys that open it."""

    id: str
    name: str
    http: str
    realtime: str
    api_keys: tuple[str, ...] = ()


class EventApiPort:
    """One Event API behind its port: loaded when first asked, and again after it has changed."""

    def __init__(
        self,
        api_id: str,
        name: str,
        load: LoadEvents,
        build: Callable[[EventApiDefinition], ServedEventApi],
    ) -> None:
        self.id = api_id
        self.name = name
        self.port = 0
        self.hub = EventHub(name)
        self.served: ServedEventApi | None = None
        self._load = load
        self._build = build
        self._stale = True
        self._loading = asyncio.Lock()
        self._server: Server | None = None

    @property
    def host(self) -> str:
        """Return the host with its port, which is what ``dns`` names."""
        return f"{HOST}:{self.port}"

    async def open(self, port: int, settings: RealtimeSettings) -> None:
        """Listen; requests are answered at once, with 503 until the API can be loaded."""
        doors = EventDoors(self.current, self.hub, settings)
        self._server = await serve(doors.handle, port, refusal=unread, max_body=MAX_MESSAGE)
        self.port = self._server.port

    def changed(self) -> None:
        """Take note that the definition is not what it was."""
        self._stale = True

    async def current(self) -> ServedEventApi:
        """Return the API as it is defined now; live subscriptions outlast a change.

        Raises
        ------
        NotLoaded
            When it cannot be loaded; the next request tries again.
        """
        if not self._stale and self.served is not None:
            return self.served
        async with self._loading:
            if self._stale or self.served is None:
                self._stale = False  # first: what changes from here on is loaded again
                try:
                    definition = await asyncio.to_thread(self._load, self.id)
                    if self.served is None or definition != self.served.definition:
                        self.served = self._build(definition)
                except BaseException:
                    self._stale = True
                    raise
                self.name = self.served.definition.name
            return self.served

    def connections(self) -> int:
        """Return how many WebSockets are open."""
        return self._server.websockets() if self._server is not None else 0

    def address(self) -> EventApiAddress:
        """Return where the API is served."""
        keys = self.served.definition.api_keys if self.served is not None else ()
        return EventApiAddress(
            self.id,
            self.name,
            f"http://{self.host}{PATH}",
            f"ws://{self.host}{REALTIME_PATH}",
            tuple(key.id for key in keys),
        )

    async def close(self) -> None:
        """Close the port and every connection; clients connect again when the API is back."""
        if self._server is not None:
            await self._server.close("The API is going away")
