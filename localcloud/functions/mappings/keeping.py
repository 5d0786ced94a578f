"""What keeps the positions of mappings in their shards over the end of the process."""

from __future__ import annotations

from typing import Final, Protocol

from localcloud.functions.mappings.position import Position
from localcloud.functions.model import JSON
from localcloud.journal import Journal

SPACE: Final = "functions/positions/"


class PositionStore(Protocol):
    """Keeps how far each mapping has come in each shard."""

    def load(self, mapping: str) -> dict[str, Position]:
        """Return a mapping's positions by shard, as they were when the process before ended."""

    def moved(self, mapping: str, shard: str, position: Position) -> None:
        """Take note that a batch is done with, or of where LATEST was."""

    def forget(self, mapping: str) -> None:
        """Take note that a mapping is deleted."""


class VolatilePositions:
    """A `PositionStore` that keeps nothing."""

    def load(self, mapping: str) -> dict[str, Position]:
        """See `PositionStore.load`."""
        return {}

    def moved(self, mapping: str, shard: str, position: Position) -> None:
        """See `PositionStore.moved`."""

    def forget(self, mapping: str) -> None:
        """See `PositionStore.forget`."""


class JournaledPositions(VolatilePositions):
    """Writes them down after each batch: one that was under way comes again, as after a crash on AWS.

    A position and the states of its windows are one record: a state never counts a batch that comes again.
    """

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._written: dict[tuple[str, str], list[JSON]] = {}

    def load(self, mapping: str) -> dict[str, Position]:
        """See `PositionStore.load`."""
        stored = self._journal.take(SPACE + mapping)
        return {shard: Position.of(record) for shard, record in stored.items()}

    def moved(self, mapping: str, shard: str, position: Position) -> None:
        """See `PositionStore.moved`."""
        record = position.record()
        if self._written.get((mapping, shard)) != record:
            self._written[mapping, shard] = record
            self._journal.put(SPACE + mapping, shard, record)

    def forget(self, mapping: str) -> None:
        """See `PositionStore.forget`."""
        self._journal.clear(SPACE + mapping)
