"""An execution's history: what AWS's GetExecutionHistory lists.

Values are kept as they are and written as text when the history is read: most histories are
never read, and values are shared by the states that they pass through.
"""

from __future__ import annotations

import itertools
import marshal
import zlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from localcloud.clock import CLOCK
from localcloud.states.language.scope import Json

# The longest history that AWS allows an execution of a Standard machine.
LONGEST = 25_000
# What is longer gains by compression.
COMPRESSED = 600
# Executions that wait for long have no more events, mostly.
FEW = 16
DEFLATED = 0x78


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


_Plain = tuple[str, int, float, Mapping[str, Any] | None]


class History:
    """The events of one execution, numbered from 1.

    Examples
    --------
    >>> history = History()
    >>> history.add("ExecutionStarted", 0, {"input": {}}), len(history)
    (1, 1)
    """

    __slots__ = ("_data", "_events", "_packed", "_packed_events", "stripped")

    def __init__(self, data: Json = None) -> None:
        self._data = data
        # The members of Events, as plain tuples: making a named one costs more than all the rest.
        self._events: list[_Plain] = []
        self._packed: list[bytes] | None = None
        self._packed_events = 0
        self.stripped = False

    def __len__(self) -> int:
        return self._packed_events + len(self._events)

    @property
    def events(self) -> list[Event]:
        """All of them."""
        if self._packed is not None:
            self._events = [event for part in self._packed for event in self._unpacked(part)] + self._events
            self._packed, self._packed_events = None, 0
        return [Event._make(event) for event in self._events]

    @events.setter
    def events(self, events: list[Event]) -> None:
        self._events, self._packed, self._packed_events = [event[:] for event in events], None, 0

    def select(self, wanted: Callable[[str], bool]) -> list[tuple[int, Event]]:
        """Return the events of some types, with their numbers: what is packed stays so.

        Examples
        --------
        >>> history = History()
        >>> for kind in ("ExecutionStarted", "PassStateEntered"):
        ...     number = history.add(kind, 0, {})
        >>> history.pack()
        >>> [(number, event.kind) for number, event in history.select("PassStateEntered".__eq__)]
        [(2, 'PassStateEntered')]
        """
        packed = (event for part in self._packed or () for event in self._unpacked(part))
        numbered = enumerate(itertools.chain(packed, self._events), 1)
        return [(number, Event._make(event)) for number, event in numbered if wanted(event[0])]

    @property
    def unpacked(self) -> int:
        """How many events are held as values, not in less memory."""
        return len(self._events)

    def pack(self) -> None:
        """Keep what there is so far in less memory, until it is read."""
        if not self._events:
            return
        try:
            part = marshal.dumps(self._with_mark())
        except ValueError:
            # A value that is not plain JSON stays as it is.
            return
        if self._packed is None:
            self._packed = []
        self._packed.append(zlib.compress(part, 1) if len(part) > COMPRESSED else part)
        self._packed_events += len(self._events)
        self._events = []

    def _with_mark(self) -> tuple[Any, list[Any]]:
        """Return what stands for the execution's input in the events, and these."""
        if len(self._events) > FEW:
            # The input itself: it takes little beside so many, and to look for it in each takes time.
            return self._data, self._events
        return ..., [
            (*event[:3], event[3] and {n: ... if v is self._data else v for n, v in event[3].items()})
            for event in self._events
        ]

    def _unpacked(self, part: bytes) -> Iterator[_Plain]:
        # No tuple begins so in Python's own format.
        mark, events = marshal.loads(zlib.decompress(part) if part[0] == DEFLATED else part)  # noqa: S302 - our own
        for kind, previous, timestamp, members in events:
            # The input is shown as it was written, and known by being the same object.
            details = members and {n: self._data if v is mark else v for n, v in members.items()}
            yield kind, previous, timestamp, details

    @property
    def full(self) -> bool:
        """Whether one more state would be one too many."""
        return len(self) >= LONGEST - 2

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
        self._events.append((kind, previous, timestamp or CLOCK.now(), details))
        return self._packed_events + len(self._events)


class Unrecorded(History):
    """Numbers the events of an Express execution whose machine has no log, so they cannot be read."""

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
