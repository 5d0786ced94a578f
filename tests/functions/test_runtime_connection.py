"""The streaming runtime's own reading of HTTP."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest

from streaming_runtime import Runtime


@pytest.fixture
def door() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as door:
        yield door


def answered(door: socket.socket, *pieces: bytes) -> tuple[Runtime, threading.Thread]:
    """Return a runtime whose one request is answered by some pieces, and then closed."""

    def answer() -> None:
        connection, _ = door.accept()
        with connection:
            connection.recv(4096)
            for piece in pieces:
                connection.sendall(piece)

    thread = threading.Thread(target=answer)
    thread.start()
    return Runtime("127.0.0.1:{}".format(*door.getsockname()[1:])), thread


@pytest.mark.parametrize(
    "pieces",
    [
        (b"HTTP/1.1 200 OK\r\nX-Some: a: b \r\nContent-Length: 6\r\n\r\n", b"abc", b"def"),
        (
            b"HTTP/1.1 200 OK\r\nx-some:a: b\r\nTransfer-Encoding: chunked\r\n\r\n",
            b"4;n=1\r\nabcd\r\n2\r\nef\r\n0\r\n\r\n",
        ),
        (
            b"HTTP/1.1 200",
            b" OK\r\nX-SOME: a: b\r",
            b"\nConnection: close\r\nContent-Length: 6\r\n\r\nabcdef",
        ),
    ],
    ids=["by its length", "in chunks", "in odd pieces"],
)
def test_answer_is_read_whole(door: socket.socket, pieces: tuple[bytes, ...]) -> None:
    runtime, thread = answered(door, *pieces)
    body, headers = runtime._call("GET", "/next")
    assert (body, headers["x-some"]) == (b"abcdef", "a: b")
    runtime._close()
    thread.join()


def test_connection_that_ends_is_an_error(door: socket.socket) -> None:
    runtime, thread = answered(door)
    with pytest.raises(ConnectionResetError):
        runtime._call("GET", "/next")
    runtime._close()
    thread.join()


def test_runtime_ends_when_there_is_no_next_invocation(door: socket.socket) -> None:
    runtime, thread = answered(door, b"HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno")
    with pytest.raises(SystemExit, match="403: no"):
        runtime._call("GET", "/next")
    runtime._close()
    thread.join()
