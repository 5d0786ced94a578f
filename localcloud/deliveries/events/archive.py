"""The events that archives hold: in a file, by archive and time.

They are many and are read in order of time, once in a while: neither the journal, which is read as a whole at
each start, nor memory is a place for them. Each is in the file when ``add`` returns, as the journal's are: it
outlives the process, though not a power cut.
"""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

SECONDS_A_DAY: Final = 86_400
PAGE: Final = 200
"""Events read at once."""
PURGE_EVERY: Final = 3600.0

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS events (
    number INTEGER PRIMARY KEY, archive TEXT NOT NULL, time INTEGER NOT NULL, event TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS by_time ON events (archive, time, number);
"""


class ArchiveContent(NamedTuple):
    """How much an archive holds: events, and their bytes."""

    events: int
    bytes: int


class Position(NamedTuple):
    """A place in an archive: what is behind it comes next."""

    time: int
    number: int


class ArchivedEvents:
    """The events of all archives, each archive named by its ARN.

    Parameters
    ----------
    path
        The file; without one the events go with the process.
    clock
        Seconds since 1970.
    """

    def __init__(self, path: Path | None = None, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        # An empty name is a file of SQLite's own, which is private and which it deletes.
        self._file = sqlite3.connect(
            "" if path is None else str(path), isolation_level=None, check_same_thread=False
        )
        if path is not None:
            path.chmod(0o600)
            self._file.execute("PRAGMA journal_mode = WAL")
        self._file.execute("PRAGMA synchronous = OFF")
        self._file.executescript(_SCHEMA)
        self._purged: dict[str, float] = {}

    def add(self, archive: str, moment: int, event: dict[str, Any], retention_days: int = 0) -> None:
        """Add an event of a time in seconds since 1970; what is older than its days goes, within the hour."""
        text = json.dumps(event, separators=(",", ":"), ensure_ascii=False)
        with self._lock:
            self._file.execute(
                "INSERT INTO events (archive, time, event) VALUES (?, ?, ?)", (archive, moment, text)
            )
        if retention_days and self._clock() - self._purged.get(archive, 0.0) > PURGE_EVERY:
            self.purge(archive, retention_days)

    def purge(self, archive: str, retention_days: int) -> None:
        """Delete what an archive keeps no longer."""
        now = self._purged[archive] = self._clock()
        with self._lock:
            self._file.execute(
                "DELETE FROM events WHERE archive = ? AND time < ?",
                (archive, now - retention_days * SECONDS_A_DAY),
            )

    def content(self, archive: str) -> ArchiveContent:
        """Return how much an archive holds."""
        with self._lock:
            row = self._file.execute(
                "SELECT COUNT(*), COALESCE(SUM(LENGTH(CAST(event AS BLOB))), 0)"
                " FROM events WHERE archive = ?",
                (archive,),
            ).fetchone()
        return ArchiveContent(*row)

    def read(
        self, archive: str, since: float, until: float, after: Position | None = None
    ) -> Iterator[tuple[Position, dict[str, Any]]]:
        """Yield the events between two times, both included, in the order of their times.

        Parameters
        ----------
        after
            Go on behind a place that an earlier reading came to.
        """
        place = after or Position(int(since) - 1, 0)
        while True:
            with self._lock:
                rows = self._file.execute(
                    "SELECT time, number, event FROM events WHERE archive = ? AND time BETWEEN ? AND ?"
                    " AND (time, number) > (?, ?) ORDER BY time, number LIMIT ?",
                    (archive, since, until, place.time, place.number, PAGE),
                ).fetchall()
            for moment, number, text in rows:
                place = Position(moment, number)
                yield place, json.loads(text)
            if len(rows) < PAGE:
                return

    def delete(self, archive: str) -> None:
        """Delete all events of an archive."""
        with self._lock:
            self._file.execute("DELETE FROM events WHERE archive = ?", (archive,))

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._file.close()
