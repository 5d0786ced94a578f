"""Polling that listens to the server and backs off."""

from __future__ import annotations

from clients.ways import Way
from clients.ways.poll import Poll
from compare import costs
from compare.channels.base import WayChannel


class PollBackoff(WayChannel):
    """Asks when the server says that it is worth it, and less often while nothing happens."""

    name = "poll-backoff"
    title = "Polling, backoff"
    how = "asks when Retry-After says, less and less often while nothing happens, with jitter"
    place = 40
    needs = "rest"
    bill = (costs.rest_requests, costs.server_side, costs.transfer)
    aws = ("poll-wait", "rest-request")

    def way(self) -> Way:
        """Return the way that polls as the server says."""
        return Poll(self.settings, self.tokens)
