"""Requests in, answers out, until standard input ends."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, Final

from localcloud.streams.hive import Column, parse_type
from localcloud.streams.sql.worker.converting import convert
from localcloud.streams.sql.worker.database import connect
from localcloud.streams.sql.worker.databases import Database, Databases, version_of
from localcloud.streams.sql.worker.documents import Documents
from localcloud.streams.sql.worker.links import Links
from localcloud.streams.sql.worker.queries import QueryFailed, answer, make_tables, reason, tables_of

# DuckDB keeps to its own limit; this one is for everything else, and for its address space.
MOST_ADDRESSES: Final = 8 << 30
_AT_ONCE: Final = 2
_MOST_READ: Final = 64


class Worker:
    """Carries requests out, two at a time: a conversion does not wait for a long query.

    Parameters
    ----------
    folder
        The only place that it works in.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        (folder / "rows").mkdir(exist_ok=True)
        self._schemas: dict[str, tuple[tuple[str, str], ...]] = {}
        self._documents = threading.local()
        self._running: dict[int, Any] = {}
        self._cancelled: set[int] = set()
        self._lock = threading.Lock()
        self._parsing = threading.Lock()
        # What a statement reads is in its text alone.
        self._read = lru_cache(_MOST_READ)(partial(tables_of, connect(folder)))
        self._databases = Databases(folder)

    def carry_out(self, request: dict[str, Any]) -> None:
        """Carry a request out and write its answer."""
        number = int(request["id"])
        match request["operation"]:
            case "tables":
                self._write({"id": number, **self._tables(request)})
            case "convert":
                connection = self._databases.empty()
                self._write({"id": number, **self._watched(number, connection, partial(_converted, request))})
                connection.close()
                self._databases.prepare()
            case _:
                self._query(number, request)

    def _query(self, number: int, request: dict[str, Any]) -> None:
        version = version_of(request)
        database = self._databases.take(version)
        is_new = database is None
        if database is None:
            links = Links(self._folder / f"query-{number}")
            database = Database(version, self._databases.empty(), links)

        def ask(connection: Any) -> dict[str, Any]:
            if is_new:
                make_tables(database, request, self._schemas, self._own_documents())
            return answer(database, request)

        result = self._watched(number, database.connection, ask)
        self._write({"id": number, **result})
        # All that is not the answer's comes after it: the caller has S3 to write to meanwhile.
        if "error" in result:
            database.close()
        else:
            self._databases.keep(database)
        self._databases.prepare()

    def _watched(self, number: int, connection: Any, work: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
        """Do what may be cancelled."""
        with self._lock:
            self._running[number] = connection
            cancelled = number in self._cancelled
        try:
            result = {"error": "Query cancelled"} if cancelled else work(connection)
        except QueryFailed as error:
            result = {"error": str(error)}
        except Exception as error:
            result = {"error": reason(error)}
        with self._lock:
            self._running.pop(number, None)
            self._cancelled.discard(number)
        return result

    def _tables(self, request: dict[str, Any]) -> dict[str, Any]:
        try:
            with self._parsing:
                return self._read(request["sql"])
        except QueryFailed as error:
            return {"error": str(error)}
        except Exception as error:
            return {"error": reason(error)}

    def cancel(self, number: int) -> None:
        """End a request early."""
        with self._lock:
            self._cancelled.add(number)
            connection = self._running.get(number)
        if connection is not None:
            connection.interrupt()

    def _own_documents(self) -> Documents:
        documents: Documents | None = getattr(self._documents, "value", None)
        if documents is None:
            documents = self._documents.value = Documents(self._folder / "rows")
        return documents

    def _write(self, document: dict[str, Any]) -> None:
        with self._lock:
            sys.stdout.write(json.dumps(document, separators=(",", ":")) + "\n")
            sys.stdout.flush()


def _converted(request: dict[str, Any], connection: Any) -> dict[str, Any]:
    columns = [Column(item["name"], parse_type(item["type"])) for item in request["columns"]]
    return convert(connection, request, columns)


def main() -> None:
    """Serve one parent."""
    folder = Path(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_AS, (MOST_ADDRESSES, MOST_ADDRESSES))
    os.chdir(folder)
    # A terminal's Ctrl-C is the parent's.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    worker = Worker(folder)
    pool = ThreadPoolExecutor(_AT_ONCE)
    for line in sys.stdin:
        request = json.loads(line)
        if request["operation"] == "cancel":
            worker.cancel(int(request["target"]))
        else:
            pool.submit(worker.carry_out, request)
    shutil.rmtree(folder, ignore_errors=True)
    # The parent has gone, or wants nothing more: what still runs has no owner.
    os._exit(0)


if __name__ == "__main__":
    main()
