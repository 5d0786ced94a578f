"""One GraphQL API behind its port.

Its endpoints are served by ``localcloud.wire``: a handler takes a ``Request``, read to its end, and
returns a ``Response``, or an ``Upgrade`` to a WebSocket.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from localcloud.appsync.api import ServedApi
from localcloud.appsync.definition import ApiDefinition
from localcloud.appsync.errors import NotLoaded, RequestError
from localcloud.appsync.execution.schema import SchemaError
from localcloud.appsync.explorer import Explorer
from localcloud.appsync.http import GraphQLEndpoint
from localcloud.appsync.measuring import ApiMeasures, measured_handler
from localcloud.appsync.realtime.hub import Hub
from localcloud.appsync.serving.answers import listen
from localcloud.appsync.serving.connection import RealtimeSettings
from localcloud.appsync.serving.loaded import Loaded
from localcloud.appsync.traced import TracedHub, traced_handler
from localcloud.appsync.tracing import Tracer
from localcloud.appsync.xray import Recorder, traced_requests
from localcloud.watchtower.facade import Metrics
from localcloud.wire import AsyncHandler, Server

HOST: Final = "127.0.0.1"
Load = Callable[[str], ApiDefinition]


@dataclass(frozen=True)
class GraphQLApiAddress:
    """Where an API is served, and the keys that open it."""

    id: str
    name: str
    graphql: str
    realtime: str
    api_keys: tuple[str, ...] = ()


@dataclass(frozen=True)
class GraphQLApiPort:
    """One GraphQL API behind its port."""

    loaded: Loaded[ApiDefinition, ServedApi]
    hub: Hub
    server: Server

    def address(self) -> GraphQLApiAddress:
        """Return where the API is served."""
        served = self.loaded.served
        return GraphQLApiAddress(
            self.loaded.id,
            self.loaded.name,
            f"http://{HOST}:{self.server.port}/graphql",
            f"ws://{HOST}:{self.server.port}/graphql",
            tuple(key.id for key in served.definition.api_keys) if served is not None else (),
        )


@dataclass(frozen=True)
class ApiOpener:
    """Opens the ports of GraphQL APIs: what they have in common.

    Attributes
    ----------
    load, build
        Read an API's definition, and make an API of it.
    explorer
        Answers what a browser asks beside the API: GraphiQL.
    traces
        Keeps the segments of requests that X-Ray records.
    """

    load: Load
    build: Callable[[ApiDefinition], ServedApi]
    settings: RealtimeSettings
    explorer: Explorer
    tracer: Tracer | None = None
    metrics: Metrics | None = None
    traces: Recorder | None = None

    async def open(self, api_id: str, name: str, port: int) -> GraphQLApiPort:
        """Return an API behind a port, 0 for a free one."""
        hub = Hub(name) if self.tracer is None else TracedHub(name, self.tracer)

        def build(definition: ApiDefinition) -> ServedApi:
            try:
                served = self.build(definition)
            except SchemaError as problem:
                raise NotLoaded(f"The schema of {definition.name} is not valid: {problem}") from None
            hub.adopt(served)
            return served

        loaded = Loaded(api_id, name, self.load, build)
        handler: AsyncHandler = GraphQLEndpoint(loaded.current, hub, self.settings, self.explorer).handle
        if self.metrics is not None:
            hub.measures = ApiMeasures(self.metrics, api_id, hub.__len__)
            handler = measured_handler(handler, hub.measures)
        if self.traces is not None:

            async def definition() -> ApiDefinition | None:
                try:
                    return (await loaded.current()).definition
                except RequestError:
                    return None

            handler = traced_requests(definition, handler, self.traces)
        if self.tracer is not None:
            handler = traced_handler(lambda: loaded.name, handler, self.tracer)
        return GraphQLApiPort(loaded, hub, await listen(handler, port))
