"""The data plane as a whole: a control endpoint for the engine, and a port for each API."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import TypeAlias

from localcloud.appsync.api import ServedApi
from localcloud.appsync.api_port import ApiOpener, GraphQLApiAddress, Load
from localcloud.appsync.auth.gate import CallerGate
from localcloud.appsync.auth.guarded import Guarded
from localcloud.appsync.auth.invoking import asking
from localcloud.appsync.auth.lambda_authorizer import LambdaAuthorizers
from localcloud.appsync.auth.role_fields import role_fields
from localcloud.appsync.caching.operations import kept_answers
from localcloud.appsync.caching.resolvers import cached
from localcloud.appsync.caching.store import ApiCache
from localcloud.appsync.control import ControlEndpoint
from localcloud.appsync.datasources.clients import Sources
from localcloud.appsync.datasources.lambda_function import Invoker
from localcloud.appsync.definition import JSON, ApiDefinition
from localcloud.appsync.errors import BadRequest
from localcloud.appsync.evaluate import code_route, template_route
from localcloud.appsync.events.api_port import LoadEvents
from localcloud.appsync.events.service import EventApis, LoadedEventApi, NoSources
from localcloud.appsync.execution.executor import Resolvers
from localcloud.appsync.execution.schema import build_api_schema
from localcloud.appsync.explorer import Explorer
from localcloud.appsync.loader import addressed_ports, list_apis, load_api
from localcloud.appsync.realtime.hub import Hub
from localcloud.appsync.serving.connection import RealtimeSettings
from localcloud.appsync.serving.loaded import Loaded
from localcloud.appsync.serving.open_ports import OpenPorts
from localcloud.appsync.tracing import Tracer
from localcloud.appsync.xray import Recorder
from localcloud.auth.issuers import IssuerKeys
from localcloud.auth.permissions import Permissions
from localcloud.auth.principals import CredentialRegistry, Principals
from localcloud.auth.tokens import UserPoolKeys
from localcloud.aws import EngineAddress
from localcloud.aws.plain import plain_client
from localcloud.network.port_numbers import PortNumbers
from localcloud.watchtower.facade import Metrics

MakeResolvers = Callable[[ApiDefinition], Resolvers]
AnyLoaded: TypeAlias = "Loaded[ApiDefinition, ServedApi] | LoadedEventApi"


class AppSyncService:
    """Serves every GraphQL API of the engine, and every Event API (``events``).

    Parameters
    ----------
    engine
        Where the control plane, the user pools' keys and the services behind data sources are.
    make_resolvers
        Makes the resolvers of an API: usually a ``ResolverEngine``.
    registry
        Who else may sign with IAM, beside the administrator: usually the Lambda service.
    functions
        Runs Lambda authorizers: the Lambda service. Without it their callers are refused.
    sources
        Opens the data sources of Event APIs' handlers. Without it they refuse.
    load, load_events
        Read an API's definition, by default from the control plane; they block and run in a thread.
    tracer
        Called for each request, for observers.
    metrics
        Takes what CloudWatch shows of GraphQL APIs.
    traces
        Keeps the segments of requests that X-Ray records.
    permissions
        Says which fields the role of an IAM caller may see.
    """

    def __init__(
        self,
        engine: EngineAddress,
        make_resolvers: MakeResolvers,
        *,
        registry: CredentialRegistry | None = None,
        functions: Invoker | None = None,
        sources: Sources | None = None,
        settings: RealtimeSettings | None = None,
        load: Load | None = None,
        load_events: LoadEvents | None = None,
        tracer: Tracer | None = None,
        metrics: Metrics | None = None,
        traces: Recorder | None = None,
        permissions: Permissions | None = None,
    ) -> None:
        self._permissions = permissions
        self.control = ControlEndpoint()
        self.control.add("POST", "apis", self._open_api)
        self.control.add("DELETE", "apis", self._close_api)
        self.control.add("POST", "evaluate-code", code_route)
        self.control.add("POST", "evaluate-template", template_route)
        self._engine = engine
        self._make_resolvers = make_resolvers
        self._principals = Principals(engine, registry)
        self._keys = UserPoolKeys(engine.endpoint)
        self._issuers = IssuerKeys(engine.endpoint)
        self._authorizers = LambdaAuthorizers(asking(functions)) if functions is not None else None
        self._caches: dict[str, ApiCache] = {}
        self._numbers = PortNumbers()
        settings = settings or RealtimeSettings()
        read = load or self._from_control_plane
        opener = ApiOpener(read, self._build, settings, Explorer(engine), tracer, metrics, traces)
        self._ports = OpenPorts(self._numbers, opener.open)
        self.events = EventApis(
            engine,
            make_gate=lambda api: self._gate(api, "handlerContext"),
            sources=sources or NoSources(),
            settings=settings,
            numbers=self._numbers,
            load=load_events,
            tracer=tracer,
        )
        self.control.add("POST", "event-apis", self.events.open_api)
        self.control.add("DELETE", "event-apis", self.events.close_api)

    async def start(
        self, *, control_port: int = 0, first_api_port: int = 0, numbers: PortNumbers | None = None
    ) -> None:
        """Open the control endpoint. APIs get ports from ``first_api_port`` on, or those of ``numbers``."""
        self._numbers.follow(numbers or PortNumbers.starting_at(first_api_port))
        await self.control.start(control_port)

    def notify(self, api_id: str) -> None:
        """Take note that an API changed: it is loaded again before its next request, and its cache is empty.

        AWS empties a cache when it is flushed, and keeps what old code gave. Here a flush looks like any
        other change, and after a change of a resolver its new results are wanted.
        """
        self._ports.changed(api_id)
        if api_id in self._caches:
            self._caches[api_id].clear()
        self.events.notify(api_id)

    async def reopen(self) -> None:
        """Open a port for every API that the engine kept over a stop: the one that its address names.

        Raises
        ------
        OSError
            One of the ports is in use.
        """
        client = plain_client(self._engine, "appsync")
        for api_id, name, port in await asyncio.to_thread(addressed_ports, client):
            await self._ports.open(api_id, name, port)
        await self.events.reopen()

    async def load_all(self) -> list[GraphQLApiAddress]:
        """Load every API of the engine, and return where each GraphQL API is served.

        Raises
        ------
        NotLoaded
            When one of them cannot be loaded.
        """
        client = plain_client(self._engine, "appsync")
        listed = await asyncio.to_thread(list_apis, client)
        await self._ports.load((api_id, name, 0) for api_id, name in listed)
        await self.events.load_all()
        return self.addresses()

    def addresses(self) -> list[GraphQLApiAddress]:
        """Return where each GraphQL API is served, as it was loaded last."""
        return [port.address() for port in self._ports]

    def port_of(self, api_id: str) -> int | None:
        """Return the port of a GraphQL or Event API; None when there is none."""
        return self._ports.number_of(api_id) or self.events.port_of(api_id)

    async def freshen(self) -> list[GraphQLApiAddress]:
        """Load what has changed, and return where each API is served; one that cannot be loaded stays."""
        await self._ports.freshen()
        return self.addresses()

    def served(self) -> dict[str, object]:
        """Return what serves each API, by id: another object as soon as the API has changed."""
        return {api.id: api.served for api in self._loaded()}

    def changed_since(self, before: Mapping[str, object]) -> list[str]:
        """Return the names of the APIs that another object serves than before."""
        return [api.name for api in self._loaded() if api.served is not before.get(api.id)]

    def hub(self, api_id: str) -> Hub:
        """Return the live subscriptions of an API; raises ``KeyError`` when there is no such API."""
        return self._ports[api_id].hub

    def connections(self, api_id: str) -> int:
        """Return how many WebSockets to an API are open; raises ``KeyError`` when there is no such API."""
        return self._ports[api_id].server.websockets()

    def definitions(self) -> list[ApiDefinition]:
        """Return the definitions of the GraphQL APIs that are served."""
        return [port.loaded.served.definition for port in self._ports if port.loaded.served is not None]

    def warnings(self) -> list[str]:
        """Return what the loaded APIs use and the data plane does not support."""
        warnings: list[str] = []
        for port in self._ports:
            served, name = port.loaded.served, port.loaded.name
            if served is None:
                warnings.append(f"AppSync API {name} has no schema: it answers every request with 503.")
                continue
            warnings += [*served.definition.warnings, *served.gate.warnings]
            warnings += [*served.fields.warnings, *served.warnings]
        return list(dict.fromkeys([*warnings, *self.events.warnings()]))

    async def stop(self) -> None:
        """Close every port."""
        await asyncio.gather(self.events.stop(), self._ports.stop())
        await self.control.stop()

    def _loaded(self) -> list[AnyLoaded]:
        return [*(port.loaded for port in self._ports), *self.events.loaded()]

    def _from_control_plane(self, api_id: str) -> ApiDefinition:
        client = plain_client(self._engine, "appsync")
        return load_api(client, api_id, region=self._engine.region, account=self._engine.account)

    def _gate(self, api: Guarded, context_name: str = "resolverContext") -> CallerGate:
        return CallerGate(
            api,
            principals=self._principals,
            keys=self._keys,
            authorizers=self._authorizers,
            issuers=self._issuers,
            context_name=context_name,
        )

    def _build(self, definition: ApiDefinition) -> ServedApi:
        schema = build_api_schema(definition.schema_sdl)
        cache = self._caches.setdefault(definition.id, ApiCache())
        return ServedApi(
            definition,
            schema,
            gate=self._gate(definition),
            resolvers=cached(self._make_resolvers(definition), definition, cache),
            answers=kept_answers(definition.cache, cache),
            roles=role_fields(self._permissions, self._engine, definition.id),
        )

    async def _open_api(self, api_id: str, body: dict[str, JSON]) -> dict[str, JSON]:
        if not api_id or "/" in api_id:
            raise BadRequest("An API is opened at /apis/{id}.")
        address = (await self._ports.open(api_id, str(body.get("name") or api_id))).address()
        return {"graphql": address.graphql, "realtime": address.realtime}

    async def _close_api(self, api_id: str, _body: dict[str, JSON]) -> dict[str, JSON]:
        self._caches.pop(api_id, None)
        await self._ports.close(api_id)
        return {}
