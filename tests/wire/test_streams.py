"""Bodies that pass piece by piece, both ways, over a real socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from hypothesis import given, settings
from hypothesis import strategies as st

from localcloud.wire import BodyStream, BrokenBody, Request, Response, Server, StreamedResponse, serve
from localcloud.wire.reading import RequestReader
from localcloud.wire.streams import MOST_WAITING, chunk
from tests.examples import examples
from tests.wire.support import connected

HEAD = "POST /stream HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"


@asynccontextmanager
async def streaming(handler: object) -> AsyncIterator[Server]:
    server = await serve(handler, 0, streams=lambda request: request.path == "/stream")  # type: ignore[arg-type]
    try:
        yield server
    finally:
        await server.close()


async def test_body_is_delivered_while_it_arrives() -> None:
    pieces: asyncio.Queue[bytes] = asyncio.Queue()

    async def take(request: Request) -> Response:
        assert request.stream is not None
        async for piece in request.stream:
            pieces.put_nowait(piece)
        return Response(200, repr(request.stream.trailers).encode())

    async with streaming(take) as server, connected(server) as client:
        await client.send(HEAD, "3\r\nabc\r\n")
        assert await asyncio.wait_for(pieces.get(), 10) == b"abc"  # the request has no end yet
        await client.send("2\r\nde\r\n0\r\nX-Error-Type: Broken\r\nX-Two: 2\r\n\r\n")
        status, _, body = await client.answer()
        assert (status, body) == (200, b"{'x-error-type': 'Broken', 'x-two': '2'}")
        await client.send(HEAD, "0\r\n\r\n")  # the connection is kept
        assert (await client.answer())[2] == b"{}"


async def test_truncated_body_raises() -> None:
    ended = asyncio.Event()

    async def take(request: Request) -> Response:
        assert request.stream is not None
        try:
            async for _ in request.stream:
                pass
        except BrokenBody:
            ended.set()
        return Response()

    async with streaming(take) as server:
        async with connected(server) as client:
            await client.send(HEAD, "3\r\nabc\r\n")
        await asyncio.wait_for(ended.wait(), 60)


async def test_sender_waits_for_the_reader() -> None:
    go = asyncio.Event()
    size = 0

    async def take(request: Request) -> Response:
        nonlocal size
        await go.wait()
        assert request.stream is not None
        async for piece in request.stream:
            size += len(piece)
        return Response()

    total = 400 * 65536  # more than what sockets and the stream hold
    async with streaming(take) as server, connected(server) as client:
        client.writer.write(HEAD.encode() + chunk(bytes(65536)) * 400 + b"0\r\n\r\n")
        sending = asyncio.ensure_future(client.writer.drain())
        done, _ = await asyncio.wait({sending}, timeout=0.3)
        assert not done
        go.set()
        assert (await client.answer())[0] == 200
        await sending
    assert size == total


@settings(max_examples=examples(100))
@given(st.lists(st.binary(min_size=1, max_size=40), max_size=8), st.data())
def test_a_body_is_the_same_however_its_bytes_are_cut(pieces: list[bytes], data: st.DataObject) -> None:
    streams: list[BodyStream] = []
    reader = RequestReader("127.0.0.1", 10, lambda: None, streams=lambda request: True)
    wire = HEAD.encode() + b"".join(map(chunk, pieces)) + b"0\r\nX-One: 1\r\n\r\n"
    while wire:
        cut = data.draw(st.integers(1, len(wire)))
        reader.feed(wire[:cut])
        wire = wire[cut:]
        streams += [reader.stream] if reader.stream is not None and reader.stream not in streams else []
    (request,) = reader.waiting
    assert isinstance(request, Request) and request.stream is not None
    assert request.stream.ended and request.stream.trailers == {"x-one": "1"}

    async def read() -> bytes:
        assert request.stream is not None
        return b"".join([piece async for piece in request.stream])

    assert asyncio.run(read()) == b"".join(pieces)


def test_a_stream_is_full_from_its_limit_on() -> None:
    async def fill() -> None:
        paced = 0

        def pace() -> None:
            nonlocal paced
            paced += 1

        stream = BodyStream(pace)
        stream.feed(bytes(MOST_WAITING))
        full = [stream.full]
        stream.feed(b"more")
        stream.end()
        assert [len(piece) async for piece in stream] == [MOST_WAITING, 4]
        assert [*full, stream.full] == [True, False]
        assert paced == 1

    asyncio.run(fill())


async def test_answer_is_sent_while_it_is_produced() -> None:
    go = asyncio.Event()

    async def make() -> AsyncIterator[bytes]:
        yield b"one"
        await go.wait()
        yield b""
        yield b"two"

    async def answer(request: Request) -> StreamedResponse:
        return StreamedResponse(make(), 201, {"X-One": "1"})

    async with streaming(answer) as server, httpx.AsyncClient() as client:
        url = f"http://127.0.0.1:{server.port}/"
        for _ in range(2):  # the connection is kept
            go.clear()
            async with client.stream("GET", url, timeout=60) as response:
                assert (response.status_code, response.headers["x-one"]) == (201, "1")
                pieces = response.aiter_raw()
                assert await anext(pieces) == b"one"
                go.set()
                assert b"".join([piece async for piece in pieces]) == b"two"


async def test_an_answer_is_closed_when_its_client_goes() -> None:
    closed = asyncio.Event()

    async def make() -> AsyncIterator[bytes]:
        try:
            yield b"one"
            await asyncio.Event().wait()
        finally:
            closed.set()

    async def answer(request: Request) -> StreamedResponse:
        return StreamedResponse(make())

    async with streaming(answer) as server:
        async with connected(server) as client:
            await client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
            await client.reader.readuntil(b"one\r\n")
        await asyncio.wait_for(closed.wait(), 10)


async def test_interrupted_answer_is_cut() -> None:
    async def make() -> AsyncIterator[bytes]:
        yield b"one"
        raise OSError("no more")

    async def answer(request: Request) -> StreamedResponse:
        return StreamedResponse(make())

    async with streaming(answer) as server, connected(server) as client:
        await client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        try:
            text = await asyncio.wait_for(client.reader.read(), 10)
        except ConnectionError:
            text = b""
        assert not text.endswith(b"0\r\n\r\n")
