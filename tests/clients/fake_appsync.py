"""A hand-written AppSync with one API, Cognito included, that misbehaves on demand.

It keeps orders whose changes the test makes, answers GraphQL over HTTP, and speaks the real-time
protocol. Each event asks ``route`` when it is to be sent: never (dropped), once, twice (repeated),
late (reordered). Sockets can be cut, tokens revoked, and the whole made to answer 503.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from aiohttp import WSMsgType, web
from graphql import FieldNode, OperationDefinitionNode, parse

from clients.settings import Settings
from tests.clients.fake_events import FakeEvents
from tests.clients.fake_shop import FakeShop
from tests.clients.fake_sns import FIELDS, FakeSns

Route = Callable[[dict[str, Any]], Sequence[float]]


def at_once(_change: dict[str, Any]) -> Sequence[float]:
    return (0.0,)


@dataclass(eq=False)
class Socket:
    ws: web.WebSocketResponse
    user: str
    transport: asyncio.BaseTransport
    started: dict[str, tuple[str, dict[str, Any]]] = field(default_factory=dict)


class FakeAppSync:
    def __init__(self) -> None:
        self.shop = FakeShop(self._route)
        self.change = self.shop.change
        self.users = {"ada": "secret-ada", "grace": "secret-grace"}
        self.groups: dict[str, list[str]] = {}
        self.tokens: dict[str, str] = {}
        self.shown: list[str] = []  # the token of each WebSocket handshake
        self.sockets: set[Socket] = set()
        self.route: Route = at_once
        self.token_life = 3600
        self.refuse_refresh = False
        self.refuse_sockets = False
        self.down = False
        self.silent = False  # keep the socket open and send nothing at all
        self.ack_starts = True
        self.start_error: dict[str, Any] | None = None
        self.http_errors: list[dict[str, Any] | int] = []  # answered first, one a request
        self.hosts: set[str] = set()  # by which it is known beside its own
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.sign_ins: list[str] = []
        self.ka_every = 60.0
        self.changed = asyncio.Condition()
        self.hooks: list[Callable[[dict[str, Any]], None]] = []  # called with each change at once
        self.channels: list[Callable[[dict[str, Any]], Awaitable[None]]] = []  # called when it is published
        self.events = FakeEvents(self)
        self.channels.append(self.events.publish)
        self.sns = FakeSns()
        self.channels.append(self.sns.publish)
        self._tasks: set[asyncio.Task[None]] = set()
        self._number = 0

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=4 << 20)
        app.router.add_post("/", self._cognito)
        app.router.add_post("/graphql", self._graphql)
        app.router.add_get("/graphql", self._realtime)
        app.router.add_get("/event/realtime", self.events.connect)
        self.sns.add_to(app)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.port: int = self._runner.addresses[0][1]
        await self.sns.open(f"http://127.0.0.1:{self.port}")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.cut()
        await self.sns.close()
        await self._runner.cleanup()

    @property
    def settings(self) -> Settings:
        base = f"127.0.0.1:{self.port}"
        return Settings(
            endpoint=f"http://{base}/graphql",
            realtime=f"ws://{base}/graphql",
            cognito=f"http://{base}/",
            client_id="client",
            events=f"http://{base}/event",
            events_realtime=f"ws://{base}/event/realtime",
            webhooks=self.sns.settings,
        )

    def ready_file(self) -> dict[str, Any]:
        return {
            "engine": self.settings.cognito,
            "region": "us-east-1",
            "account": "000000000000",
            "credentials": {"access_key_id": "000000000000", "secret_access_key": "k"},
            "apis": [
                {
                    "id": "api",
                    "name": "orderwire",
                    "graphql": self.settings.endpoint,
                    "realtime": self.settings.realtime,
                    "api_keys": [],
                }
            ],
            "event_apis": [
                {
                    "id": "events",
                    "name": "orderwire-events",
                    "http": self.settings.events,
                    "realtime": self.settings.events_realtime,
                    "api_keys": [],
                }
            ],
            "outputs": {
                "ApiId": "api",
                "EventsApiId": "events",
                "UserPoolId": "pool",
                "UserPoolClientId": "client",
            },
            "sns": {"certificates": f"{self.sns.url}/", "authority": f"{self.sns.url}/ca.pem"},
        }

    # What a test does to it.

    def cut(self) -> None:
        """Cut every socket, without a close frame."""
        for socket in list(self.sockets):
            if isinstance(socket.transport, asyncio.Transport):
                socket.transport.abort()
        self.events.cut()

    def revoke(self) -> None:
        """Refuse all tokens issued so far."""
        self.tokens.clear()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until a condition on what the server saw holds."""
        async with self.changed:
            await self.changed.wait_for(condition)

    def live(self, count: int = 1) -> bool:
        return sum(len(socket.started) for socket in self.sockets) >= count

    # Publishing.

    def _route(self, change: dict[str, Any]) -> None:
        for hook in self.hooks:
            hook(change)
        for delay in self.route(change):
            self._later(delay, change)

    def _later(self, delay: float, change: dict[str, Any]) -> None:
        async def send() -> None:
            await asyncio.sleep(delay)
            await self.publish(change)

        task = asyncio.create_task(send())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def publish(self, change: dict[str, Any] | None, *, errors: list[Any] | None = None) -> None:
        if change is not None:
            for channel in self.channels:
                await channel(change)
        for socket in list(self.sockets):
            for number, (name, variables) in list(socket.started.items()):
                wanted = change is None or (
                    socket.user == change["customerId"]
                    and variables.get("orderId", change["orderId"]) == change["orderId"]
                )
                if wanted and not self.silent:
                    payload: dict[str, Any] = {"data": {name: change}}
                    if errors:
                        payload["errors"] = errors
                    await self._send(socket.ws, {"id": number, "type": "data", "payload": payload})

    async def _send(self, ws: web.WebSocketResponse, frame: dict[str, Any]) -> None:
        if not ws.closed:
            with contextlib.suppress(ConnectionError):
                await ws.send_str(json.dumps(frame))

    async def _note(self) -> None:
        async with self.changed:
            self.changed.notify_all()

    # Cognito.

    async def _cognito(self, request: web.Request) -> web.Response:
        if self.down:
            return web.Response(status=503, text='{"__type":"ServiceUnavailable"}')
        assert request.headers["X-Amz-Target"] == "AWSCognitoIdentityProviderService.InitiateAuth"
        body = json.loads(await request.text())
        self.sign_ins.append(body["AuthFlow"])
        parameters = body["AuthParameters"]
        if body["AuthFlow"] == "REFRESH_TOKEN_AUTH" and self.refuse_refresh:
            refusal = {"__type": "NotAuthorizedException", "message": "Refresh Token has expired"}
            return web.json_response(refusal, status=400)
        if body["AuthFlow"] == "REFRESH_TOKEN_AUTH":
            user = parameters["REFRESH_TOKEN"].removeprefix("refresh-")
        else:
            user = parameters["USERNAME"]
            if self.users.get(user) != parameters["PASSWORD"]:
                message = "Incorrect username or password."
                return web.json_response({"__type": "NotAuthorizedException", "message": message}, status=400)
        self._number += 1
        groups = self.groups.get(user, [])
        token = _jwt({"sub": f"sub-{user}", "jti": self._number, "cognito:groups": groups})
        self.tokens[token] = f"sub-{user}"
        result = {
            "AccessToken": token,
            "IdToken": f"id-{token}",
            "ExpiresIn": self.token_life,
            "TokenType": "Bearer",
        }
        if body["AuthFlow"] != "REFRESH_TOKEN_AUTH":
            result["RefreshToken"] = f"refresh-{user}"
        return web.json_response({"AuthenticationResult": result, "ChallengeParameters": {}})

    # GraphQL over HTTP.

    async def _graphql(self, request: web.Request) -> web.Response:
        user = self.tokens.get(request.headers.get("Authorization", ""))
        body = json.loads(await request.text())
        name = _field(body["query"])
        variables = body.get("variables", {})
        self.calls.append((name, variables))
        await self._note()
        if self.down:
            return web.Response(status=503, text="<html>Service Unavailable</html>")
        if self.http_errors:
            error = self.http_errors.pop(0)
            if isinstance(error, int):
                return web.Response(status=error, text="<html>no</html>")
            return web.json_response({"data": None, "errors": [error]})
        if user is None:
            error = {"errorType": "UnauthorizedException", "message": "Token has expired."}
            return web.json_response({"errors": [error]}, status=401)
        try:
            if name in FIELDS:
                value = await self.sns.answer(name, user, variables)
            else:
                value = getattr(self.shop, name)(user, variables)
        except LookupError as refusal:
            return web.json_response({"data": None, "errors": [refusal.args[0]]})
        return web.json_response({"data": {name: value}})

    # Real time.

    async def _realtime(self, request: web.Request) -> web.StreamResponse:
        if self.down:
            return web.Response(status=503)
        header = json.loads(base64.b64decode(request.query["header"].replace(" ", "+")))
        assert header["host"] in {f"127.0.0.1:{self.port}", *self.hosts}
        token = header["Authorization"]
        self.shown.append(token)
        ws = web.WebSocketResponse(protocols=["graphql-ws"])
        await ws.prepare(request)
        assert request.transport is not None
        socket = Socket(ws, self.tokens.get(token, ""), request.transport)
        alive = asyncio.create_task(self._keep_alive(ws))
        try:
            async for message in ws:
                if message.type is not WSMsgType.TEXT or not await self._frame(socket, message.json(), token):
                    break
        finally:
            alive.cancel()
            self.sockets.discard(socket)
            await self._note()
        return ws

    async def _frame(self, socket: Socket, frame: dict[str, Any], token: str) -> bool:
        ws = socket.ws
        match frame["type"]:
            case "connection_init":
                if token not in self.tokens or self.refuse_sockets:
                    error = {
                        "errorType": "UnauthorizedException",
                        "message": "You are not authorized to make this call.",
                        "errorCode": 401,
                    }
                    await self._send(ws, {"type": "connection_error", "payload": {"errors": [error]}})
                    return False
                ack = {"type": "connection_ack", "payload": {"connectionTimeoutMs": 300000}}
                await self._send(ws, ack)
                self.sockets.add(socket)
            case "start":
                request = json.loads(frame["payload"]["data"])
                if self.start_error is not None:
                    error_frame = {
                        "id": frame["id"],
                        "type": "error",
                        "payload": {"errors": [self.start_error]},
                    }
                    await self._send(ws, error_frame)
                elif self.ack_starts:
                    socket.started[frame["id"]] = (_field(request["query"]), request.get("variables", {}))
                    await self._send(ws, {"id": frame["id"], "type": "start_ack"})
            case "stop":
                socket.started.pop(frame["id"], None)
                await self._send(ws, {"id": frame["id"], "type": "complete"})
        await self._note()
        return True

    async def _keep_alive(self, ws: web.WebSocketResponse) -> None:
        while True:
            await asyncio.sleep(self.ka_every)
            if not self.silent:
                await self._send(ws, {"type": "ka"})


def _jwt(claims: dict[str, Any]) -> str:
    """Return a token that can be read and not verified."""
    parts = ({"alg": "none"}, claims)
    texts = (base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts)
    return ".".join((*texts, "signature"))


def _field(document: str) -> str:
    operation = parse(document).definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    selection = operation.selection_set.selections[0]
    assert isinstance(selection, FieldNode)
    return selection.name.value
