"""Delivery streams in a journal: what they are, what waits in their buffers, how far they have read."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any, Final

from localcloud.journal import Journal
from localcloud.streams.firehose.records import Record

STREAMS: Final = "firehose/streams"
RECORDS: Final = "firehose/records/"
POSITIONS: Final = "firehose/positions/"


class Keeping:
    """Writes each record down before it is acknowledged, and strikes it out when it has arrived."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._next = 0

    def streams(self) -> list[tuple[str, dict[str, Any]]]:
        """Return the streams of the process before."""
        return list(self._journal.take(STREAMS).items())

    def write_stream(self, key: str, document: Mapping[str, Any]) -> None:
        """Keep what a stream is."""
        self._journal.put(STREAMS, key, dict(document))

    def forget_stream(self, key: str) -> None:
        """Forget a stream with all that waits in it."""
        with self._journal.batch():
            self._journal.delete(STREAMS, key)
            self._journal.clear(RECORDS + key)
            self._journal.clear(POSITIONS + key)

    def records(self, key: str) -> list[tuple[str, Record]]:
        """Return what waits in a stream, oldest first."""
        pending = [
            (number, Record(base64.b64decode(data), arrived, sequence=sequence, metadata=metadata))
            for number, (data, arrived, sequence, metadata) in self._journal.take(RECORDS + key).items()
        ]
        self._next = max([self._next, *(int(number) + 1 for number, _ in pending)])
        return pending

    def positions(self, key: str) -> dict[str, str]:
        """Return how far each shard has been read."""
        return {shard: str(position) for shard, position in self._journal.take(POSITIONS + key).items()}

    def write_records(
        self, key: str, records: list[Record], position: tuple[str, str] | None = None
    ) -> list[str]:
        """Keep records, with the position they are read up to, as one; return their numbers."""
        numbers: list[str] = []
        with self._journal.batch():
            for record in records:
                number = f"{self._next:012}"
                self._next += 1
                numbers.append(number)
                data = base64.b64encode(record.data).decode()
                metadata = None if record.metadata is None else dict(record.metadata)
                self._journal.put(RECORDS + key, number, [data, record.arrived, record.sequence, metadata])
            if position is not None:
                self._journal.put(POSITIONS + key, position[0], position[1])
        return numbers

    def forget_record(self, key: str, number: str) -> None:
        """Forget a record that has arrived."""
        self._journal.delete(RECORDS + key, number)
