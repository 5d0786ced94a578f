"""What both of gql's WebSocket transports here do beside their protocols: count what passes."""

from __future__ import annotations

import json

from gql.transport.common.adapters.websockets import WebSocketsAdapter
from gql.transport.common.base import SubscriptionTransportBase
from gql.transport.exceptions import TransportProtocolError

from clients.traffic import Traffic


class CountedTransport(SubscriptionTransportBase):
    """Put before one of gql's transports, counts its handshake and its messages.

    A subclass sets ``_traffic`` before gql's ``__init__`` runs.
    """

    adapter: WebSocketsAdapter
    _traffic: Traffic

    async def connect(self) -> None:
        """Connect, and count the handshake."""
        try:
            await super().connect()
        finally:
            socket = self.adapter.websocket
            if socket is not None and socket.request is not None and socket.response is not None:
                self._traffic.handshake(socket.request, socket.response)

    async def _send(self, message: str) -> None:
        await super()._send(message)
        self._traffic.sent(message)

    async def _receive(self) -> str:
        answer = await super()._receive()
        self._traffic.received(answer)
        return answer


def read_object(answer: str, what: str) -> dict[str, object]:
    """Return what a server sends, an object.

    Raises
    ------
    TransportProtocolError
        It is none. gql expects one, and its reader ends without a word when it gets none.
    """
    try:
        message: object = json.loads(answer)
    except ValueError:
        message = None
    if not isinstance(message, dict):
        raise TransportProtocolError(f"The server sends what is no {what}: {answer[:100]!r}")
    return message
