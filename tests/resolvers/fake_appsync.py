"""An HTTP server that answers like AppSync, or misbehaves as scripted."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

KEY_ID = "AKIDEXAMPLE"
SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
REGION = "eu-west-1"


class FakeAppSync(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.bodies: list[dict[str, object]] = []
        self.headers: list[dict[str, str]] = []
        self.connections: set[tuple[str, int]] = set()
        self.status = 200
        self.answer: bytes | None = None
        self.close_after_answer = False
        self.close_instead = False
        self.hang_before_answer = False
        self.dribble = False
        self.let_go = threading.Event()
        self.closed = threading.Semaphore(0)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/graphql"


class Handler(BaseHTTPRequestHandler):
    server: FakeAppSync
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        server = self.server
        body = self.rfile.read(int(self.headers["content-length"]))
        server.headers.append({name.lower(): value for name, value in self.headers.items()})
        server.connections.add(self.client_address)
        document = json.loads(body)
        server.bodies.append(document)
        if server.close_instead:
            self.close_connection = True
            return
        if server.hang_before_answer:
            server.let_go.wait(30)
        answer = server.answer
        if answer is None:
            published = {"reason": None} | document["variables"]["input"]
            answer = json.dumps({"data": {"publishOrderStatus": published}}).encode()
        if server.dribble:
            # One byte at a time, each well within any socket's own time limit.
            for byte in b"HTTP/1.1 200 OK\r\nx: " + b"y" * 10_000:
                if server.let_go.wait(0.02):
                    break
                self.wfile.write(bytes([byte]))
            self.close_connection = True
            return
        self.send_response(server.status)
        self.send_header("content-type", "application/json;charset=UTF-8")
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)
        # Without `connection: close`, as a load balancer that loses patience does.
        self.close_connection = server.close_after_answer

    def finish(self) -> None:
        with suppress(OSError):
            super().finish()
        self.server.closed.release()

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def fake_appsync() -> Iterator[FakeAppSync]:
    with FakeAppSync() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.let_go.set()
            server.shutdown()
            thread.join(60)


def signature(headers: dict[str, str], body: bytes, path: str) -> str:
    """Compute a request's Signature Version 4 from AWS's description of it, not with botocore."""
    fields = dict(part.strip().split("=", 1) for part in headers["authorization"].split(" ", 1)[1].split(","))
    scope = fields["Credential"].split("/", 1)[1]
    date, region, service, _ = scope.split("/")
    names = fields["SignedHeaders"].split(";")
    lines = "".join(f"{name}:{' '.join(headers[name].split())}\n" for name in names)
    request = f"POST\n{path}\n\n{lines}\n{fields['SignedHeaders']}\n{hashlib.sha256(body).hexdigest()}"
    text = (
        f"AWS4-HMAC-SHA256\n{headers['x-amz-date']}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
    )
    key = f"AWS4{SECRET}".encode()
    for part in (date, region, service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.new(key, text.encode(), "sha256").hexdigest()
