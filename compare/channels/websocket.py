"""WebSocket: API Gateway's, which the companion serves."""

from __future__ import annotations

from clients.ways import Way
from clients.ways.websocket import WebSocket as WebSocketWay
from compare import costs
from compare.channels.base import WayChannel


class WebSocket(WayChannel):
    """Takes a ticket, connects with it and subscribes; the answer holds the past."""

    name = "websocket"
    title = "WebSocket"
    how = "takes a ticket, connects and subscribes before it submits; fan-out pushes each change"
    place = 20
    needs = "websocket"
    pushes = True
    tables = ("ConnectionsTable",)
    early = True
    bill = (
        costs.rest_requests,
        costs.websocket_messages,
        costs.websocket_minutes,
        costs.server_side,
        costs.transfer,
    )
    aws = ("stream-to-lambda", "websocket-push")

    def way(self) -> Way:
        """Return the WebSocket's way."""
        return WebSocketWay(self.settings, self.tokens)
