"""One API behind its port: loaded when it is first asked for, and again after it has changed.

Its doors are served by ``localcloud.appsync.wire``: a handler takes a ``Request``, read to its end, and
returns a ``Response``, or an ``Upgrade`` to a WebSocket.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from localcloud.appsync.api import ServedApi
from localcloud.appsync.definition import ApiDefinition
from localcloud.appsync.errors import NotLoaded
from localcloud.appsync.execution.schema import SchemaError
from localcloud.appsync.explorer import Explorer
from localcloud.appsync.http import Doors, unread
from localcloud.appsync.realtime.connection import RealtimeSettings
from localcloud.appsync.realtime.hub import Hub
from localcloud.appsync.traced import TracedHub, traced_handler
from localcloud.appsync.tracing import Tracer
from localcloud.appsync.wire import Handler, Server, serve

HOST: Final = "127.0.0.1"
Load = Callable[[str], ApiDefinition]


@dataclass(frozen=True)
class ApiAddress:
    """Where an API is served, and the keys that open it."""

    id: str
    name: str
    graphql: str
    realtime: str
    api_keys: tuple[str, ...] = ()


async def listen(handler: Handler, port: int) -> Server:
    """Serve ``handler`` on a loopback port (0 takes a free one), with refusals in AppSync's form."""
    return await serve(handler, port, refusal=unread)


class ApiPort:
    """One API behind its port: loaded when first asked, and again after it has changed."""

    def __init__(
        self,
        api_id: str,
        name: str,
        load: Load,
        build: Callable[[ApiDefinition], ServedApi],
        tracer: Tracer | None = None,
    ) -> None:
        self.id = api_id
        self.name = name
        self.port = 0
        self.hub = Hub(name) if tracer is None else TracedHub(name, tracer)
        self._tracer = tracer
        self.served: ServedApi | None = None
        self._load = load
        self._build = build
        self._stale = True
        self._loading = asyncio.Lock()
        self._server: Server | None = None

    async def open(self, port: int, settings: RealtimeSettings, explorer: Explorer | None = None) -> None:
        """Listen; requests are answered at once, with 503 until the API can be loaded."""
        handler: Handler = Doors(self.current, self.hub, settings, explorer).handle
        if self._tracer is not None:
            handler = traced_handler(lambda: self.name, handler, self._tracer)
        self._server = await listen(handler, port)
        self.port = self._server.port

    def changed(self) -> None:
        """Take note that the definition is not what it was."""
        self._stale = True

    async def current(self) -> ServedApi:
        """Return the API as it is defined now.

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
                        self.hub.adopt(self.served)
                except SchemaError as problem:
                    self._stale = True
                    raise NotLoaded(f"The schema of {self.name} is not valid: {problem}") from None
                except BaseException:
                    self._stale = True
                    raise
                self.name = self.served.definition.name
            return self.served

    def connections(self) -> int:
        """Return how many WebSockets are open."""
        return self._server.websockets() if self._server is not None else 0

    def address(self) -> ApiAddress:
        """Return where the API is served."""
        keys = self.served.definition.api_keys if self.served is not None else ()
        return ApiAddress(
            self.id,
            self.name,
            f"http://{HOST}:{self.port}/graphql",
            f"ws://{HOST}:{self.port}/graphql",
            tuple(key.id for key in keys),
        )

    async def close(self) -> None:
        """Close the port and every connection; clients connect again when the API is back."""
        if self._server is not None:
            await self._server.close("The API is going away")
