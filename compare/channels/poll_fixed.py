"""Polling at a fixed interval, as many a client does."""

from __future__ import annotations

from clients.ways import Way
from clients.ways.poll import PollFixed as PollFixedWay
from compare import costs
from compare.channels.base import WayChannel


class PollFixed(WayChannel):
    """Asks for its order again and again, however long nothing happens."""

    name = "poll-fixed"
    title = "Polling, fixed"
    how = "asks at a fixed interval, with the ETag of what it has"
    place = 30
    needs = "rest"
    bill = (costs.rest_requests, costs.server_side, costs.transfer)
    aws = ("poll-wait", "rest-request")

    def way(self) -> Way:
        """Return the way that polls at the interval that was asked for."""
        return PollFixedWay(self.settings, self.tokens, interval=self.options.poll_seconds)
