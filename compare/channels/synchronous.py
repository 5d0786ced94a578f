"""The control: a call that answers when the order is final, as if nothing were asynchronous."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime

from clients import Arrival
from clients.rest import MAX_WAIT, RestClient
from clients.traffic import Traffic
from compare import costs
from compare.channels.base import HELD_AT_ONCE, Channel
from compare.usage import Usage


class Synchronous(Channel):
    """Sends the same order again, asking for an answer when it is final; again while it is not.

    Every channel follows orders that were submitted by GraphQL. Sent again with its own key, the order is
    answered, not made twice.
    """

    name = "synchronous"
    title = "Synchronous call"
    how = "sends the order with `Prefer: wait=25`; the answer comes when it is final"
    place = 90
    needs = "rest"
    at_once = HELD_AT_ONCE
    bill = (costs.rest_requests, costs.server_side, costs.transfer)
    aws = ("until-final", "rest-request")

    async def open(self) -> None:
        """Open an HTTP session."""
        self._traffic = Traffic()
        self._stack = AsyncExitStack()
        self._rest = await self._stack.enter_async_context(
            RestClient(self.settings, self.tokens, traffic=self._traffic)
        )

    async def follow(self) -> AsyncIterator[Arrival]:
        """Yield what the answers hold: all of the order's life at once, when it is over."""
        version, final = 0, False
        while not final:
            order = await self._rest.submit(self.order, prefer_wait=MAX_WAIT)
            received = datetime.now(UTC)
            for change in order.history:
                if change.version > version:
                    yield Arrival(change, pushed=False, received=received)
            version, final = order.version, order.status.final

    async def close(self) -> None:
        """Close the session."""
        await self._stack.aclose()

    def traffic(self) -> Usage:
        """Return what the session counted."""
        counted = self._traffic
        return Usage(
            requests=counted.requests,
            connections=counted.connections,
            bytes_in=counted.bytes_in,
            bytes_out=counted.bytes_out,
            answer_seconds=counted.answer_seconds,
        )
