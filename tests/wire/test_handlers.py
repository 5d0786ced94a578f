"""What a server offers its handlers: answers at once, bodies left out, and an end at once."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Coroutine

import pytest

from localcloud.wire import Request, Response, serve
from tests.wire.support import SECONDS, connected, serving


def plain(request: Request) -> Response:
    """Answer without waiting."""
    if request.path == "/fails":
        raise RuntimeError("no")
    return Response(200, request.path.encode())


async def test_synchronous_handler_keeps_the_order_of_thousands_of_requests() -> None:
    count = 5_000  # deeper than Python's stack, were one answer to call for the next
    async with serving(plain) as server, connected(server) as client:
        await client.send("".join(f"GET /{n} HTTP/1.1\r\nHost: h\r\n\r\n" for n in range(count)))
        assert [(await client.answer())[2] for _ in range(count)] == [f"/{n}".encode() for n in range(count)]


async def test_failing_synchronous_handler_is_answered_with_an_error(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with serving(plain) as server, connected(server) as client:
        await client.send("GET /fails HTTP/1.1\r\nHost: h\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n")
        assert [(await client.answer())[0] for _ in range(2)] == [500, 200]
    assert [record.message for record in caplog.records] == ["A request failed inside the local cloud"]


async def test_requests_continue_when_a_client_reads_large_answers_late() -> None:
    async with (
        serving(lambda request: Response(200, request.path.encode() * 300_000)) as server,
        connected(server) as client,
    ):
        await client.send(*(f"GET /{n} HTTP/1.1\r\nHost: h\r\n\r\n" for n in range(8)))
        await asyncio.sleep(0)
        bodies = [(await client.answer())[2] for _ in range(8)]
        assert bodies == [f"/{n}".encode() * 300_000 for n in range(8)]
        await client.send("GET /last HTTP/1.1\r\nHost: h\r\n\r\n")
        assert (await client.answer())[2] == b"/last" * 300_000


@pytest.mark.parametrize("chunked", [False, True])
async def test_body_above_the_limit_is_discarded_and_the_next_request_is_served(*, chunked: bool) -> None:
    def echo(request: Request) -> Response:
        return Response(200, f"{request.cut} {len(request.body)}".encode())

    body = "x" * 70_000
    framing = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {len(body)}"
    sent = f"{len(body):x}\r\n{body}\r\n0\r\n\r\n" if chunked else body
    server = await serve(echo, 0, max_body=65_536, cuts=True)
    async with connected(server) as client:
        await client.send(f"POST / HTTP/1.1\r\nHost: h\r\n{framing}\r\n\r\n{sent}")
        assert (await client.answer())[2] == b"True 0"
        await client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nab")
        assert (await client.answer())[2] == b"False 2"
    await server.close()


async def test_abort_cuts_a_client_whose_request_waits() -> None:
    waiting = asyncio.Event()

    async def never(_request: Request) -> Response:
        waiting.set()
        await asyncio.get_running_loop().create_future()
        raise AssertionError

    server = await serve(never, 0)
    async with connected(server) as client:
        await client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        async with asyncio.timeout(SECONDS):
            await waiting.wait()
        server.abort()
        assert await client.ended()


async def test_pending_answer_of_a_request_that_is_cut_at_once_is_closed() -> None:
    pending: list[Coroutine[None, None, Response]] = []

    async def wait_for_ever() -> Response:
        await asyncio.Event().wait()
        return Response(200)

    def cut(_request: Request) -> Coroutine[None, None, Response]:
        asyncio.get_running_loop().call_soon(server.abort)
        pending.append(wait_for_ever())
        return pending[0]

    async with serving(cut) as server, connected(server) as client:
        await client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        assert await client.ended()
    assert inspect.getcoroutinestate(pending[0]) == inspect.CORO_CLOSED
