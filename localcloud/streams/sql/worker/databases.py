"""Databases of queries: those that have their tables by now, and an empty one that stands ready.

Objects never change, so what is made over them (views, schemas, Parquet's metadata) answers any query over
the same versions of the same tables. Rows and results are not kept.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from localcloud.streams.sql.worker.database import connect
from localcloud.streams.sql.worker.links import Links
from localcloud.streams.sql.worker.macros import macros_in

KEPT: Final = 4


@dataclass(frozen=True)
class Database:
    """A database, for one query at a time.

    Attributes
    ----------
    version
        What it has been made for.
    links
        The files that it reads.
    """

    version: str
    connection: Any
    links: Links

    def close(self) -> None:
        """Give it up, with its links."""
        self.connection.close()
        self.links.remove()


def version_of(request: Mapping[str, Any]) -> str:
    """Return what a query needs, as one name: tables with their objects, views, and functions.

    Examples
    --------
    >>> request = {"sql": "SELECT 1", "database": "shop", "tables": []}
    >>> version_of(request) == version_of({**request, "sql": "SELECT 2"})
    True
    >>> version_of(request) == version_of({**request, "database": "lake"})
    False
    """
    needed = [request["database"], request["tables"], request.get("views") or [], macros_of(request)]
    return hashlib.sha256(json.dumps(needed, separators=(",", ":")).encode()).hexdigest()


def macros_of(request: Mapping[str, Any]) -> list[str]:
    """Return what creates the functions that a query and its views call."""
    return macros_in(request["sql"], *(view["sql"] for view in request.get("views") or ()))


class Databases:
    """Keeps those that were asked last.

    Parameters
    ----------
    folder
        The only place that they read.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._kept: list[Database] = []
        # A database takes longer to set up than many a query: the next one stands ready.
        self._empty: list[Any] = []
        self._preparing = threading.Lock()

    def take(self, version: str) -> Database | None:
        """Return an idle one that was made for a version; it is the caller's until it is kept again."""
        with self._lock:
            for database in reversed(self._kept):
                if database.version == version:
                    self._kept.remove(database)
                    return database
        return None

    def keep(self, database: Database) -> None:
        """Keep one for the next query, in place of the one that was asked longest ago."""
        with self._lock:
            self._kept.append(database)
            oldest = self._kept.pop(0) if len(self._kept) > KEPT else None
        if oldest is not None:
            oldest.close()

    def empty(self) -> Any:
        """Return a connection to an empty one."""
        # One that is being prepared is there sooner than another.
        with self._preparing:
            return self._empty.pop() if self._empty else connect(self._folder)

    def prepare(self) -> None:
        """Have an empty one stand ready."""
        with self._preparing:
            if not self._empty:
                self._empty.append(connect(self._folder))
