"""graphql-transport-ws beside the fake companion: the same orders, with bad manners on demand."""

from __future__ import annotations

import asyncio
import contextlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiohttp import WSMsgType, web

if TYPE_CHECKING:
    from tests.clients.fake_companion import FakeCompanion


@dataclass(eq=False)
class Peer:
    ws: web.WebSocketResponse
    transport: asyncio.BaseTransport
    user: str | None = None
    orders: dict[str, str] = field(default_factory=dict)


class FakeGraphQLSocket:
    def __init__(self, companion: FakeCompanion) -> None:
        self.companion = companion
        self.peers: set[Peer] = set()
        self.shown: list[str] = []  # the token of each connection_init
        self.messages: list[dict[str, Any]] = []
        self.silent = False  # take messages and answer none
        self.errors: list[Any] | None = None  # of each subscription
        self.closing: dict[str, Any] | None = None  # said, and then closed, on the next connection_init

    def cut(self) -> None:
        for peer in list(self.peers):
            if isinstance(peer.transport, asyncio.Transport):
                peer.transport.abort()

    def live(self, count: int = 1) -> bool:
        return sum(len(peer.orders) for peer in self.peers) >= count

    async def send(self, text: str) -> None:
        """Send a message of any kind to everybody."""
        for peer in list(self.peers):
            with contextlib.suppress(ConnectionError):
                await peer.ws.send_str(text)

    async def publish(self, change: dict[str, Any]) -> None:
        for peer in list(self.peers):
            for id_, order_id in list(peer.orders.items()):
                mine = order_id == change["orderId"] and peer.user == change["customerId"]
                if mine and not self.silent:
                    data = {"data": {"onOrderStatus": change}}
                    with contextlib.suppress(ConnectionError):
                        await peer.ws.send_str(json.dumps({"id": id_, "type": "next", "payload": data}))

    async def connect(self, request: web.Request) -> web.StreamResponse:
        if self.companion.down:
            return web.Response(status=503)
        ws = web.WebSocketResponse(protocols=["graphql-transport-ws"])
        await ws.prepare(request)
        assert request.transport is not None
        peer = Peer(ws, request.transport)
        self.peers.add(peer)
        try:
            async for message in ws:
                if message.type is not WSMsgType.TEXT or not await self._take(peer, message.json()):
                    break
        except ConnectionError:
            pass
        finally:
            self.peers.discard(peer)
            await self.companion._note()
        return ws

    async def _take(self, peer: Peer, message: dict[str, Any]) -> bool:
        self.messages.append(message)
        answer: dict[str, Any] | None = None
        match message["type"]:
            case "connection_init":
                token = message["payload"]["Authorization"]
                self.shown.append(token)
                peer.user = self.companion.appsync.tokens.get(token)
                closing = self.closing
                if peer.user is None:
                    closing = {"code": 4403, "reason": "Forbidden"}
                if closing is not None:
                    await peer.ws.send_str(json.dumps({"type": "pong", "payload": {"closing": closing}}))
                    return False
                answer = {"type": "connection_ack"}
            case "subscribe" if self.errors is not None:
                answer = {"id": message["id"], "type": "error", "payload": self.errors}
            case "subscribe":
                peer.orders[message["id"]] = message["payload"]["variables"]["orderId"]
                answer = {"type": "pong", "payload": {"subscribed": message["id"]}}
            case "complete":
                peer.orders.pop(message["id"], None)
            case "ping":
                answer = {"type": "pong"}
        if answer is not None and not self.silent:
            await peer.ws.send_str(json.dumps(answer))
        await self.companion._note()
        return True
