"""What keeps queued events over a stop: nothing, or a file for clean stops."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final, Protocol

from localcloud.functions.asynchronous.events import QueuedEvent

FORMAT: Final = 1
NAME: Final = "events.json"


class EventStore(Protocol):
    """Keeps events that were accepted and have not ended.

    It hears of each change before anybody is told of it, so that one which writes them down at once
    loses nothing in a crash.
    """

    def load(self) -> list[QueuedEvent]:
        """Return the events of an earlier run; raise OSError or ValueError where they cannot be read."""

    def accepted(self, event: QueuedEvent) -> None:
        """Take note of a new event: the caller has its answer once this returns."""

    def changed(self, event: QueuedEvent) -> None:
        """Take note of an attempt's end."""

    def ended(self, event: QueuedEvent) -> None:
        """Take note that nothing is left to do."""

    def save(self, events: Iterable[QueuedEvent]) -> None:
        """Take note of all that is left at a clean stop."""


class Unkept:
    """An `EventStore` that keeps nothing."""

    def load(self) -> list[QueuedEvent]:
        """See `EventStore.load`."""
        return []

    def accepted(self, event: QueuedEvent) -> None:
        """See `EventStore.accepted`."""

    def changed(self, event: QueuedEvent) -> None:
        """See `EventStore.changed`."""

    def ended(self, event: QueuedEvent) -> None:
        """See `EventStore.ended`."""

    def save(self, events: Iterable[QueuedEvent]) -> None:
        """See `EventStore.save`."""


class EventFile(Unkept):
    """Holds the events of the last stop; whoever loads them has to see to them from then on.

    Parameters
    ----------
    path
        In a folder that exists, and that its owner alone can read: events may hold anything.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> list[QueuedEvent]:
        """Take the events out of the file.

        Raises
        ------
        ValueError
            The file holds something else. It stays.
        """
        if not self._path.exists():
            return []
        document = json.loads(self._path.read_text("utf-8"))
        if not isinstance(document, dict) or document.get("format") != FORMAT:
            raise ValueError("it was written by another version")
        events = [QueuedEvent.of(event) for event in document["events"]]
        self._path.unlink()
        return events

    def save(self, events: Iterable[QueuedEvent]) -> None:
        """Write the events, in place of what the file held: whole or not at all."""
        documents = [event.document() for event in events]
        if not documents:
            self._path.unlink(missing_ok=True)
            return
        draft = self._path.with_suffix(".tmp")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump({"format": FORMAT, "events": documents}, file)
        draft.replace(self._path)


def kept_events(folder: Path | None) -> EventStore | None:
    """Return what keeps events in the folder of ``--data``; None without one."""
    return None if folder is None else EventFile(folder / NAME)
