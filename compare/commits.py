"""When each change was committed: the moment from which its receipt is timed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, Protocol

from clients import Change

Source = Literal["commit", "at"]
# Seconds since 1970, by order and version.
Times = Mapping[tuple[str, int], float]


class Commits(Protocol):
    """Anything that knows the times of commits."""

    async def times(self, orders: Sequence[str]) -> Times:
        """Return the times of all changes of some orders, as far as they are known."""
        ...


class NoCommits:
    """Knows none: each change's own ``at`` is taken, when the workflow came to the state that writes it."""

    async def times(self, orders: Sequence[str]) -> Times:
        """Return nothing."""
        return {}


def committed(change: Change, times: Times) -> tuple[float, Source]:
    """Return when a change was committed, and how that is known."""
    known = times.get((change.order_id, change.version))
    return (change.at.timestamp(), "at") if known is None else (known, "commit")
