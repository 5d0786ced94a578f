"""The time in which no process ran: no time limit counts it."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Pauses:
    """The times between the end of a process and the start of the next.

    Attributes
    ----------
    spans
        Begin and end of each, in seconds since the epoch.

    Examples
    --------
    >>> pauses = Pauses([(100.0, 160.0)])
    >>> pauses.spent(90.0, 170.0), pauses.spent(150.0, 170.0)
    (20.0, 10.0)
    """

    spans: list[tuple[float, float]] = field(default_factory=list)

    def spent(self, begin: float, now: float) -> float:
        """Return the seconds from ``begin`` to ``now`` in which a process ran."""
        paused = sum(max(0.0, min(end, now) - max(start, begin)) for start, end in self.spans)
        return max(0.0, now - begin - paused)
