"""An endpoint that SNS delivers to: it keeps its requests, and answers as scripted."""

from __future__ import annotations

import json
import re
import threading
import urllib.request
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.engine.patience import patience


@dataclass(frozen=True)
class Received:
    """One request, and its body as JSON where it is that."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def kind(self) -> str:
        return self.headers["x-amz-sns-message-type"]

    @property
    def document(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.body)
        return document


class Hook:
    """A web server on loopback; every path of it is an endpoint of its own."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.statuses: dict[str, list[int]] = {}
        self._arrived = threading.Condition()
        owner = self

        class Request(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                with owner._arrived:
                    owner.received.append(Received(self.path, headers, body))
                    statuses = owner.statuses.get(self.path)
                    status = statuses.pop(0) if statuses else 200
                    owner._arrived.notify_all()
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_args: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Request)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def at(self, path: str, kind: str | None = None) -> list[Received]:
        return [item for item in self.received if item.path == path and kind in {None, item.kind}]

    def wait(self, path: str, kind: str, number: int = 1) -> Received:
        """Return the last of so many messages of a kind."""
        with self._arrived:
            came = self._arrived.wait_for(lambda: len(self.at(path, kind)) >= number, patience())
        assert came, [(item.path, item.kind) for item in self.received]
        return self.at(path, kind)[number - 1]

    def confirm(self, path: str) -> str:
        """Confirm as an endpoint does, by a GET of the SubscribeURL; return the subscription's ARN."""
        document = self.wait(path, "SubscriptionConfirmation").document
        match = re.search("<SubscriptionArn>(.*)</SubscriptionArn>", get(document["SubscribeURL"]))
        assert match is not None
        return match[1]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def get(url: str) -> str:
    with urllib.request.urlopen(url, timeout=patience()) as answer:
        text: str = answer.read().decode()
        return text


def put(url: str, body: bytes) -> None:
    """Send a body with PUT."""
    request = urllib.request.Request(url, body, method="PUT")
    urllib.request.urlopen(request, timeout=60).close()
