"""How long after each change a client received it: the difference between the ways to follow."""

from __future__ import annotations

from datetime import datetime
from statistics import median

from clients.tracking import Arrival


class Delays:
    """The delays of what happened while an order was followed.

    A change from before then was read from the history: its age says nothing of the way.

    Parameters
    ----------
    since : datetime
        When following began.

    Examples
    --------
    >>> from datetime import UTC, timedelta
    >>> from clients.model import Change, Status
    >>> at = datetime(2026, 11, 30, 12, tzinfo=UTC)
    >>> delays = Delays(at)
    >>> change = Change("tea", "ada", 2, Status.PACKED, at + timedelta(seconds=1), None)
    >>> delays.add(Arrival(change, pushed=True, received=at + timedelta(seconds=1.034)))
    34.0
    >>> old = Change("tea", "ada", 1, Status.RECEIVED, at - timedelta(seconds=1), None)
    >>> delays.add(Arrival(old, pushed=False, received=at))
    >>> str(delays)
    '1 change while following: p50 34 ms, at most 34 ms'
    """

    def __init__(self, since: datetime) -> None:
        self._since = since
        self._delays: list[float] = []

    def __bool__(self) -> bool:
        return bool(self._delays)

    def add(self, arrival: Arrival) -> float | None:
        """Return the milliseconds from a change to its receipt; None when it is from before."""
        at = arrival.change.at
        if at < self._since:
            return None
        delay = round((arrival.received - at).total_seconds() * 1000, 1)
        self._delays.append(delay)
        return delay

    def __str__(self) -> str:
        count = len(self._delays)
        what = "change" if count == 1 else "changes"
        times = f"p50 {median(self._delays):,.0f} ms, at most {max(self._delays):,.0f} ms"
        return f"{count} {what} while following: {times}"
