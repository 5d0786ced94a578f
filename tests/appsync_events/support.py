"""What the tests of Event APIs share: an API with several namespaces, fake data sources, a client."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import aiohttp

from localcloud.appsync.calls import FieldCall
from localcloud.appsync.datasources.clients import SourceClient, Sources
from localcloud.appsync.datasources.lambda_function import Invoker
from localcloud.appsync.definition import JSON, ApiKey, AuthMode, AuthType, DataSource, LambdaConfig
from localcloud.appsync.events.api_port import EventApiAddress
from localcloud.appsync.events.definition import EventApiDefinition, HandlerConfig, Namespace
from localcloud.appsync.service import AppSyncService
from localcloud.appsync.serving.connection import RealtimeSettings
from localcloud.appsync.tracing import Tracer
from tests.appsync.endpoint_support import (
    API_KEY,
    ENGINE,
    EXPIRED_KEY,
    REGION,
    FakeResolvers,
    Pool,
    jwks_server,
)

SUBPROTOCOL = "aws-appsync-event-ws"
ACK = {"type": "connection_ack", "connectionTimeoutMs": 300_000}
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
KEY: frozenset[AuthType] = frozenset({"API_KEY"})
FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:f"
Answer = Callable[[Any], Any]


def namespace(name: str, code: str | None = None, **changes: Any) -> Namespace:
    return replace(Namespace(name, KEY, KEY, code), **changes)


def direct(invoke: str = "REQUEST_RESPONSE") -> HandlerConfig:
    return HandlerConfig("DIRECT", "function", "EVENT" if invoke == "EVENT" else "REQUEST_RESPONSE")


def definition(*namespaces: Namespace, **changes: Any) -> EventApiDefinition:
    now = datetime.now(UTC)
    sources = (
        DataSource("function", "AWS_LAMBDA", LambdaConfig(FUNCTION)),
        DataSource("table", "AMAZON_DYNAMODB"),
        DataSource("nothing", "NONE"),
    )
    base = EventApiDefinition(
        id="events1",
        name="events",
        auth_modes=(AuthMode("API_KEY"),),
        connect_modes=KEY,
        namespaces={space.name: space for space in namespaces or (namespace("default"),)},
        data_sources={source.name: source for source in sources},
        api_keys=(
            ApiKey(API_KEY, now + timedelta(days=1)),
            ApiKey(EXPIRED_KEY, now - timedelta(seconds=1)),
        ),
        region=REGION,
    )
    return replace(base, **changes)


@dataclass
class FakeSource:
    """A data source written by hand."""

    answer: Answer
    calls: list[tuple[Any, FieldCall]]

    async def execute(self, request: JSON, call: FieldCall) -> JSON:
        self.calls.append((request, call))
        answer: JSON = self.answer(request)
        return answer


@dataclass
class FakeSources:
    """Opens data sources, each answered by a function."""

    answers: dict[str, Answer] = field(default_factory=dict)
    calls: list[tuple[Any, FieldCall]] = field(default_factory=list)

    def open(self, source: DataSource) -> SourceClient:
        if source.type == "NONE":
            return FakeSource(lambda r: r.get("payload") if isinstance(r, dict) else None, self.calls)
        return FakeSource(self.answers.get(source.name, lambda _request: None), self.calls)


class AnyId:
    """Equal to every id that the service makes up."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and UUID.fullmatch(other) is not None

    def __hash__(self) -> int:
        return 0


AN_ID = AnyId()


def packed(document: Any) -> str:
    """Return what follows ``header-`` in a subprotocol."""
    return base64.urlsafe_b64encode(json.dumps(document).encode()).decode().rstrip("=")


@dataclass
class Running:
    """A service that runs, the one Event API in it, and a client session."""

    service: AppSyncService
    address: EventApiAddress
    session: aiohttp.ClientSession
    pool: Pool
    shelf: list[EventApiDefinition]

    @property
    def host(self) -> str:
        return self.address.http.split("/")[2]

    @property
    def credential(self) -> dict[str, str]:
        return {"host": self.host, "x-api-key": API_KEY}

    async def post(self, body: Any, **headers: str) -> tuple[int, Any]:
        request_headers = {name.replace("_", "-"): value for name, value in headers.items()} or {
            "x-api-key": API_KEY
        }
        data = body if isinstance(body, (str, bytes)) else json.dumps(body)
        raw = io.BytesIO(data if isinstance(data, bytes) else data.encode())
        async with self.session.post(self.address.http, data=raw, headers=request_headers) as answer:
            return answer.status, json.loads(await answer.read())

    async def publish(self, channel: str, *events: Any, **headers: str) -> tuple[int, Any]:
        return await self.post({"channel": channel, "events": [json.dumps(e) for e in events]}, **headers)

    def redefine(self, api: EventApiDefinition) -> None:
        self.shelf[:] = [api]
        self.service.notify(self.address.id)


@cache
def the_pool() -> Pool:
    """Return a user pool; its key is made once, for it takes a while."""
    return Pool()


@asynccontextmanager
async def running(
    api: EventApiDefinition | None = None,
    sources: Sources | None = None,
    *,
    functions: Invoker | None = None,
    settings: RealtimeSettings | None = None,
    tracer: Tracer | None = None,
) -> AsyncIterator[Running]:
    """Run a service with one Event API."""
    pool, shelf = the_pool(), [api or definition()]
    async with jwks_server(pool) as endpoint, aiohttp.ClientSession() as session:
        service = AppSyncService(
            replace(ENGINE, endpoint=endpoint),
            lambda _api: FakeResolvers(),
            functions=functions,
            sources=sources or FakeSources(),
            settings=settings,
            load_events=lambda _id: shelf[0],
            tracer=tracer,
        )
        await service.start()
        try:
            url = f"{service.control.url}/event-apis/{shelf[0].id}"
            async with session.post(url, json={"name": shelf[0].name}) as response:
                hosts = await response.json()
            (address,) = service.events.addresses()
            assert hosts == {"http": address.http.split("/")[2], "realtime": address.realtime.split("/")[2]}
            yield Running(service, address, session, pool, shelf)
        finally:
            await service.stop()


@asynccontextmanager
async def connected(
    up: Running, *, init: bool = True, authorization: dict[str, str] | None = None, **how: Any
) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """Connect as AWS's samples do."""
    header = packed(up.credential if authorization is None else authorization)
    how.setdefault("protocols", [SUBPROTOCOL, f"header-{header}"])
    async with up.session.ws_connect(up.address.realtime, **how) as socket:
        if init:
            await socket.send_json({"type": "connection_init"})
            assert await socket.receive_json() == ACK
        yield socket


async def subscribed(
    up: Running, socket: aiohttp.ClientWebSocketResponse, channel: str, id: str = "1", **authorization: str
) -> None:
    """Subscribe and wait until it holds."""
    frame = {"type": "subscribe", "id": id, "channel": channel}
    await socket.send_json({**frame, "authorization": authorization or up.credential})
    assert await socket.receive_json() == {"id": id, "type": "subscribe_success"}


async def answered(socket: aiohttp.ClientWebSocketResponse, **frame: Any) -> Any:
    """Send a frame and return the next one."""
    await socket.send_json(frame)
    return await asyncio.wait_for(socket.receive_json(), 60)


async def until_live(up: Running, count: int, *, seconds: float = 90) -> None:
    """Wait until the API has so many live subscriptions."""
    hub = up.service.events.hub(up.address.id)
    async with asyncio.timeout(seconds):
        while len(hub) != count:
            await asyncio.sleep(0.005)
