"""HTTP/1.1 as clients write it, well and badly, byte by byte."""

from __future__ import annotations

import asyncio

import pytest

from localcloud.wire import MAX_BODY, MAX_LINE, Request, Response, http
from tests.wire.support import connected, echo, serving

POST = "POST /graphql HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc"


async def test_request_is_parsed_completely() -> None:
    async with serving() as server, connected(server) as client:
        await client.send(
            "POST /graphql%2Fx?a=1&b=x+y%26&a=2&c= HTTP/1.1\r\nHost: h\r\nX-One: 1\r\nx-one: 2\r\n"
            "Content-Length: 5\r\n\r\nh\u00e9llo"[:-1]
        )
        request = await client.echoed()
    assert request == {
        "method": "POST",
        "path": "/graphql/x",
        "query": {"a": "1", "b": "x y&", "c": ""},
        "headers": {"host": "h", "x-one": "1, 2", "content-length": "5"},
        "body": "h\u00e9ll",
    }


def test_request_targets_are_parsed() -> None:
    request = Request("GET", "http://host:80/graphql/realtime?header=a%3D#part", {})
    assert (request.path, request.raw_query, request.query) == (
        "/graphql/realtime",
        "header=a%3D",
        {"header": "a="},
    )
    assert Request("OPTIONS", "*", {}).path == "/"
    assert (Request("GET", "/a%20b", {}).path, Request("GET", "/a%20b", {}).raw_path) == ("/a b", "/a%20b")


async def test_kept_connection_answers_requests_in_order() -> None:
    async def slow_first(request: Request) -> Response:
        if request.path == "/0":
            await asyncio.sleep(0.05)
        return Response(200, request.path.encode())

    async with serving(slow_first) as server, connected(server) as client:
        await client.send("".join(f"GET /{n} HTTP/1.1\r\nHost: h\r\n\r\n" for n in range(50)))
        assert [(await client.answer())[2] for _ in range(50)] == [f"/{n}".encode() for n in range(50)]
        await client.send("GET /last HTTP/1.1\r\nHost: h\r\n\r\n")
        status, headers, body = await client.answer()
        assert (status, body, "connection" in headers) == (200, b"/last", False)
        assert headers["date"].endswith(" GMT")


@pytest.mark.parametrize(
    "request_",
    [
        "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
        "GET / HTTP/1.0\r\nHost: h\r\n\r\n",
    ],
)
async def test_connection_without_keep_alive_is_closed(request_: str) -> None:
    async with serving() as server, connected(server) as client:
        await client.send(request_)
        status, headers, _ = await client.answer()
        assert (status, headers["connection"]) == (200, "close")
        assert await client.ended()


async def test_request_in_single_bytes_is_read() -> None:
    async with serving() as server, connected(server) as client:
        for byte in POST.encode():
            await client.send(bytes((byte,)))
        assert (await client.echoed())["body"] == "abc"


async def test_chunked_body_is_read() -> None:
    async with serving() as server, connected(server) as client:
        await client.send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n")
        await client.send("2\r\nab\r\n", "3;x=y\r\ncde\r\n", "0\r\nTrailer: t\r\n\r\n")
        assert (await client.echoed())["body"] == "abcde"
        await client.send(POST)
        assert (await client.echoed())["body"] == "abc"


async def test_body_in_many_chunks_is_read() -> None:
    async with serving() as server, connected(server) as client:
        await client.send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n")
        await client.send("1\r\na\r\n" * 200_000 + "0\r\n\r\n")
        assert (await client.echoed())["body"] == "a" * 200_000


async def test_waiting_client_receives_100_continue() -> None:
    async with serving() as server, connected(server) as client:
        await client.send("POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
        assert (await client.answer())[0] == 100
        await client.send("ab")
        assert (await client.echoed())["body"] == "ab"


async def test_answer_to_head_has_no_body() -> None:
    async with serving() as server, connected(server) as client:
        await client.send("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n", POST)
        status, headers, _ = await client.answer(body=False)
        assert (status, int(headers["content-length"]) > 10) == (200, True)
        assert (await client.echoed())["body"] == "abc"


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        ("GET / HTTP/1.1\r\nno colon\r\n\r\n", 400),
        ("what is this?\r\n\r\n", 400),
        ("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),  # TLS
        ("GET / HTTP/3.0\r\nHost: h\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400),
        (
            "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            400,
        ),
        ("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nno hex\r\n", 400),
        (f"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: {MAX_BODY + 1}\r\n\r\n", 413),
        (f"GET /{'x' * MAX_LINE} HTTP/1.1\r\nHost: h\r\n\r\n", 414),
        (f"GET / HTTP/1.1\r\nHost: h\r\nX: {'x' * (MAX_LINE + 1)}\r\n\r\n", 431),
        ("GET / HTTP/1.1\r\n" + "".join(f"X{n}: {'x' * 60_000}\r\n" for n in range(5)) + "\r\n", 431),
        ("POST / HTTP/1.1\r\nHost: h\r\nExpect: wonders\r\nContent-Length: 1\r\n\r\na", 417),
        ("CONNECT h:443 HTTP/1.1\r\nHost: h\r\n\r\n", 405),
    ],
)
async def test_malformed_request_is_refused(request_: str, status: int) -> None:
    async with serving() as server, connected(server) as client:
        # What came before it is answered, and what comes after it is not.
        await client.send(POST, request_, POST)
        assert (await client.echoed())["body"] == "abc"
        refused, headers, _ = await client.answer()
        assert (refused, headers["connection"]) == (status, "close")
        assert await client.ended()


async def test_endless_line_is_refused() -> None:
    async with serving() as server, connected(server) as client:
        await client.send("GET / HTTP/1.1\r\nHost: h\r\nX: ")
        for _ in range(100):
            await client.send(b"x" * 16_384)
        assert (await client.answer())[0] == 431


async def test_body_growing_too_large_is_refused_with_a_readable_answer() -> None:
    async with serving() as server, connected(server) as client:
        await client.send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in range(MAX_BODY // 65_536 + 1):
            await client.send(b"10000\r\n" + b"x" * 65_536 + b"\r\n")
        assert (await client.answer())[0] == 413


async def test_half_closed_client_receives_its_answers() -> None:
    async def slow(request: Request) -> Response:
        await asyncio.sleep(0.05)
        return Response(200, request.path.encode())

    async with serving(slow) as server, connected(server) as client:
        await client.send("GET /1 HTTP/1.1\r\nHost: h\r\n\r\nGET /2 HTTP/1.1\r\nHost: h\r\n\r\n")
        client.writer.write_eof()
        assert [(await client.answer())[2] for _ in range(2)] == [b"/1", b"/2"]
        assert await client.ended()


async def test_an_upgrade_to_what_is_not_served_is_a_request_like_any_other() -> None:
    upgrade = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"
    async with serving() as server, connected(server) as client:
        # So do Java's HttpClient and `curl --http2` begin.
        await client.send(f"POST / HTTP/1.1\r\nHost: h\r\n{upgrade}Content-Length: 2\r\n\r\nab", POST)
        assert (await client.echoed())["body"] == "ab"
        assert (await client.echoed())["body"] == "abc"


async def test_failing_handler_is_answered_with_an_error(caplog: pytest.LogCaptureFixture) -> None:
    async def fails(request: Request) -> Response:
        if request.path == "/fails":
            raise RuntimeError("no")
        return Response(200)

    async with serving(fails) as server, connected(server) as client:
        await client.send("GET /fails HTTP/1.1\r\nHost: h\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n")
        assert [(await client.answer())[0] for _ in range(2)] == [500, 200]
    assert [record.message for record in caplog.records] == ["A request failed inside the local cloud"]


def test_invalid_headers_of_a_handler_are_contained() -> None:
    answer = Response(200, b"x", {"a": "1\r\nSet-Cookie: no", "Content-Length": "9", "b\n": "\u2713"})
    head, _, body = answer.encode().partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    assert (lines[1], lines[2], lines[3], body) == (
        "a: 1  Set-Cookie: no",
        "b : \u2713",
        "Content-Length: 1",
        b"x",
    )


async def test_unread_answers_delay_their_client_alone() -> None:
    count = 0

    async def much(request: Request) -> Response:
        nonlocal count
        count += 1
        return Response(200, b"x" * 1_000_000)

    async with serving(much) as server, connected(server) as deaf, connected(server) as other:
        await deaf.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n" * 200)
        for _ in range(3):
            await other.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
            assert len((await other.answer())[2]) == 1_000_000
        assert count < 50


async def test_a_silent_connection_is_closed_and_a_busy_one_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "IDLE_SECONDS", 1.0)

    async def slow(_request: Request) -> Response:
        await asyncio.sleep(2.5)
        return Response(200, b"at last")

    async with serving(slow) as server, connected(server) as busy, connected(server) as half:
        await busy.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        await half.send("GET / HTTP/1.1\r\nHo")
        assert await half.ended()
        assert (await busy.answer())[2] == b"at last"
        assert await busy.ended()


async def test_stopping_server_finishes_running_requests() -> None:
    start, go_on = asyncio.Event(), asyncio.Event()

    async def slow(request: Request) -> Response:
        if request.path == "/slow":
            start.set()
            await go_on.wait()
        return await echo(request)  # type: ignore[return-value]

    async with serving(slow) as server, connected(server) as busy, connected(server) as idle:
        await idle.send(POST)
        await idle.echoed()
        await busy.send("GET /slow HTTP/1.1\r\nHost: h\r\n\r\n")
        await start.wait()
        closing = asyncio.create_task(server.close())
        assert await idle.ended()
        go_on.set()
        status, headers, _ = await busy.answer()
        assert (status, headers["connection"]) == (200, "close")
        assert await busy.ended()
        await closing
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", server.port)
