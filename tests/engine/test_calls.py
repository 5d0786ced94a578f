"""Calls of the Lambda service: connections are kept, and nothing is sent twice."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from localcloud.engine.calls import CallerPool, CallError

ANSWER = b"HTTP/1.1 200 OK\r\nX-Amz-Function-Error: Unhandled\r\nContent-Length: 2\r\n\r\n{}"


class Server:
    """Answers each request on a connection with the next of some bytes; ``None`` closes the connection."""

    def __init__(self, *answers: bytes | None) -> None:
        self.requests: list[bytes] = []
        self.connections = 0
        self.closed = threading.Semaphore(0)
        self._answers = list(answers)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _address = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            with connection:
                while request := connection.recv(65536):
                    self.requests.append(request)
                    answer = self._answers.pop(0)
                    if answer is None:
                        break
                    connection.sendall(answer)
                    if b"close" in answer:
                        break
            self.closed.release()

    def close(self) -> None:
        if self._listener.fileno() >= 0:
            # An accept that waits does not notice that its socket is closed.
            self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()


@contextmanager
def serving(*answers: bytes | None) -> Iterator[tuple[Server, CallerPool]]:
    server = Server(*answers)
    caller = CallerPool(server.url, seconds=60)
    try:
        yield server, caller
    finally:
        caller.close()
        server.close()


def test_call_sends_its_request_and_returns_the_answer() -> None:
    with serving(ANSWER) as (server, caller):
        reply = caller.post("/functions/f", {"X-Amz-Invocation-Type": "Event"}, b'{"a": 1}')
        assert (reply.status, reply.body, reply.headers["x-amz-function-error"]) == (200, b"{}", "Unhandled")
        head, _, body = server.requests[0].partition(b"\r\n\r\n")
        assert head.startswith(b"POST /functions/f HTTP/1.1\r\nHost: 127.0.0.1:")
        assert b"\r\nX-Amz-Invocation-Type: Event\r\nContent-Length: 8" in head
        assert body == b'{"a": 1}'


def test_connection_serves_one_call_after_the_other() -> None:
    with serving(ANSWER, ANSWER, ANSWER) as (server, caller):
        for _ in range(3):
            caller.post("/", {}, b"")
        assert server.connections == 1


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"1\r\n{\r\n1\r\n}\r\n0\r\n\r\n",
    ],
)
def test_closed_connection_is_not_reused(answer: bytes) -> None:
    with serving(answer, ANSWER) as (server, caller):
        assert caller.post("/", {}, b"").body == b"{}"
        assert server.closed.acquire(timeout=60)
        assert caller.post("/", {}, b"").body == b"{}"
        assert server.connections == 2


def test_connection_closed_while_idle_is_replaced() -> None:
    silent = ANSWER + b"HTTP/1.1 408 close\r\n"
    with serving(silent, ANSWER) as (server, caller):
        caller.post("/", {}, b"")
        assert server.closed.acquire(timeout=60)
        assert caller.post("/", {}, b"").status == 200
        assert (server.connections, len(server.requests)) == (2, 2)


@pytest.mark.parametrize(
    "answer", [None, b"HTTP/1.1 200 OK close\r\nContent-Length: 9\r\n\r\n{}", b"close\r\n\r\n"]
)
def test_call_with_a_truncated_answer_is_not_repeated(answer: bytes | None) -> None:
    with serving(answer, ANSWER) as (server, caller):
        with pytest.raises(CallError, match=r"no answer from 127\.0\.0\.1"):
            caller.post("/", {}, b"")
        assert len(server.requests) == 1


def test_unreachable_server_is_named() -> None:
    with serving() as (server, caller):
        server.close()
        with pytest.raises(CallError, match=r"no connection to 127\.0\.0\.1:\d+"):
            caller.post("/", {}, b"")
