"""Requests in, answers out, until standard input ends."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

from localcloud.streams.hive import Column, parse_type
from localcloud.streams.sql.worker.converting import convert
from localcloud.streams.sql.worker.database import connect
from localcloud.streams.sql.worker.documents import Documents
from localcloud.streams.sql.worker.links import Links
from localcloud.streams.sql.worker.queries import QueryFailed, answer, reason, tables_of

# DuckDB keeps to its own limit; this one is for everything else, and for its address space.
MOST_ADDRESSES: Final = 8 << 30
_AT_ONCE: Final = 2


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
        self._parser = connect(folder)
        # A database takes longer to set up than many a query: the next one stands ready.
        self._spare: list[Any] = []
        self._preparing = threading.Lock()

    def carry_out(self, request: dict[str, Any]) -> None:
        """Carry a request out and write its answer."""
        number = int(request["id"])
        if request["operation"] == "tables":
            self._write({"id": number, **self._tables(request)})
            return
        connection = self._connection()
        with self._lock:
            self._running[number] = connection
            cancelled = number in self._cancelled
        try:
            result = {"error": "Query cancelled"} if cancelled else self._result(connection, request)
        except QueryFailed as error:
            result = {"error": str(error)}
        except Exception as error:
            result = {"error": reason(error)}
        with self._lock:
            self._running.pop(number, None)
            self._cancelled.discard(number)
        self._write({"id": number, **result})
        # All that is not the answer's comes after it: the caller has S3 to write to meanwhile.
        with self._preparing:
            if not self._spare:
                self._spare.append(connect(self._folder))
        connection.close()

    def _tables(self, request: dict[str, Any]) -> dict[str, Any]:
        try:
            with self._parsing:
                return tables_of(self._parser, request["sql"])
        except QueryFailed as error:
            return {"error": str(error)}
        except Exception as error:
            return {"error": reason(error)}

    def _connection(self) -> Any:
        # One that is being prepared is there sooner than another.
        with self._preparing:
            return self._spare.pop() if self._spare else connect(self._folder)

    def cancel(self, number: int) -> None:
        """End a request early."""
        with self._lock:
            self._cancelled.add(number)
            connection = self._running.get(number)
        if connection is not None:
            connection.interrupt()

    def _result(self, connection: Any, request: dict[str, Any]) -> dict[str, Any]:
        match request["operation"]:
            case "convert":
                columns = [Column(item["name"], parse_type(item["type"])) for item in request["columns"]]
                return convert(connection, request, columns)
        documents = getattr(self._documents, "value", None)
        if documents is None:
            documents = self._documents.value = Documents(self._folder / "rows")
        links = Links(self._folder / f"query-{request['id']}")
        try:
            return answer(connection, request, links, self._schemas, documents)
        finally:
            links.remove()

    def _write(self, document: dict[str, Any]) -> None:
        with self._lock:
            sys.stdout.write(json.dumps(document, separators=(",", ":")) + "\n")
            sys.stdout.flush()


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
