"""What the followers of a run received, and what it amounts to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from clients import Arrival, Change
from clients.model import NewOrder
from clients.orders_file import Staff
from demo.expectations import End
from demo.percentiles import percentile


@dataclass
class OrderRecord:
    """One order of the file: what was sent, and what came back.

    Attributes
    ----------
    refused
        What the API has against it: a line of the file to mend. None when it has nothing.
    staff
        What staff make of it, once it awaits their approval.
    unsent
        Why it could not be handed in though nothing is wrong with it; None when it was.
    versions
        The versions in the order in which the follower handed them out.
    """

    number: int
    customer: str
    order: NewOrder
    expected: frozenset[End]
    staff: Staff | None = None
    order_id: str | None = None
    refused: str | None = None
    unsent: str | None = None
    arrivals: list[Arrival] = field(default_factory=list)
    history: tuple[Change, ...] | None = None

    @property
    def end(self) -> End | None:
        """How it ended; None while it has not."""
        if not self.arrivals or not self.arrivals[-1].change.status.final:
            return None
        change = self.arrivals[-1].change
        return End(change.status, change.reason)

    @property
    def last_seen(self) -> str:
        """The status that came last."""
        return str(self.arrivals[-1].change.status) if self.arrivals else "nothing"

    @property
    def complaints(self) -> list[str]:
        """What is not as it should be, in words; empty when all is."""
        if self.refused is not None:
            return []  # a line of the file to mend, reported on its own
        if self.unsent is not None:
            return [f"could not be handed in: {self.unsent}"]
        complaints: list[str] = []
        if self.end is None:
            complaints.append(f"did not end in time (last seen: {self.last_seen})")
        elif self.end not in self.expected:
            complaints.append(f"ended {self.end}, not {' or '.join(sorted(map(str, self.expected)))}")
        versions = [arrival.version for arrival in self.arrivals]
        if versions != list(range(1, len(versions) + 1)):
            complaints.append(f"versions came as {versions}")
        if self.history is not None and [a.change for a in self.arrivals] != list(self.history):
            complaints.append(f"what came is not the order's history ({len(self.history)} versions)")
        return complaints


def read_later(arrivals: Iterable[Arrival], since: datetime) -> int:
    """Count the changes made since a moment that the subscription had not brought when history was read."""
    return sum(not arrival.pushed and arrival.change.at >= since for arrival in arrivals)


@dataclass(frozen=True, slots=True)
class Times:
    """Milliseconds from a change's own time stamp to its receipt by the subscriber."""

    count: int
    p50: float
    p95: float
    worst: float

    def __str__(self) -> str:
        return f"p50 {self.p50:.0f} ms, p95 {self.p95:.0f} ms, max {self.worst:.0f} ms"


def times(arrivals: Iterable[Arrival]) -> Times | None:
    """Return the times of what the subscription brought; what was read from history has none."""
    waits = sorted(waited(arrival) for arrival in arrivals if arrival.pushed)
    if not waits:
        return None
    return Times(len(waits), percentile(waits, 50), percentile(waits, 95), waits[-1])


def waited(arrival: Arrival) -> float:
    """Return the milliseconds from change to receipt. Both clocks are this machine's."""
    return (arrival.received - arrival.change.at).total_seconds() * 1000
