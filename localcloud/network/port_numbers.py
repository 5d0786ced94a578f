"""The ports of APIs: given out from the lowest, taken back when an API goes, shared by every kind of API."""

from __future__ import annotations

from collections.abc import Sequence

from localcloud.network.blocked_ports import BLOCKED, HIGHEST


class PortNumbers:
    """Gives out ports of some ranges.

    Parameters
    ----------
    ranges
        In the order in which they are used; without one, the system picks.
    used
        What others have that share it.

    Examples
    --------
    >>> used = set()
    >>> graphql = PortNumbers([range(4569, 4571), range(4606, 65536)], used)
    >>> rest = PortNumbers([range(4576, 4596), range(4606, 65536)], used)
    >>> [graphql.take(), graphql.take(), graphql.take(), rest.take()]
    [4569, 4570, 4606, 4576]
    >>> graphql.give_back(4570)
    >>> graphql.take()
    4570
    """

    def __init__(self, ranges: Sequence[range] = (), used: set[int] | None = None) -> None:
        self._ranges = tuple(ranges)
        self._used = set() if used is None else used

    @classmethod
    def starting_at(cls, first: int) -> PortNumbers:
        """Return the numbers from ``first`` on; of 0, none: the system picks."""
        return cls([range(first, HIGHEST + 1)] if first else [])

    def follow(self, other: PortNumbers) -> None:
        """Give out the numbers of ``other`` from now on, and share what is taken."""
        self._ranges, self._used = other._ranges, other._used

    def take(self, preferred: int = 0) -> int:
        """Return a free port, and none that browsers refuse; 0 lets the system pick.

        Parameters
        ----------
        preferred
            A port to have, whatever the ranges are.

        Raises
        ------
        OSError
            There is none left.
        """
        if preferred or not self._ranges:
            self._used.add(preferred)
            return preferred
        for numbers in self._ranges:
            for port in numbers:
                if port not in self._used and port not in BLOCKED:
                    self._used.add(port)
                    return port
        raise OSError(f"{HIGHEST} is the last port there is, and it has one already")

    def give_back(self, port: int) -> None:
        """Let a port be another API's."""
        self._used.discard(port)
