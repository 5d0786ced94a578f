"""GraphQL subscriptions without AppSync: graphql-transport-ws on the companion's WebSocket."""

from __future__ import annotations

from clients.ways import Way
from clients.ways.graphql_ws import GraphQLWebSocket as GraphQLWay
from compare import costs
from compare.channels.base import WayChannel


class GraphQLWebSocket(WayChannel):
    """Shows its token, subscribes to its order, and reads the history once when that is live."""

    name = "graphql-ws"
    title = "GraphQL without AppSync"
    how = "subscribes by GraphQL on API Gateway's WebSocket before it submits; fan-out pushes each change"
    place = 25
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
        """Return the way over the companion's GraphQL."""
        return GraphQLWay(self.settings, self.tokens)
