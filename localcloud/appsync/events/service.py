"""Every Event API of the engine, each behind its port."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeAlias

from localcloud.appsync.auth.gate import CallerGate
from localcloud.appsync.datasources.clients import SourceClient, Sources, UnservedSource
from localcloud.appsync.definition import JSON, DataSource
from localcloud.appsync.errors import BadRequest
from localcloud.appsync.events.api import ServedEventApi
from localcloud.appsync.events.api_port import EventApiAddress, EventApiOpener, LoadEvents
from localcloud.appsync.events.definition import EventApiDefinition
from localcloud.appsync.events.handlers import Handlers
from localcloud.appsync.events.hub import EventHub
from localcloud.appsync.events.loader import list_event_apis, load_event_api
from localcloud.appsync.events.traced import TracedEventApi, TracedHandlers
from localcloud.appsync.serving.connection import RealtimeSettings
from localcloud.appsync.serving.loaded import Loaded
from localcloud.appsync.serving.open_ports import OpenPorts
from localcloud.appsync.traced import TracedSources
from localcloud.appsync.tracing import Tracer
from localcloud.aws import EngineAddress
from localcloud.aws.plain import plain_client
from localcloud.network.port_numbers import PortNumbers

LoadedEventApi: TypeAlias = Loaded[EventApiDefinition, ServedEventApi]


class NoSources:
    """Where no service can be called: each data source refuses."""

    def open(self, source: DataSource) -> SourceClient:
        """Return what refuses."""
        return UnservedSource(source)


class EventApis:
    """Serves every Event API of the engine.

    Parameters
    ----------
    make_gate
        Makes the gate of an API.
    numbers
        Gives out ports.
    load
        Reads an API's definition, by default from the control plane; it blocks and runs in a thread.
    tracer
        Called at each publish and subscribe, for observers.
    """

    def __init__(
        self,
        engine: EngineAddress,
        *,
        make_gate: Callable[[EventApiDefinition], CallerGate],
        sources: Sources,
        settings: RealtimeSettings,
        numbers: PortNumbers,
        load: LoadEvents | None = None,
        tracer: Tracer | None = None,
    ) -> None:
        self._engine = engine
        self._make_gate = make_gate
        self._sources = sources if tracer is None else TracedSources(sources)
        self._tracer = tracer
        opener = EventApiOpener(load or self._from_control_plane, self._build, settings)
        self._ports = OpenPorts(numbers, opener.open)

    def port_of(self, api_id: str) -> int | None:
        """Return the port of an API; None when there is none."""
        return self._ports.number_of(api_id)

    def notify(self, api_id: str) -> None:
        """Take note that an API changed: it is loaded again before its next request."""
        self._ports.changed(api_id)

    async def reopen(self) -> None:
        """Open a port for every API that the engine kept over a stop: the one that its address names.

        Raises
        ------
        OSError
            One of the ports is in use.
        """
        client = plain_client(self._engine, "appsync")
        for api_id, name, port in await asyncio.to_thread(list_event_apis, client):
            if port:
                await self._ports.open(api_id, name, port)

    async def load_all(self) -> None:
        """Load every API of the engine.

        Raises
        ------
        NotLoaded
            When one of them cannot be loaded.
        """
        client = plain_client(self._engine, "appsync")
        await self._ports.load(await asyncio.to_thread(list_event_apis, client))

    def loaded(self) -> list[LoadedEventApi]:
        """Return the APIs as they are loaded."""
        return [port.loaded for port in self._ports]

    def addresses(self) -> list[EventApiAddress]:
        """Return where each API is served."""
        return [port.address() for port in self._ports]

    def hub(self, api_id: str) -> EventHub:
        """Return the live subscriptions of an API; raises ``KeyError`` when there is no such API."""
        return self._ports[api_id].hub

    def connections(self, api_id: str) -> int:
        """Return how many WebSockets to an API are open; raises ``KeyError`` when there is no such API."""
        return self._ports[api_id].server.websockets()

    def warnings(self) -> list[str]:
        """Return what the loaded APIs use and the data plane does not support."""
        every = [api.served for api in self.loaded()]
        return [warning for served in every if served is not None for warning in served.warnings]

    async def stop(self) -> None:
        """Close every port."""
        await self._ports.stop()

    async def open_api(self, api_id: str, body: dict[str, JSON]) -> dict[str, JSON]:
        """Open an API's port for the engine, and return the hosts that its ``dns`` is to name."""
        if not api_id or "/" in api_id:
            raise BadRequest("An Event API is opened at /event-apis/{id}.")
        port = await self._ports.open(api_id, str(body.get("name") or api_id))
        return {"http": port.host, "realtime": port.host}

    async def close_api(self, api_id: str, _body: dict[str, JSON]) -> dict[str, JSON]:
        """Close an API's port; one that there is none of is closed already."""
        await self._ports.close(api_id)
        return {}

    def _from_control_plane(self, api_id: str) -> EventApiDefinition:
        client = plain_client(self._engine, "appsync")
        return load_event_api(client, api_id, region=self._engine.region, account=self._engine.account)

    def _build(self, definition: EventApiDefinition) -> ServedEventApi:
        gate, sources = self._make_gate(definition), self._sources
        if self._tracer is None:
            return ServedEventApi(definition, gate=gate, handlers=Handlers(definition, sources=sources))
        handlers = TracedHandlers(definition, sources=sources)
        return TracedEventApi(definition, gate=gate, handlers=handlers, tracer=self._tracer)
