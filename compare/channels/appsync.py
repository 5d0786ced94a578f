"""AppSync: a GraphQL subscription over its real-time WebSocket."""

from __future__ import annotations

from clients.ways import Way
from clients.ways.appsync import AppSync as AppSyncWay
from compare import costs
from compare.channels.base import WayChannel


class AppSync(WayChannel):
    """Subscribes to its order, and reads the history once when that is live."""

    name = "appsync"
    title = "AppSync"
    how = "subscribes by GraphQL before it submits; AppSync pushes each change"
    place = 10
    pushes = True
    early = True
    bill = (
        costs.appsync_publishes,
        costs.appsync_queries,
        costs.appsync_updates,
        costs.appsync_minutes,
        costs.server_side,
        costs.transfer,
    )
    aws = ("stream-to-lambda", "appsync-publish")

    def way(self) -> Way:
        """Return AppSync's way."""
        return AppSyncWay(self.settings, self.tokens)
