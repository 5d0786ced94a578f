"""A gate between the application and the cloud: it counts what goes through, holds it, breaks it.

What a test needs and a fault that is drawn by chance cannot give: to know that a request has come,
to keep it where it is for as long as that takes, and to know what became of it.
"""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

LONGEST = 180.0
"""Seconds after which a request that a test forgot is let go."""


@dataclass
class Passage:
    """One request that came to the gate; `status` is the answer it was given, None for none."""

    operation: str
    body: str
    status: int | None = None


@dataclass
class Fault:
    """What happens to the next ``times`` requests of an operation whose body holds ``text``.

    Parameters
    ----------
    carried_out : bool
        Whether the request is passed on.
    hold : bool
        Whether it waits at the gate until `release`: before it is passed on, or with
        ``carried_out_first`` after that.
    answer : tuple of int and dict, optional
        What is answered; without it the connection is closed, unless ``honest`` says to give the
        real answer.
    """

    operation: str
    text: str
    times: int
    carried_out: bool = True
    carried_out_first: bool = False
    hold: bool = False
    honest: bool = True
    answer: tuple[int, dict[str, str]] | None = None
    reached: threading.Event = field(default_factory=threading.Event)
    met: int = 0
    passage: Passage | None = None
    _let_go: threading.Event = field(default_factory=threading.Event)

    def release(self) -> None:
        """Let go what is held, now and later."""
        self.times = 0
        self._let_go.set()

    def wait(self) -> None:
        """Keep the request here."""
        self.reached.set()
        if self.hold:
            self._let_go.wait(LONGEST)


class Gate(ThreadingHTTPServer):
    """Passes requests on to ``target``, which may be set later."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.target = ""
        self.passages: list[Passage] = []
        self._faults: list[Fault] = []
        self._lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a client that was killed."""

    def hold(self, operation: str, text: str, *, after: bool = False) -> Fault:
        """Keep the next such request: before it is carried out, or ``after`` that, before its answer."""
        return self._add(Fault(operation, text, 1, hold=True, carried_out_first=after))

    def lose(self, operation: str, text: str, times: int = 1) -> Fault:
        """Carry it out and close the connection without an answer."""
        return self._add(Fault(operation, text, times, carried_out_first=True, honest=False))

    def hang(self, operation: str, text: str, times: int = 10_000) -> Fault:
        """Neither carry it out nor answer, until it is released; then close the connection."""
        return self._add(Fault(operation, text, times, carried_out=False, hold=True, honest=False))

    def refuse(self, operation: str, text: str, status: int, code: str, times: int = 10_000) -> Fault:
        """Answer with an AWS error and carry nothing out."""
        body = {"__type": code, "message": "made by a test"}
        return self._add(Fault(operation, text, times, carried_out=False, answer=(status, body)))

    def done(self, operation: str, *texts: str) -> list[Passage]:
        """Return those of `requests_of` that the cloud carried out and answered with 200."""
        return [passage for passage in self.requests_of(operation, *texts) if passage.status == 200]

    def requests_of(self, operation: str, *texts: str) -> list[Passage]:
        """Return the requests of an operation whose body holds all ``texts``."""
        with self._lock:
            return [
                passage
                for passage in self.passages
                if passage.operation == operation and all(text in passage.body for text in texts)
            ]

    def clear(self) -> None:
        """Forget all faults, and let go what they hold."""
        with self._lock:
            for fault in self._faults:
                fault.release()
            self._faults.clear()

    def enter(self, passage: Passage) -> Fault | None:
        """Take note of a request; return what is to happen to it."""
        with self._lock:
            self.passages.append(passage)
            for fault in self._faults:
                if fault.times > 0 and fault.operation == passage.operation and fault.text in passage.body:
                    fault.times -= 1
                    fault.met += 1
                    fault.passage = passage
                    return fault
        return None

    def _add(self, fault: Fault) -> Fault:
        with self._lock:
            self._faults.append(fault)
        return fault


class _Handler(BaseHTTPRequestHandler):
    server: Gate
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", "0")))
        # GraphQL has no header that names the operation: there the whole gate is for one mutation.
        operation = self.headers.get("x-amz-target", "").rpartition(".")[2] or "publish"
        passage = Passage(operation, body.decode("utf-8", "replace"))
        fault = self.server.enter(passage)
        if fault is None:
            self._give(*self._pass_on(body, passage))
            return
        answer = self._pass_on(body, passage) if fault.carried_out_first else None
        fault.wait()
        if answer is None and fault.carried_out:
            answer = self._pass_on(body, passage)
        if fault.answer is not None:
            status, document = fault.answer
            passage.status = status
            self._give(status, "application/x-amz-json-1.0", json.dumps(document).encode())
        elif fault.honest and answer is not None:
            self._give(*answer)
        else:
            self.close_connection = True

    def _pass_on(self, body: bytes, passage: Passage) -> tuple[int, str, bytes]:
        connection = http.client.HTTPConnection(urlsplit(self.server.target).netloc, timeout=LONGEST)
        try:
            connection.request("POST", self.path, body, dict(self.headers.items()))
            answer = connection.getresponse()
            payload = answer.read()
        finally:
            connection.close()
        passage.status = answer.status
        return answer.status, answer.headers.get("content-type", "application/json"), payload

    def _give(self, status: int, kind: str, payload: bytes) -> None:
        # The client may have been killed meanwhile.
        with suppress(OSError):
            self.send_response(status)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)
            self.wfile.flush()

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def open_gate() -> Iterator[Gate]:
    """Run a gate until the block ends."""
    with Gate() as gate:
        thread = threading.Thread(target=gate.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield gate
        finally:
            gate.clear()
            gate.shutdown()
            thread.join(60)
