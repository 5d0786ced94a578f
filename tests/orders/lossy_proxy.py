"""A proxy that forwards a request and loses the answer: the work is done, and its caller does not know."""

from __future__ import annotations

import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.error import HTTPError


class LossyProxy(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, target: str) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.target = target
        self.operations: list[str] = []
        self._lose: set[str] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def lose_answer_of(self, *operations: str) -> None:
        """Lose the next answer of each of ``operations``."""
        self.operations.clear()
        self._lose = set(operations)

    def loses(self, operation: str) -> bool:
        self.operations.append(operation)
        lost = operation in self._lose
        self._lose.discard(operation)
        return lost


class Handler(BaseHTTPRequestHandler):
    server: LossyProxy
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        request = urllib.request.Request(self.server.target, body, dict(self.headers.items()))
        try:
            with urllib.request.urlopen(request) as answer:
                status, payload = answer.status, answer.read()
        except HTTPError as error:
            with error:
                status, payload = error.code, error.read()
        if self.server.loses(self.headers["x-amz-target"].rpartition(".")[2]):
            self.close_connection = True
            return
        self.send_response(status)
        self.send_header("content-type", "application/x-amz-json-1.0")
        self.send_header("content-length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def lossy_proxy(target: str) -> Iterator[LossyProxy]:
    with LossyProxy(target) as proxy:
        thread = threading.Thread(target=proxy.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield proxy
        finally:
            proxy.shutdown()
            thread.join(60)
