"""Athena's API on loopback, by script: saved questions, and what each SQL comes to."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Json = dict[str, Any]


@dataclass
class Script:
    """What becomes of a question: its columns (name, type) and rows, or why it fails."""

    columns: tuple[tuple[str, str], ...] = ()
    rows: tuple[tuple[str | None, ...], ...] = ()
    failure: str | None = None
    looks: int = 1
    """After how many looks it is over."""


class FakeAthena(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.questions: dict[str, str] = {}
        self.scripts: dict[str, Script] = {}
        self.refusal: tuple[int, str, str] | None = None
        self.started: list[Json] = []
        self.stopped: list[str] = []
        self.looks: dict[str, int] = {}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def carry_out(self, operation: str, request: Json) -> Json:
        match operation:
            case "ListNamedQueries":
                return {"NamedQueryIds": list(self.questions)}
            case "BatchGetNamedQuery":
                ids = request["NamedQueryIds"]
                return {"NamedQueries": [self._named(id) for id in ids], "UnprocessedNamedQueryIds": []}
            case "StartQueryExecution":
                self.started.append(request)
                return {"QueryExecutionId": request["QueryString"]}
            case "StopQueryExecution":
                self.stopped.append(request["QueryExecutionId"])
                return {}
            case "GetQueryExecution":
                return {"QueryExecution": self._execution(request["QueryExecutionId"])}
            case _:
                return {"ResultSet": self._result(request["QueryExecutionId"])}

    def _named(self, id: str) -> Json:
        return {"NamedQueryId": id, "Name": id, "Database": "shop", "QueryString": self.questions[id]}

    def _execution(self, id: str) -> Json:
        script = self.scripts[id]
        self.looks[id] = self.looks.get(id, 0) + 1
        status: Json = {"State": "RUNNING"}
        if self.looks[id] >= script.looks:
            status = {"State": "SUCCEEDED"}
            if script.failure is not None:
                status = {"State": "FAILED", "StateChangeReason": script.failure}
        return {"QueryExecutionId": id, "Status": status, "Statistics": {"DataScannedInBytes": 2048}}

    def _result(self, id: str) -> Json:
        script = self.scripts[id]
        header = tuple(name for name, _ in script.columns)
        rows = [
            {"Data": [{} if cell is None else {"VarCharValue": cell} for cell in row]}
            for row in (header, *script.rows)
        ]
        infos = [{"Name": name, "Type": kind} for name, kind in script.columns]
        return {"Rows": rows, "ResultSetMetadata": {"ColumnInfo": infos}}


class _Handler(BaseHTTPRequestHandler):
    server: FakeAthena
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        operation = self.headers["x-amz-target"].rpartition(".")[2]
        status, answer = 200, {}
        if self.server.refusal is not None:
            status, code, message = self.server.refusal
            answer = {"__type": code, "Message": message, "message": message}
        else:
            answer = self.server.carry_out(operation, json.loads(body))
        content = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("content-type", "application/x-amz-json-1.1")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing."""


@contextmanager
def fake_athena() -> Iterator[FakeAthena]:
    server = FakeAthena()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
