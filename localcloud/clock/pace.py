"""How a clock runs beside the machine's."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Pace:
    """A clock that showed a moment when the machine's showed another, and runs so many times faster.

    Attributes
    ----------
    real, reported
        Two moments that were the same, in seconds since 1970: the machine's, and this clock's.
    factor
        How many seconds pass here in one of the machine's.

    Examples
    --------
    >>> Pace().at(1_000.0), Pace(1_000.0, 5_000.0).at(1_001.0), Pace(1_000.0, 5_000.0, 60.0).at(1_001.0)
    (1000.0, 5001.0, 5060.0)
    """

    real: float = 0.0
    reported: float = 0.0
    factor: float = 1.0

    def at(self, real: float) -> float:
        """Return what this clock shows at a moment of the machine's."""
        return self.reported + (real - self.real) * self.factor

    def ahead(self, real: float) -> float:
        """Return by how many seconds this clock is ahead of the machine's."""
        return self.at(real) - real

    def moved(self, real: float, to: float) -> Pace:
        """Return a clock that shows ``to`` now; it runs no slower or faster than before."""
        return Pace(real, to, self.factor)

    def at_factor(self, real: float, factor: float) -> Pace:
        """Return a clock that runs at another factor from now on."""
        return Pace(real, self.at(real), factor)
