"""AppSync Events: a channel for each order on an Event API."""

from __future__ import annotations

from clients.ways import Way
from clients.ways.events import Events as EventsWay
from compare import costs
from compare.channels.base import WayChannel


class Events(WayChannel):
    """Subscribes to its order's channel, and reads the history once when that is live."""

    name = "events"
    title = "AppSync Events"
    how = "subscribes to its order's channel before it submits; fan-out publishes each change there"
    place = 15
    needs = "events"
    pushes = True
    early = True
    bill = (
        costs.events_operations,
        costs.events_minutes,
        costs.appsync_queries,
        costs.server_side,
        costs.transfer,
    )
    aws = ("stream-to-lambda", "events-publish")

    def way(self) -> Way:
        """Return the way over an Event API."""
        return EventsWay(self.settings, self.tokens)
