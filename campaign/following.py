"""The followers: some orders on every channel, with each version that arrives written down."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from campaign.plan import Purchase
from clients import Settings
from clients.auth import TokenSource
from clients.tracking import Pace
from clients.ways import WAYS

# A stream, a poll or a held request takes an environment for each order; a push channel does not.
HEAVY = {"sse": 4, "longpoll": 4, "poll-backoff": 6, "poll-fixed": 6}
LIGHT = 24
# Reading covers for events that were lost: often enough that a campaign ends soon.
PACE = Pace(gap_grace=2.0, quiet=10.0)


@dataclass
class Record:
    """What one channel brought of the orders it followed.

    Attributes
    ----------
    versions
        By order, each version with its status, as they came.
    dropped
        Changes that arrived again and were left out, as they must be.
    failure
        Why the follower ended before its orders did; None when it did not.
    """

    channel: str
    customer: str
    orders: tuple[str, ...]
    versions: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    dropped: int = 0
    failure: str | None = None


def share_out(purchases: Sequence[Purchase], channels: Iterable[str]) -> list[Record]:
    """Give each channel orders of one customer: those that come soonest and latest, and some between.

    Examples
    --------
    >>> share_out([], ["appsync"])
    []
    """
    customers = list(dict.fromkeys(purchase.customer for purchase in purchases))
    records = []
    for number, channel in enumerate(channels if customers else ()):
        customer = customers[number % len(customers)]
        ids = [purchase.order_id for purchase in purchases if purchase.customer == customer]
        wanted = min(len(ids), HEAVY.get(channel, LIGHT))
        spread = tuple(ids[len(ids) * place // wanted] for place in range(wanted))
        records.append(Record(channel, customer, spread))
    return records


class Followers:
    """Follows the orders of all records at once."""

    def __init__(
        self, records: Sequence[Record], settings: Settings, tokens: Mapping[str, TokenSource]
    ) -> None:
        self.records = records
        self._settings = settings
        self._tokens = tokens
        self._tasks: list[asyncio.Task[None]] = []
        self._live: list[asyncio.Event] = []

    async def open(self, seconds: float) -> None:
        """Start to follow, and return when every channel is live, or ``seconds`` have passed."""
        for record in self.records:
            live = asyncio.Event()
            self._live.append(live)
            self._tasks.append(asyncio.create_task(self._follow(record, live)))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await asyncio.gather(*(live.wait() for live in self._live))

    async def _follow(self, record: Record, live: asyncio.Event) -> None:
        try:
            async with (
                WAYS[record.channel](self._settings, self._tokens[record.customer], pace=PACE) as way,
                way.follow(record.orders) as following,
            ):
                waiting = asyncio.create_task(following.wait_live())
                waiting.add_done_callback(lambda _: live.set())
                try:
                    async for arrival in following:
                        change = arrival.change
                        versions = record.versions.setdefault(change.order_id, [])
                        versions.append((change.version, str(change.status)))
                finally:
                    record.dropped = following.dropped
                    waiting.cancel()
                    await asyncio.gather(waiting, return_exceptions=True)
        except Exception as error:
            record.failure = f"{type(error).__name__}: {error}"
        finally:
            live.set()

    async def finish(self, seconds: float) -> None:
        """Wait until every followed order has come to its end on its channel; cut off what has not."""
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
