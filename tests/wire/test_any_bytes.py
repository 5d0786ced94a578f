"""Whatever bytes come, the server goes on serving everybody else."""

from __future__ import annotations

import asyncio
import contextlib

import uvloop
from hypothesis import given, settings
from hypothesis import strategies as st

from localcloud.wire import Server, serve
from tests.examples import examples
from tests.wire.support import Sockets, connected, frame, handshake

PIECES = [
    b"GET / HTTP/1.1\r\n",
    b"POST /graphql HTTP/1.1\r\n",
    b"Host: h\r\n",
    b"Content-Length: 3\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Upgrade: websocket\r\nConnection: upgrade\r\n",
    b"Expect: 100-continue\r\n",
    b"\r\n",
    b"3\r\nabc\r\n",
    b"0\r\n\r\n",
    handshake(),
    frame("text"),
    frame("part", 0x01),
    frame(b"", 0x89),
    frame(b"\x03\xe8", 0x88),
    frame(b"\xff"),
]
ANYTHING = st.lists(st.one_of(st.sampled_from(PIECES), st.binary(max_size=40)), max_size=12)


async def storm(streams: list[list[bytes]]) -> None:
    sockets = Sockets()
    server = await serve(sockets.handle, 0)
    try:
        async with connected(server) as witness:
            await witness.send(handshake())
            assert (await witness.answer())[0] == 101
            await asyncio.gather(*(throw(server, stream) for stream in streams))
            await witness.send(frame("still here"))
            assert await witness.frame() == (0x81, b"heard 10")
    finally:
        await server.close()


async def throw(server: Server, stream: list[bytes]) -> None:
    with contextlib.suppress(ConnectionError):
        async with connected(server) as client:
            for piece in stream:
                await client.send(piece)
                await asyncio.sleep(0)
            client.writer.write_eof()
            await client.reader.read()


@settings(max_examples=examples(100), deadline=None)
@given(st.lists(ANYTHING, min_size=1, max_size=6))
def test_any_bytes_leave_the_server_and_its_other_clients_working(streams: list[list[bytes]]) -> None:
    uvloop.run(storm(streams))
