"""What a follower knows of one order: what was handed out, and when history must be read again."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from clients.errors import OrderwireError
from clients.merge import Merge
from clients.model import Change, History
from clients.rhythm import Look, Quiet, Rhythm


class State(StrEnum):
    """How current a follower is."""

    CONNECTING = "connecting"
    """Not connected yet, or renewing the connection."""
    LIVE = "live"
    """Subscribed, and everything up to now has been read: nothing can be missed."""
    BEHIND = "behind"
    """Subscribed, and reading history because something may be missing."""
    AWAY = "away"
    """The connection is lost; trying again."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How patient a follower is; all in seconds.

    Attributes
    ----------
    gap_grace
        Events overtake each other by milliseconds: so long a gap may close by itself.
    quiet, quiet_cap
        Read history when an order has been quiet for ``quiet``, then for twice that and so on. The
        lost event may have been the last one, and then no later one shows the gap.
    backoff_base, backoff_cap
        Bounds of the delay between tries, drawn at random and doubling.
    poll, poll_cap
        Who polls asks again after ``poll`` where the server does not say when, and ever less often
        while nothing happens, down to once in ``poll_cap``.
    """

    gap_grace: float = 0.1
    quiet: float = 5.0
    quiet_cap: float = 60.0
    backoff_base: float = 0.2
    backoff_cap: float = 20.0
    poll: float = 1.0
    poll_cap: float = 20.0

    @property
    def rhythm(self) -> Rhythm:
        """When to read what should have come by itself."""
        return Quiet(self.quiet, self.quiet_cap)


@dataclass(frozen=True, slots=True)
class Arrival:
    """A change, when it reached this client, and how: ``pushed`` as news, unasked for, or read."""

    change: Change
    pushed: bool
    received: datetime

    @property
    def version(self) -> int:
        """The change's version, for the merge."""
        return self.change.version


@dataclass(frozen=True, slots=True)
class ReadDone:
    """A read ended, after ``took`` seconds; ``epoch`` is the connection that was up when it began."""

    order_id: str
    epoch: int
    outcome: History | OrderwireError
    took: float = 0.0


@dataclass
class Track:
    """One order. Times are the event loop's.

    Attributes
    ----------
    due
        When history is to be read next.
    synced
        Whether history was read since the subscription went live.
    """

    order_id: str
    after: int = 0
    due: float = 0.0
    synced: bool = False
    reading: bool = False
    done: bool = False
    faults: int = 0
    merge: Merge[Arrival] = field(init=False)
    _waits: int = 0

    def __post_init__(self) -> None:
        self.merge = Merge(self.after)

    @property
    def behind(self) -> bool:
        """Whether something may be missing."""
        return not self.done and (not self.synced or self.merge.gap)

    def pushed(self, change: Change, pace: Pace, now: float) -> tuple[Arrival, ...]:
        """Take an event of the subscription; return what may be handed out."""
        arrivals = self._offer([Arrival(change, pushed=True, received=datetime.now(UTC))])
        self._waits = 1
        self.due = min(self.due, now + pace.gap_grace) if self.behind else now + pace.quiet
        return arrivals

    def read(
        self, history: History, pace: Pace, rhythm: Rhythm, now: float, *, took: float = 0.0, current: bool
    ) -> tuple[Arrival, ...]:
        """Take what a read found; ``current`` when it began after the subscription went live."""
        received = datetime.now(UTC)
        arrivals = self._offer(
            [Arrival(change, pushed=False, received=received) for change in history.changes]
        )
        self.faults = 0
        if history.version > self.merge.version:
            self.due = now + pace.gap_grace  # the answer contradicts itself: ask again
        else:
            self.synced = self.synced or current
            look = self._look(fruitful=bool(arrivals), took=took, retry_after=history.retry_after)
            self.due = now + (pace.gap_grace if self.merge.gap else rhythm.delay(look))
        return arrivals

    def absent(self, rhythm: Rhythm, now: float, *, took: float = 0.0, current: bool) -> None:
        """Note that the order does not exist yet."""
        self.faults = 0
        self.synced = self.synced or current
        self.due = now + rhythm.delay(self._look(fruitful=False, took=took))

    def unread(self, delay: float, now: float) -> None:
        """Note that a read failed."""
        self.faults += 1
        self.due = now + delay

    def _look(self, *, fruitful: bool, took: float, retry_after: float | None = None) -> Look:
        waits = 0 if fruitful else self._waits
        self._waits = waits + 1
        return Look(waits, took, retry_after)

    def _offer(self, arrivals: list[Arrival]) -> tuple[Arrival, ...]:
        ready = self.merge.offer(arrivals)
        self.done = self.done or any(arrival.change.status.final for arrival in ready)
        return ready
