"""An HTTP server that answers like API Gateway's @connections, or misbehaves as scripted."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote


@dataclass(frozen=True)
class Posted:
    """A request as it arrived; header names are in lower case."""

    path: str
    headers: dict[str, str]
    body: bytes
    method: str = "POST"

    @property
    def connection_id(self) -> str:
        return unquote(self.path.rpartition("/")[2])


@dataclass
class Behaviour:
    """What is answered to whom; 200 to everybody else."""

    statuses: dict[str, list[int]] = field(default_factory=dict)
    """Statuses by connection id, used up one by one but for the last."""
    hanging: set[str] = field(default_factory=set)
    closing: set[str] = field(default_factory=set)
    """Whose connection is closed instead of an answer."""
    let_go: threading.Event = field(default_factory=threading.Event)


class FakeManagement(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.posted: list[Posted] = []
        self.clients: set[tuple[str, int]] = set()
        self.does = Behaviour()

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/api"

    def frames_by_connection(self) -> dict[str, list[bytes]]:
        """Return the frames that each connection was sent."""
        frames: dict[str, list[bytes]] = {}
        for posted in self.posted:
            frames.setdefault(posted.connection_id, []).append(posted.body)
        return frames


class Handler(BaseHTTPRequestHandler):
    server: FakeManagement
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        does = self.server.does
        body = self.rfile.read(int(self.headers.get("content-length", "0")))
        headers = {name.lower(): value for name, value in self.headers.items()}
        posted = Posted(self.path, headers, body, self.command)
        self.server.posted.append(posted)
        self.server.clients.add(self.client_address)
        if posted.connection_id in does.hanging:
            does.let_go.wait(30)
        if posted.connection_id in does.closing:
            self.close_connection = True
            return
        statuses = does.statuses.get(posted.connection_id, [200])
        status = statuses.pop(0) if len(statuses) > 1 else statuses[0]
        with suppress(OSError):
            self.send_response(status)
            self.send_header("content-length", "0")
            self.end_headers()

    do_DELETE = do_POST  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def fake_management() -> Iterator[FakeManagement]:
    with FakeManagement() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.does.let_go.set()
            server.shutdown()
            thread.join(60)
