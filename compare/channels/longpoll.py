"""Long polling: requests that the server holds until there is news."""

from __future__ import annotations

from clients.ways import Way
from clients.ways.longpoll import LongPoll as LongPollWay
from compare import costs
from compare.channels.base import HELD_AT_ONCE, WayChannel


class LongPoll(WayChannel):
    """Asks, and is answered when there is something new; then asks again at once."""

    name = "longpoll"
    title = "Long polling"
    how = "asks once; the server answers when there is news, 25 s later at the latest"
    place = 50
    needs = "rest"
    at_once = HELD_AT_ONCE
    bill = (costs.rest_requests, costs.server_side, costs.transfer)
    aws = ("read-interval", "rest-request")

    def way(self) -> Way:
        """Return the way of held requests."""
        return LongPollWay(self.settings, self.tokens)
