"""A hand-written companion beside the fake AppSync: the same orders, by REST, WebSocket and event streams.

It has bad manners, too.

Who signs in, and which pushes are lost, repeated or late, is decided by the fake AppSync. Here requests
can be answered with errors first, sockets and waiting requests be cut, and the whole be down.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Any, Self

from aiohttp import WSMsgType, web

from clients.settings import Settings
from tests.clients.fake_appsync import FakeAppSync
from tests.clients.fake_graphql_socket import FakeGraphQLSocket
from tests.clients.fake_iot import AUTHORIZER, FakeIot

FINAL = {"DELIVERED", "CANCELLED", "FAILED"}


@dataclass(eq=False)
class Socket:
    ws: web.WebSocketResponse
    user: str
    subscribed: set[str] = field(default_factory=set)


@dataclass(eq=False)
class Listener:
    response: web.StreamResponse
    user: str
    order_id: str
    ended: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(frozen=True)
class RecordedRequest:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    token: str


class FakeCompanion:
    def __init__(self, appsync: FakeAppSync) -> None:
        self.appsync = appsync
        self.down = False
        self.errors: list[web.Response | int] = []  # answered first, one a request
        self.frames_first: list[str] = []  # sent before the answer to the next `subscribe`
        self.retry_after: str | None = "0"
        self.holds = True  # whether requests that want to wait may
        self.silent = False  # take frames and answer none
        self.refuse_tickets = False
        self.requests: list[RecordedRequest] = []
        self.shown: list[str] = []  # the ticket of each handshake
        self.frames: list[dict[str, Any]] = []
        self.sockets: set[Socket] = set()
        self.listeners: set[Listener] = set()
        self.waiting = 0
        self.most_waiting = 0
        self.iot = FakeIot(appsync)
        self.graphql = FakeGraphQLSocket(self)
        self._tickets: dict[str, str] = {}
        self._transports: set[asyncio.BaseTransport] = set()
        self._waiters: set[asyncio.Future[None]] = set()
        self._count = 0

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_post("/api/orders", self._rest(self._submit))
        app.router.add_get("/api/orders", self._rest(self._orders))
        app.router.add_get("/api/orders/{id}", self._rest(self._order))
        app.router.add_get("/api/orders/{id}/history", self._rest(self._history))
        app.router.add_delete("/api/orders/{id}", self._rest(self._cancel))
        app.router.add_post("/api/orders/{id}/redrive", self._rest(self._redrive))
        app.router.add_post("/api/ws-tickets", self._rest(self._ticket))
        app.router.add_post("/api/graphql", self._graphql)
        app.router.add_get("/socket", self._connect)
        app.router.add_get("/mqtt", self._mqtt)
        app.router.add_get("/sse/orders/{id}/events", self._rest(self._events))
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.port: int = self._runner.addresses[0][1]
        self.appsync.hooks.append(lambda _change: self._wake())
        self.appsync.channels += [self._publish, self.graphql.publish]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.cut()
        await self._runner.cleanup()

    @property
    def settings(self) -> Settings:
        base = f"127.0.0.1:{self.port}"
        return replace(
            self.appsync.settings,
            rest=f"http://{base}/api",
            websocket=f"ws://{base}/socket",
            iot=f"ws://{base}/mqtt?{AUTHORIZER}",
            sse=f"http://{base}/sse",
        )

    def ready_file(self) -> dict[str, Any]:
        ready = self.appsync.ready_file()
        name = AUTHORIZER.partition("=")[2]
        return {
            **ready,
            "outputs": {**ready["outputs"], "SseApiId": "s", "IotAuthorizer": name},
            "iot": {"endpoint": f"127.0.0.1:{self.port}", "websocket": f"ws://127.0.0.1:{self.port}/mqtt"},
            "rest_apis": [
                {"id": "r", "name": "orderwire", "url": self.settings.rest},
                {"id": "s", "name": "order-events", "url": self.settings.sse},
            ],
            "websocket_apis": [
                {"id": "w", "name": "orderwire-websocket-api", "url": self.settings.websocket}
            ],
        }

    # What a test does to it.

    def cut(self) -> None:
        """Cut every connection that is in use, without a word."""
        for transport in list(self._transports):
            if isinstance(transport, asyncio.Transport):
                transport.abort()
        self.graphql.cut()
        self._wake()

    def paths(self, method: str = "GET") -> list[str]:
        return [request.path for request in self.requests if request.method == method]

    def live(self, count: int = 1) -> bool:
        return sum(len(socket.subscribed) for socket in self.sockets) >= count

    async def send(self, text: str | bytes) -> None:
        """Send a frame of any kind to everybody."""
        for socket in list(self.sockets):
            with contextlib.suppress(ConnectionError):
                await (socket.ws.send_str(text) if isinstance(text, str) else socket.ws.send_bytes(text))

    # REST.

    def _rest(self, view: Any) -> Any:
        async def answer(request: web.Request) -> web.StreamResponse:
            token = request.headers.get("Authorization", "").removeprefix("Bearer ")
            self.requests.append(
                RecordedRequest(
                    request.method, request.path, dict(request.query), dict(request.headers), token
                )
            )
            async with self.appsync.changed:
                self.appsync.changed.notify_all()
            if self.down:
                return web.Response(status=503, text="<html>Service Unavailable</html>")
            if self.errors:
                error = self.errors.pop(0)
                return web.Response(status=error) if isinstance(error, int) else error
            user = self.appsync.tokens.get(token.removeprefix("id-")) if token.startswith("id-") else None
            if user is None:
                return web.json_response({"message": "Unauthorized"}, status=401)
            assert request.transport is not None
            self._transports.add(request.transport)
            try:
                response: web.StreamResponse = await view(request, user)
                return response
            except LookupError as refusal:
                return problem(refusal.args[0])
            finally:
                self._transports.discard(request.transport)

        return answer

    async def _submit(self, request: web.Request, user: str) -> web.Response:
        body = await request.json()
        order = self.appsync.shop.submitOrder(
            user, {"input": {**body, "clientToken": request.headers["Idempotency-Key"]}}
        )
        return web.json_response(order, status=200 if order["status"] in FINAL else 202)

    async def _orders(self, request: web.Request, user: str) -> web.Response:
        arguments = {
            "nextToken": request.query.get("cursor", 0),
            "limit": int(request.query.get("limit", 20)),
        }
        if "status" in request.query:
            arguments["status"] = request.query["status"]
        page = self.appsync.shop.orders(user, arguments)
        return web.json_response({"orders": page["orders"], "nextCursor": page["nextToken"]})

    async def _order(self, request: web.Request, user: str) -> web.Response:
        order_id = request.match_info["id"]
        after, seconds = int(request.query.get("after", 0)), float(request.query.get("wait", 0))
        order = self._find(user, order_id)
        if seconds and self.holds:
            await self._wait(seconds, lambda: self._find(user, order_id)["version"] > after)
            order = self._find(user, order_id)
        headers = {"ETag": f'"{order["version"]}"'}
        if self.retry_after is not None and order["status"] not in FINAL:
            headers["Retry-After"] = self.retry_after
        if request.headers.get("If-None-Match") == headers["ETag"]:
            return web.Response(status=304, headers=headers)
        return web.json_response(order, headers=headers)

    async def _history(self, request: web.Request, user: str) -> web.Response:
        arguments = {"id": request.match_info["id"], "afterVersion": int(request.query.get("after", 0))}
        history = self.appsync.shop.orderHistory(user, arguments)
        if history is None:
            raise LookupError({"errorType": "OrderNotFound", "message": "no such order"})
        return web.json_response(history)

    async def _cancel(self, request: web.Request, user: str) -> web.Response:
        return web.json_response(self.appsync.shop.cancelOrder(user, {"id": request.match_info["id"]}))

    async def _redrive(self, request: web.Request, user: str) -> web.Response:
        order = self._find(user, request.match_info["id"])
        if order["status"] in FINAL:
            info = {"status": order["status"], "reason": "FINAL"}
            refusal = {"errorType": "OrderNotRedrivable", "message": "its workflow has settled it"}
            raise LookupError({**refusal, "errorInfo": info})
        return web.json_response(order, status=202)

    async def _ticket(self, _request: web.Request, user: str) -> web.Response:
        self._count += 1
        ticket = f"ticket-{self._count}"
        self._tickets[ticket] = user
        return web.json_response({"ticket": ticket, "expiresIn": 60}, status=201)

    def _find(self, user: str, order_id: str) -> dict[str, Any]:
        order = self.appsync.shop.order(user, {"id": order_id})
        if order is None:
            raise LookupError({"errorType": "OrderNotFound", "message": "no such order"})
        return order

    async def _wait(self, seconds: float, enough: Any) -> None:
        self.waiting += 1
        self.most_waiting = max(self.most_waiting, self.waiting)
        await self._note()
        try:
            async with asyncio.timeout(seconds):
                while not enough() and not self.down:
                    waiter = asyncio.get_running_loop().create_future()
                    self._waiters.add(waiter)
                    await waiter
        except TimeoutError:
            pass
        finally:
            self.waiting -= 1

    def _wake(self) -> None:
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(None)
        self._waiters.clear()

    async def _graphql(self, request: web.Request) -> web.StreamResponse:
        if self.errors and not self.down:
            error = self.errors.pop(0)
            return web.Response(status=error) if isinstance(error, int) else error
        return web.Response(status=503) if self.down else await self.appsync._graphql(request)

    # WebSocket.

    async def _connect(self, request: web.Request) -> web.StreamResponse:
        if "graphql-transport-ws" in request.headers.get("Sec-WebSocket-Protocol", ""):
            return await self.graphql.connect(request)
        ticket = request.query.get("ticket", "")
        self.shown.append(ticket)
        if self.down:
            return web.Response(status=503)
        user = self._tickets.pop(ticket, None)
        if user is None or self.refuse_tickets:
            return web.Response(status=401)
        ws = web.WebSocketResponse()
        await ws.prepare(request)
        assert request.transport is not None
        self._transports.add(request.transport)
        socket = Socket(ws, user)
        self.sockets.add(socket)
        try:
            async for message in ws:
                if message.type is WSMsgType.TEXT:
                    await self._frame(socket, message.json())
        except ConnectionError:
            pass
        finally:
            self.sockets.discard(socket)
            self._transports.discard(request.transport)
            await self._note()
        return ws

    async def _mqtt(self, request: web.Request) -> web.StreamResponse:
        if self.down:
            return web.Response(status=503)
        assert request.transport is not None
        self._transports.add(request.transport)
        try:
            return await self.iot.serve(request)
        finally:
            self._transports.discard(request.transport)

    async def _frame(self, socket: Socket, frame: dict[str, Any]) -> None:
        self.frames.append(frame)
        if not self.silent and frame["type"] == "subscribe":
            while self.frames_first:
                await socket.ws.send_str(self.frames_first.pop(0))
            order_id, after = frame["orderId"], frame.get("afterVersion", 0)
            order = self.appsync.shop.order(socket.user, {"id": order_id})
            document = order or {"version": 0, "history": []}
            changes = [change for change in document["history"] if change["version"] > after]
            socket.subscribed.add(order_id)
            answer = {"orderId": order_id, "version": document["version"], "changes": changes}
            await socket.ws.send_str(json.dumps({"type": "subscribed", **answer}))
        elif not self.silent:
            await socket.ws.send_str('{"type": "pong"}')
        await self._note()

    async def _publish(self, change: dict[str, Any]) -> None:
        await self._stream_change(change)
        for socket in list(self.sockets):
            wanted = change["orderId"] in socket.subscribed and socket.user == change["customerId"]
            if wanted and not self.silent:
                with contextlib.suppress(ConnectionError):
                    await socket.ws.send_str(json.dumps({"type": "change", "change": change}))

    # Server-Sent Events.

    async def _events(self, request: web.Request, user: str) -> web.StreamResponse:
        order_id, after = request.match_info["id"], int(request.headers.get("Last-Event-ID", 0))
        order = self.appsync.shop.order(user, {"id": order_id}) or {"version": 0, "history": [], "status": ""}
        if order["status"] in FINAL and after >= order["version"]:
            return web.Response(status=204)
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Orderwire-Version": str(order["version"])}
        )
        await response.prepare(request)
        past = [change_event(change) for change in order["history"] if change["version"] > after]
        await response.write(b"retry: 1000\n\n" + b"".join(past))
        listener = Listener(response, user, order_id)
        self.listeners.add(listener)
        await self._note()
        try:
            if order["status"] in FINAL:
                await response.write(END)
            else:
                await listener.ended.wait()
        finally:
            self.listeners.discard(listener)
        return response

    async def write(self, text: str) -> None:
        """Write to every stream."""
        for listener in list(self.listeners):
            with contextlib.suppress(ConnectionError):
                await listener.response.write(text.encode())

    async def _stream_change(self, change: dict[str, Any]) -> None:
        for listener in list(self.listeners):
            if (listener.user, listener.order_id) == (change["customerId"], change["orderId"]):
                with contextlib.suppress(ConnectionError):
                    await listener.response.write(change_event(change))
                    if change["status"] in FINAL:
                        await listener.response.write(END)
                        listener.ended.set()

    async def _note(self) -> None:
        async with self.appsync.changed:
            self.appsync.changed.notify_all()


END = b'event: end\ndata: {"reason": "FINAL"}\n\n'


def change_event(change: dict[str, Any]) -> bytes:
    return f"event: change\nid: {change['version']}\ndata: {json.dumps(change)}\n\n".encode()


_PROBLEMS = {
    "OrderNotFound": ("order-not-found", 404),
    "OrderNotCancellable": ("order-not-cancellable", 409),
    "OrderNotRedrivable": ("order-not-redrivable", 409),
    "InvalidOrder": ("invalid-order", 422),
}


def problem(error: dict[str, Any]) -> web.Response:
    """Return a problem document, from what GraphQL would have answered."""
    name, status = _PROBLEMS[error["errorType"]]
    document = {
        "type": f"urn:orderwire:problem:{name}",
        "title": name,
        "status": status,
        "detail": error["message"],
    }
    if "errorInfo" in error:
        document["errorInfo"] = error["errorInfo"]
    return web.json_response(document, status=status, content_type="application/problem+json")
