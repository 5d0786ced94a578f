"""An Event API beside the fake AppSync: its orders and people, over channels, with bad manners on demand."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiohttp import WSMsgType, web

if TYPE_CHECKING:
    from tests.clients.fake_appsync import FakeAppSync

UNAUTHORIZED = {"errorType": "UnauthorizedException", "message": "You are not authorized."}


@dataclass(eq=False)
class Listener:
    ws: web.WebSocketResponse
    user: str
    transport: asyncio.BaseTransport
    channels: dict[str, str] = field(default_factory=dict)


class FakeEvents:
    def __init__(self, appsync: FakeAppSync) -> None:
        self.appsync = appsync
        self.listeners: set[Listener] = set()
        self.shown: list[str] = []  # the token of each handshake
        self.frames: list[dict[str, Any]] = []
        self.frames_first: list[str] = []  # sent before the answer to the next `subscribe`
        self.silent = False  # take frames and answer none
        self.timeout_ms = 300_000
        self.refuse: dict[str, Any] | None = None  # the error of each subscription

    def cut(self) -> None:
        for listener in list(self.listeners):
            if isinstance(listener.transport, asyncio.Transport):
                listener.transport.abort()

    def live(self, count: int = 1) -> bool:
        return sum(len(listener.channels) for listener in self.listeners) >= count

    async def send(self, text: str | bytes) -> None:
        """Send a frame of any kind to everybody."""
        for listener in list(self.listeners):
            with contextlib.suppress(ConnectionError):
                await (listener.ws.send_str(text) if isinstance(text, str) else listener.ws.send_bytes(text))

    async def publish(self, change: dict[str, Any]) -> None:
        path = ["orders", change["customerId"], change["orderId"]]
        matching = {"/" + "/".join(path), *("/" + "/".join([*path[:n], "*"]) for n in (1, 2))}
        for listener in list(self.listeners):
            for id_, channel in list(listener.channels.items()):
                if channel in matching and not self.silent:
                    frame = {"type": "data", "id": id_, "event": json.dumps(change)}
                    with contextlib.suppress(ConnectionError):
                        await listener.ws.send_str(json.dumps(frame))

    async def connect(self, request: web.Request) -> web.StreamResponse:
        if self.appsync.down:
            return web.Response(status=503)
        offered = request.headers["Sec-WebSocket-Protocol"].replace(" ", "").split(",")
        (header,) = (
            protocol.removeprefix("header-") for protocol in offered if protocol.startswith("header-")
        )
        shown = json.loads(base64.urlsafe_b64decode(header + "=" * (-len(header) % 4)))
        self.shown.append(shown["Authorization"])
        ws = web.WebSocketResponse(protocols=["aws-appsync-event-ws"])
        await ws.prepare(request)
        assert request.transport is not None
        listener = Listener(ws, self._user(shown), request.transport)
        try:
            async for message in ws:
                if message.type is not WSMsgType.TEXT or not await self._frame(listener, message.json()):
                    break
        except ConnectionError:
            pass
        finally:
            self.listeners.discard(listener)
            await self._note()
        return ws

    def _user(self, shown: dict[str, str]) -> str:
        assert shown["host"] in {f"127.0.0.1:{self.appsync.port}", *self.appsync.hosts}
        return self.appsync.tokens.get(shown["Authorization"], "")

    def _is_staff(self, user: str) -> bool:
        return "staff" in self.appsync.groups.get(user.removeprefix("sub-"), [])

    async def _frame(self, listener: Listener, frame: dict[str, Any]) -> bool:
        ws = listener.ws
        self.frames.append(frame)
        match frame["type"]:
            case "connection_init" if not listener.user or self.appsync.refuse_sockets:
                await ws.send_str(json.dumps({"type": "connection_error", "errors": [UNAUTHORIZED]}))
                return False
            case "connection_init":
                self.listeners.add(listener)
                ack = {"type": "connection_ack", "connectionTimeoutMs": self.timeout_ms}
                await ws.send_str(json.dumps(ack))
            case "subscribe" if not self.silent:
                while self.frames_first:
                    await ws.send_str(self.frames_first.pop(0))
                user = self._user(frame["authorization"])
                allowed = frame["channel"].split("/")[2] == user or self._is_staff(user)
                error = self.refuse or (None if allowed else UNAUTHORIZED)
                answer: dict[str, Any] = {"id": frame["id"], "type": "subscribe_success"}
                if error is not None:
                    answer = {"id": frame["id"], "type": "subscribe_error", "errors": [error]}
                else:
                    listener.channels[frame["id"]] = frame["channel"]
                await ws.send_str(json.dumps(answer))
        await self._note()
        return True

    async def _note(self) -> None:
        async with self.appsync.changed:
            self.appsync.changed.notify_all()
