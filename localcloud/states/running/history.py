"""An execution's history: what AWS's GetExecutionHistory lists.

Values are kept as they are and written as text when somebody reads the history: most histories are
never read, and values are shared by the states that they pass through.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, NamedTuple

# The longest history that AWS allows an execution of a Standard machine.
LONGEST = 25_000


class Event(NamedTuple):
    """One entry.

    Attributes
    ----------
    kind
        AWS's type, such as ``PassStateEntered``.
    previous
        The id of the event that led to this one; 0 for the first ones.
    timestamp
        Seconds since the epoch.
    details
        The members of the event's details. ``input``, ``output`` and ``parameters`` are JSON
        values; ``assignedVariables`` maps names to JSON values.
    """

    kind: str
    previous: int
    timestamp: float
    details: Mapping[str, Any] | None


class History:
    """The events of one execution, numbered from 1.

    Examples
    --------
    >>> history = History()
    >>> history.add("ExecutionStarted", 0, {"input": {}}), len(history)
    (1, 1)
    """

    __slots__ = ("events", "stripped")

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.stripped = False

    def __len__(self) -> int:
        return len(self.events)

    @property
    def full(self) -> bool:
        """Whether one more state would be one too many."""
        return len(self.events) >= LONGEST - 1

    def strip(self) -> None:
        """Keep the first and the last event alone."""
        self.events = [*self.events[:1], *self.events[-1:]]
        self.stripped = True

    def add(
        self,
        kind: str,
        previous: int,
        details: Mapping[str, Any] | None = None,
        timestamp: float | None = None,
    ) -> int:
        """Add an event; return its id."""
        self.events.append(Event(kind, previous, timestamp or time.time(), details))
        return len(self.events)


class Unrecorded(History):
    """Numbers the events of an Express execution whose machine has no log: nobody can read them."""

    __slots__ = ("_last",)

    def __init__(self) -> None:
        super().__init__()
        self._last = 0

    def __len__(self) -> int:
        return self._last

    @property
    def full(self) -> bool:
        """Never."""
        return False

    def add(
        self,
        kind: str,
        previous: int,
        details: Mapping[str, Any] | None = None,
        timestamp: float | None = None,
    ) -> int:
        """Return an id."""
        self._last += 1
        return self._last
