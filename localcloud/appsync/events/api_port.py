"""One Event API behind its port."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from localcloud.appsync.events.api import PATH, ServedEventApi
from localcloud.appsync.events.definition import EventApiDefinition
from localcloud.appsync.events.endpoint import MAX_MESSAGE, REALTIME_PATH, EventEndpoint
from localcloud.appsync.events.hub import EventHub
from localcloud.appsync.serving.answers import listen
from localcloud.appsync.serving.connection import RealtimeSettings
from localcloud.appsync.serving.loaded import Loaded
from localcloud.wire import Server

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


@dataclass(frozen=True)
class EventApiPort:
    """One Event API behind its port."""

    loaded: Loaded[EventApiDefinition, ServedEventApi]
    hub: EventHub
    server: Server

    @property
    def host(self) -> str:
        """Return the host with its port, which is what ``dns`` names."""
        return f"{HOST}:{self.server.port}"

    def address(self) -> EventApiAddress:
        """Return where the API is served."""
        served = self.loaded.served
        return EventApiAddress(
            self.loaded.id,
            self.loaded.name,
            f"http://{self.host}{PATH}",
            f"ws://{self.host}{REALTIME_PATH}",
            tuple(key.id for key in served.definition.api_keys) if served is not None else (),
        )


@dataclass(frozen=True)
class EventApiOpener:
    """Opens the ports of Event APIs: what they have in common.

    Attributes
    ----------
    load, build
        Read an API's definition, and make an API of it.
    """

    load: LoadEvents
    build: Callable[[EventApiDefinition], ServedEventApi]
    settings: RealtimeSettings

    async def open(self, api_id: str, name: str, port: int) -> EventApiPort:
        """Return an API behind a port, 0 for a free one."""
        loaded, hub = Loaded(api_id, name, self.load, self.build), EventHub(name)
        endpoints = EventEndpoint(loaded.current, hub, self.settings)
        server = await listen(endpoints.handle, port, max_body=MAX_MESSAGE)
        return EventApiPort(loaded, hub, server)
