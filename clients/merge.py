"""Every version once and in order, however the updates come: a state machine without input or output.

A merge is offered whatever arrives, from the subscription and from history reads, late, twice or
out of order. It returns what may be shown now: the versions that follow without a gap on the last
one shown. What lies beyond a gap is held until the gap is filled.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Generic, Protocol, TypeVar


class Versioned(Protocol):
    """Anything with an order's sequence number, from 1."""

    @property
    def version(self) -> int:
        """The sequence number."""
        ...


T = TypeVar("T", bound=Versioned)


class Merge(Generic[T]):
    """The merge of one order.

    Parameters
    ----------
    after
        The last version that the caller already has; 0 for none.

    Attributes
    ----------
    version
        The last version handed out.
    dropped
        How many offers were of a version that it already had.
    """

    def __init__(self, after: int = 0) -> None:
        self.version = after
        self.dropped = 0
        self._pending: dict[int, T] = {}

    @property
    def gap(self) -> bool:
        """Whether something is held that cannot be handed out, because a version before it is missing."""
        return bool(self._pending)

    def offer(self, arrivals: Iterable[T]) -> tuple[T, ...]:
        """Take what arrived; return what is next, oldest first, each version once in the merge's life."""
        for arrival in arrivals:
            if arrival.version <= self.version or arrival.version in self._pending:
                self.dropped += 1
            else:
                self._pending[arrival.version] = arrival
        ready: list[T] = []
        while (following := self._pending.pop(self.version + 1, None)) is not None:
            ready.append(following)
            self.version += 1
        return tuple(ready)
