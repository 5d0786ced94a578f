"""A connection that posts: what it sends, what it reads as ``http.client`` does, what it refuses."""

from __future__ import annotations

import io
import itertools
import math
import socket
import time
from collections.abc import Callable, Sequence
from http.client import HTTPException, HTTPResponse, RemoteDisconnected

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orders.adapters.http import HttpPool
from orders.adapters.http_connection import HttpConnection, MalformedResponse, Request, Response
from orders.errors import PublishFailed, PublishLate

LARGEST = 500


class Wire:
    """A socket that answers in pieces, and keeps what is written, one entry a write."""

    def __init__(self, pieces: Sequence[bytes]) -> None:
        self.written: list[bytes] = []
        self.closed = False
        self.limits: list[float] = []
        self._pieces = [piece for piece in pieces if piece]

    def sendall(self, data: bytes) -> None:
        self.written.append(data)

    def recv(self, _size: int) -> bytes:
        return self._pieces.pop(0) if self._pieces else b""

    def settimeout(self, seconds: float) -> None:
        self.limits.append(seconds)

    def setsockopt(self, *_option: int) -> None:
        """Send at once in any case."""

    def close(self) -> None:
        self.closed = True


Connect = Callable[[Sequence[bytes]], tuple[HttpConnection, Wire]]


@pytest.fixture
def connect(monkeypatch: pytest.MonkeyPatch) -> Connect:
    def connect(pieces: Sequence[bytes]) -> tuple[HttpConnection, Wire]:
        wire = Wire(pieces)
        monkeypatch.setattr(socket, "create_connection", lambda *_args, **_kwargs: wire)
        return HttpConnection("host", 80, "host", None), wire

    return connect


def post(connection: HttpConnection) -> Response:
    request = Request("POST", "/path", b"body", {"x": "y"})
    return connection.exchange(request, deadline=math.inf, largest=LARGEST)


def test_request_goes_out_in_one_write(connect: Connect) -> None:
    connection, wire = connect([b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"])
    assert post(connection) == Response(200, b"{}")
    assert wire.written == [
        b"POST /path HTTP/1.1\r\nHost: host\r\nContent-Length: 4\r\nx: y\r\n\r\nbody",
    ]


@pytest.mark.parametrize(("seconds", "times"), [(60.0, 1), (59.0, 2), (61.0, 2)])
def test_time_limit_is_set_again_when_another_one_is_wanted(
    connect: Connect, monkeypatch: pytest.MonkeyPatch, seconds: float, times: int
) -> None:
    connection, wire = connect([b"HTTP/1.1 204\r\n\r\n", b"HTTP/1.1 204\r\n\r\n"])
    monkeypatch.setattr(time, "monotonic", lambda: 0.0)
    for deadline in (60.0, seconds):
        connection.exchange(Request("POST", "/", b"", {}), deadline=deadline, largest=LARGEST)
    assert wire.limits == [60.0, seconds][:times]


@pytest.mark.parametrize(
    ("path", "headers"), [("/a\r\nx: y", {}), ("/", {"x": "a\nb"}), ("/", {"x\r\ny": "a"})]
)
def test_post_refuses_a_line_end_in_its_header(connect: Connect, path: str, headers: dict[str, str]) -> None:
    connection, wire = connect([])
    with pytest.raises(ValueError, match="line's end"):
        connection.exchange(Request("POST", path, b"", headers), deadline=math.inf, largest=LARGEST)
    assert wire.written == []


@st.composite
def answers(draw: st.DrawFn) -> bytes:
    """Return an answer as a server may send it, whole."""
    body = draw(st.binary(max_size=LARGEST - 1))
    version = draw(st.sampled_from(["HTTP/1.1", "HTTP/1.0"]))
    status = draw(st.sampled_from(["200 OK", "200", "204 No Content", "410 Gone", "503 Slow Down"]))
    head = [f"{version} {status}", f"X-Other: {draw(st.sampled_from(['', 'a', 'a: b']))}"]
    head += draw(st.sampled_from([[], ["Connection: close"], ["connection:Keep-Alive"]]))
    if status.startswith("204"):
        payload = b""
    elif draw(st.booleans()):
        head.append(f"CONTENT-length:{len(body)}")
        payload = body
    elif version == "HTTP/1.1" and draw(st.booleans()):
        head.append("Transfer-Encoding: chunked")
        sizes = draw(st.lists(st.integers(1, 90), max_size=8))
        payload = b""
        for size in sizes:
            piece, body = body[:size], body[size:]
            payload += b"%x;ext=1\r\n%b\r\n" % (len(piece), piece) if piece else b""
        payload += b"0\r\nTrailer: x\r\n\r\n"
    else:
        payload = body
    interim = draw(st.sampled_from(["", "HTTP/1.1 100 Continue\r\n\r\n"]))
    return (interim + "\r\n".join(head) + "\r\n\r\n").encode() + payload


class Reading:
    """What ``http.client`` reads an answer from."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def makefile(self, *_args: object) -> io.BytesIO:
        return io.BytesIO(self._data)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(answer=answers(), cuts=st.lists(st.integers(0, 900), max_size=6))
def test_answer_is_read_as_the_standard_library_reads_it(
    connect: Connect, answer: bytes, cuts: list[int]
) -> None:
    theirs = HTTPResponse(Reading(answer), method="POST")  # type: ignore[arg-type]
    theirs.begin()
    expected = Response(theirs.status, theirs.read())
    places = [0, *sorted(cuts), len(answer)]
    connection, _ = connect([answer[a:b] for a, b in itertools.pairwise(places)])
    assert post(connection) == expected
    assert connection.reusable == (not theirs.will_close)


@given(data=st.binary(max_size=80), start=st.sampled_from([b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 "]))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_invalid_answer_is_an_http_exception(connect: Connect, data: bytes, start: bytes) -> None:
    connection, _ = connect([start + data])
    try:
        post(connection)
    except HTTPException:
        assert not connection.reusable


def test_connection_distinguishes_a_closed_one_from_a_cut_answer(connect: Connect) -> None:
    with pytest.raises(RemoteDisconnected):
        post(connect([])[0])
    for cut in (b"HTTP/1.1 2", b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab"):
        with pytest.raises(MalformedResponse, match="ended in its"):
            post(connect([cut])[0])


def test_oversized_body_is_cut_and_ends_the_connection(connect: Connect) -> None:
    head = b"HTTP/1.1 200 OK\r\n"
    long = b"x" * (LARGEST + 1)
    for answer in (
        head + b"Content-Length: 501\r\n\r\n" + long,
        head + b"Transfer-Encoding: chunked\r\n\r\n1f5\r\n" + long + b"\r\n0\r\n\r\n",
        head + b"\r\n" + long,
    ):
        connection, _ = connect([answer])
        assert post(connection).body == long[:LARGEST]
        assert not connection.reusable


def test_bytes_after_the_answer_are_ignored(connect: Connect) -> None:
    connection, _ = connect([b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nab"])
    assert post(connection).body == b"a"
    assert not connection.reusable


def test_pool_names_the_malformed_answer(connect: Connect) -> None:
    connect([b"220 mail.example.com ready\r\n\r\n"])
    with pytest.raises(PublishFailed, match="MalformedResponse: the answer begins with"):
        HttpPool("http://host").post(b"", {}, deadline=math.inf)


def test_pool_is_late_after_its_deadline(connect: Connect) -> None:
    connect([])
    with pytest.raises(PublishLate):
        HttpPool("http://host").post(b"", {}, deadline=time.monotonic() - 1)
