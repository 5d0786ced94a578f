"""Parts that the gateway's tests share: fake functions written by hand, and a gateway of some APIs."""

from __future__ import annotations

import asyncio
import inspect
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import aiohttp
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from yarl import URL

from localcloud.contracts.mapping_templates import Render, no_templates
from localcloud.functions import CallerTimedOut, FunctionNotFound, InvokeResult
from localcloud.gateway.api_port import GatewayApiAddress
from localcloud.gateway.definitions.api import Api
from localcloud.gateway.definitions.rest import Integration, LambdaProxy, RestApi, Route
from localcloud.gateway.definitions.websocket import WebSocketApi
from localcloud.gateway.loader import Loaded
from localcloud.gateway.service import GatewayService
from localcloud.gateway.streaming import OpenStream, no_streams
from localcloud.gateway.websocket.settings import WebSocketSettings
from tests.appsync.endpoint_support import ACCOUNT, ENGINE, REGION, Pool, jwks_server

ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:"
SECRET = ENGINE.credentials.secret_access_key
POOL = Pool()  # making its keys takes a while, and no test changes them
HANDSHAKE = (
    b"GET /api HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
Handler = Callable[[Any], Any]


class Raised(Exception):
    """What a fake function raises to fail with this message."""


@dataclass
class Fakes:
    """Functions by their names; each takes the event and returns its answer, or a coroutine of it."""

    handlers: dict[str, Handler] = field(default_factory=dict)
    calls: list[tuple[str, Any]] = field(default_factory=list)
    running: set[asyncio.Future[Any]] = field(default_factory=set)

    async def invoke(self, function: str, payload: bytes, *, limit: float | None = None) -> InvokeResult:
        name, event = function.removeprefix(ARN), json.loads(payload)
        if name not in self.handlers:
            raise FunctionNotFound(name)
        self.calls.append((name, event))
        try:
            answer = self.handlers[name](event)
            if inspect.isawaitable(answer):
                running = asyncio.ensure_future(answer)
                self.running.add(running)  # past its caller's limit as well
                running.add_done_callback(self.running.discard)
                if not (await asyncio.wait({running}, timeout=limit))[0]:
                    raise CallerTimedOut(limit or 0.0)
                answer = await running
        except Raised as problem:
            failed = {"errorType": "Raised", "errorMessage": str(problem)}
            return InvokeResult(json.dumps(failed).encode(), "Unhandled")
        return InvokeResult(answer if isinstance(answer, bytes) else json.dumps(answer).encode())

    def events(self, name: str) -> list[Any]:
        return [event for called, event in self.calls if called == name]


def proxy(name: str = "view", seconds: float = 29.0) -> LambdaProxy:
    return LambdaProxy(ARN + name, seconds)


def route(method: str, path: str, integration: Integration | None = None, **others: Any) -> Route:
    return Route(method, path, f"res{path.count('/')}", integration or proxy(), **others)


def rest(*routes: Route, **others: Any) -> RestApi:
    base = RestApi("rest1", "orders", {"api": {}}, routes or (route("ANY", "/{proxy+}"), route("ANY", "/")))
    return replace(base, **others)


def websocket(**others: Any) -> WebSocketApi:
    routes = {"$connect": proxy("connect"), "$default": proxy("message"), "$disconnect": proxy("bye")}
    return replace(WebSocketApi("ws1", "orders-ws", {"api": {}}, routes), **others)


def answering(body: str = "ok", **others: Any) -> Handler:
    return lambda _event: {"statusCode": 200, "body": body, **others}


@dataclass(frozen=True)
class ApiResponse:
    """An answer, read."""

    status: int
    headers: Any
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Gateway:
    """A gateway that runs, and a client of it."""

    service: GatewayService
    fakes: Fakes
    session: aiohttp.ClientSession
    apis: list[Api]

    def address(self, api_id: str = "rest1") -> GatewayApiAddress:
        return next(address for address in self.service.addresses() if address.id == api_id)

    @property
    def url(self) -> str:
        return self.address("rest1").url

    @property
    def ws(self) -> str:
        return self.address("ws1").url

    @property
    def management(self) -> str:
        return self.ws.replace("ws://", "http://") + "/@connections/"

    async def get(self, path: str, **how: Any) -> ApiResponse:
        return await self.request("GET", path, **how)

    async def request(self, method: str, path: str, **how: Any) -> ApiResponse:
        async with self.session.request(method, self.url + path, **how) as answer:
            return ApiResponse(answer.status, answer.headers, await answer.read())

    async def manage(self, method: str, connection_id: str, body: bytes = b"", **how: Any) -> ApiResponse:
        url = self.management + connection_id.replace("=", "%3D")
        return await self.sent(method, url, body, **how)

    async def sent(self, method: str, url: str, body: bytes = b"", **how: Any) -> ApiResponse:
        headers = signed(method, url, body, **how)
        target = URL(url, encoded=True)
        async with self.session.request(method, target, data=body or None, headers=headers) as answer:
            return ApiResponse(answer.status, answer.headers, await answer.read())

    async def until(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(180):
            while not condition():
                await asyncio.sleep(0.002)


def signed(
    method: str, url: str, body: bytes = b"", *, secret: str = SECRET, service: str = "execute-api"
) -> dict[str, str]:
    request = AWSRequest(method, url, data=body)
    SigV4Auth(Credentials(ACCOUNT, secret), service, REGION).add_auth(request)
    return dict(request.headers.items())


@asynccontextmanager
async def running(
    apis: Sequence[Api],
    handlers: dict[str, Handler] | None = None,
    settings: WebSocketSettings | None = None,
    streams: OpenStream = no_streams,
    render: Render = no_templates,
) -> AsyncIterator[Gateway]:
    """Run a gateway that serves ``apis``; change the list and notify to change what is deployed."""
    fakes = Fakes(
        {"connect": answering(), "message": answering(), "bye": answering(), "view": answering()}
        | (handlers or {})
    )
    deployed = list(apis)
    # auto_decompress: what the gateway does to bodies must be seen
    async with jwks_server(POOL) as endpoint, aiohttp.ClientSession(auto_decompress=False) as session:
        service = GatewayService(
            replace(ENGINE, endpoint=endpoint),
            fakes.invoke,
            lambda: Loaded(tuple(deployed)),
            streams,
            settings=settings,
            render=render,
        )
        await service.start()
        try:
            await service.load_all()
            yield Gateway(service, fakes, session, deployed)
        finally:
            await service.stop()
