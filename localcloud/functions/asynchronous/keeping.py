"""What keeps queued events over the end of the process: nothing, or the journal of ``--data``."""

from __future__ import annotations

from typing import ClassVar, Final, Protocol

from localcloud.functions.asynchronous.events import QueuedEvent
from localcloud.journal import Journal

SPACE: Final = "functions/events"


class EventStore(Protocol):
    """Keeps events that were accepted and have not ended.

    It receives each change before any caller does, so that one which writes them down at once
    loses nothing in a crash.

    Attributes
    ----------
    keeps
        Whether the next run finds them.
    """

    keeps: ClassVar[bool]

    def load(self) -> list[QueuedEvent]:
        """Return the events of an earlier run; raise OSError or ValueError where they cannot be read."""

    def accepted(self, event: QueuedEvent) -> None:
        """Take note of a new event: the caller has its answer once this returns."""

    def changed(self, event: QueuedEvent) -> None:
        """Take note of an attempt's end."""

    def ended(self, event: QueuedEvent) -> None:
        """Take note that nothing is left to do."""


class VolatileQueue:
    """An `EventStore` that keeps nothing."""

    keeps: ClassVar[bool] = False

    def load(self) -> list[QueuedEvent]:
        """See `EventStore.load`."""
        return []

    def accepted(self, event: QueuedEvent) -> None:
        """See `EventStore.accepted`."""

    def changed(self, event: QueuedEvent) -> None:
        """See `EventStore.changed`."""

    def ended(self, event: QueuedEvent) -> None:
        """See `EventStore.ended`."""


class JournaledEvents(VolatileQueue):
    """Writes each change down before it is reported, so that ``kill -9`` loses no event.

    An attempt whose end was not written down is repeated: at least once, as on AWS.
    """

    keeps: ClassVar[bool] = True

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def load(self) -> list[QueuedEvent]:
        """Return the events that had not ended when the process did.

        Raises
        ------
        ValueError
            The journal holds something else.
        """
        return [QueuedEvent.of(document) for document in self._journal.take(SPACE).values()]

    def accepted(self, event: QueuedEvent) -> None:
        """See `EventStore.accepted`."""
        self._journal.put(SPACE, event.request_id, event.document())

    def changed(self, event: QueuedEvent) -> None:
        """See `EventStore.changed`."""
        self._journal.put(SPACE, event.request_id, event.document())

    def ended(self, event: QueuedEvent) -> None:
        """See `EventStore.ended`."""
        self._journal.delete(SPACE, event.request_id)
