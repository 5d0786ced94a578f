"""Requests and answers of HTTP/1.1 as servers write them, well and badly."""

from __future__ import annotations

import asyncio

import pytest

from localcloud.calls import AnswerTooLarge, HttpConnections, NoAnswer, TimedOut
from localcloud.calls.connections import MOST
from localcloud.processes.stopwatch import Overhead, ProcessTimes
from localcloud.wire import Request, Response, serve
from tests.calls.support import answer, answering, until


async def test_connection_is_kept_and_reused() -> None:
    async with answering(answer(b"one"), answer(b"two")) as peer:
        connections = HttpConnections(peer.endpoint)
        assert [(await connections.send("POST", "/", {}, b"x")).body for _ in range(2)] == [b"one", b"two"]
        connections.close()
        assert peer.connections == 1
        await until(lambda: peer.lost == 1)


async def test_answer_has_status_headers_and_body() -> None:
    headers = ["X-One: 1", "X-Two: a", "X-Two: b", "x-amzn-RequestId: r-1"]
    async with answering(answer(b"{}", "404 Not Found", headers)) as peer:
        connections = HttpConnections(peer.endpoint)
        result = await connections.send("GET", "/a?b=c", {"Accept": "x"})
        connections.close()
    assert (result.status, result.body) == (404, b"{}")
    assert (result.headers["X-Two"], result.header("x-amzn-requestid")) == ("a, b", "r-1")
    assert result.header("x-none", "unknown") == "unknown"
    assert peer.requests == [
        (f"GET /a?b=c HTTP/1.1\r\nHost: 127.0.0.1:{peer.port}\r\nAccept: x\r\n\r\n", b"")
    ]


@pytest.mark.parametrize(
    ("sent", "body"),
    [
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", b"abcde"),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx", b"x"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", b""),
        (b"HTTP/1.0 200 OK\r\nConnection: close\r\n\r\nup to the end", b"up to the end"),
    ],
)
async def test_answer_is_read_in_every_framing(sent: bytes, body: bytes) -> None:
    async with answering(sent) as peer:
        connections = HttpConnections(peer.endpoint)
        assert (await connections.send("GET", "/", {})).body == body
        connections.close()


async def test_closed_connection_is_not_reused() -> None:
    async with answering(answer(b"", headers=["Connection: close"]), answer(b"new")) as peer:
        connections = HttpConnections(peer.endpoint)
        await connections.send("GET", "/", {})
        assert (await connections.send("GET", "/", {})).body == b"new"
        connections.close()
        assert peer.connections == 2


@pytest.mark.parametrize(
    "sent",
    [
        None,
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nab",
        b"no HTTP\r\nConnection: close\r\n\r\n",
    ],
)
async def test_truncated_answer_raises_and_is_not_repeated(sent: bytes | None) -> None:
    async with answering(sent) as peer:
        connections = HttpConnections(peer.endpoint)
        with pytest.raises(NoAnswer):
            await connections.send("POST", "/", {}, b"x")
        connections.close()
        assert len(peer.requests) == 1


async def test_missing_server_gives_no_answer() -> None:
    async with answering() as peer:
        pass
    with pytest.raises(NoAnswer, match="cannot be reached"):
        await HttpConnections(peer.endpoint).send("GET", "/", {})


async def test_hanging_server_is_cut_off() -> None:
    never = asyncio.Event()

    async def hang(_request: Request) -> Response:
        await never.wait()
        return Response(200)

    server = await serve(hang, 0)
    connections = HttpConnections(f"http://127.0.0.1:{server.port}", seconds=0.05)
    with pytest.raises(TimedOut, match=r"no answer in 0\.05 s"):
        await connections.send("GET", "/", {})
    never.set()
    await server.close()


async def test_busy_server_gets_more_time() -> None:
    loop = asyncio.get_running_loop()
    start = loop.time()

    async def hang(_request: Request) -> Response:
        await asyncio.Event().wait()
        return Response(200)

    def busy_for_a_second(_pid: int) -> ProcessTimes:
        return ProcessTimes(min(loop.time() - start, 1.0), 0.0)

    overhead = Overhead(loop.time, busy_for_a_second)
    overhead.watch(1)
    server = await serve(hang, 0)
    connections = HttpConnections(f"http://127.0.0.1:{server.port}", overhead, 0.2)
    with pytest.raises(TimedOut):
        await connections.send("GET", "/", {})
    assert loop.time() - start >= 1.0
    await server.close()


async def test_oversized_answer_is_refused_and_the_next_call_succeeds() -> None:
    async with answering(answer(b"x" * 100_001), answer(b"x" * 100_000)) as peer:
        connections = HttpConnections(peer.endpoint)
        with pytest.raises(AnswerTooLarge):
            await connections.send("GET", "/", {}, limit=100_000)
        assert len((await connections.send("GET", "/", {}, limit=100_000)).body) == 100_000
        connections.close()


async def test_abandoned_call_leaves_no_answer_to_the_next_one() -> None:
    release = asyncio.Event()

    async def slow(request: Request) -> Response:
        if request.path == "/slow":
            await release.wait()
        return Response(200, request.path.encode())

    server = await serve(slow, 0)
    connections = HttpConnections(f"http://127.0.0.1:{server.port}")
    given_up = asyncio.create_task(connections.send("GET", "/slow", {}))
    await asyncio.sleep(0)
    given_up.cancel()
    with pytest.raises(asyncio.CancelledError):
        await given_up
    release.set()
    assert (await connections.send("GET", "/next", {})).body == b"/next"
    connections.close()
    await server.close()


async def test_calls_beyond_the_connections_wait_for_their_turn() -> None:
    server = await serve(lambda request: Response(200, request.body), 0)
    connections = HttpConnections(f"http://127.0.0.1:{server.port}")
    bodies = [str(number).encode() for number in range(3 * MOST)]
    answers = await asyncio.gather(*(connections.send("POST", "/", {}, body) for body in bodies))
    assert [result.body for result in answers] == bodies
    connections.close()
    await server.close()


@pytest.mark.parametrize(
    ("target", "line"),
    [("/a b", "/a%20b"), ("/\u00e9?q=%20", "/%C3%A9?q=%20"), ("/x\r\nHost: y", "/x%0D%0AHost:%20y")],
)
async def test_target_cannot_break_the_request_line(target: str, line: str) -> None:
    async with answering(answer(b"")) as peer:
        connections = HttpConnections(peer.endpoint)
        await connections.send("GET", target, {"a": "1\r\nb: 2"})
        connections.close()
    ((head, _),) = peer.requests
    assert head.split("\r\n")[0] == f"GET {line} HTTP/1.1"
    assert "a: 1  b: 2" in head.split("\r\n")
