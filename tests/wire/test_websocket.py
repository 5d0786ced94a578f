"""WebSockets as clients open, use and leave them, well and badly."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest

from localcloud.wire import Server, serve
from localcloud.wire import websocket as module
from tests.wire.support import Client, Sockets, connected, frame, handshake, until


@pytest.fixture
def sockets() -> Sockets:
    return Sockets()


@pytest.fixture
async def server(sockets: Sockets) -> AsyncIterator[Server]:
    listening = await serve(sockets.handle, 0)
    yield listening
    await listening.close()


async def opened(client: Client) -> None:
    await client.send(handshake())
    assert (await client.answer())[0] == 101


async def test_messages_sent_with_the_handshake_are_received(server: Server, sockets: Sockets) -> None:
    async with connected(server) as client:
        await client.send(handshake() + frame("early") + frame("bird")[:3])
        status, headers, _ = await client.answer()
        assert (status, headers["upgrade"], len(headers["sec-websocket-accept"])) == (101, "websocket", 28)
        assert await client.frame() == (0x81, b"heard 5")
        assert server.websockets() == 1
    await until(lambda: sockets.opened[0].closings == 1)
    await until(lambda: server.websockets() == 0)


async def test_the_key_is_answered_as_the_standard_has_it(server: Server) -> None:
    async with connected(server) as client:
        await client.send(handshake(Sec_WebSocket_Key="dGhlIHNhbXBsZSBub25jZQ=="))
        assert (await client.answer())[1]["sec-websocket-accept"] == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"Sec_WebSocket_Version": "8"}, 426),
        ({"Sec_WebSocket_Version": None}, 426),
        ({"Sec_WebSocket_Key": "short"}, 400),
        ({"Sec_WebSocket_Key": "c2hvcnQ="}, 400),
        ({"Sec_WebSocket_Key": None}, 400),
        ({"Connection": "keep-alive"}, 200),  # it asks for no upgrade, so it is an ordinary request
    ],
)
async def test_invalid_handshakes_are_refused(
    server: Server, changes: dict[str, str | None], status: int
) -> None:
    async with connected(server) as client:
        await client.send(handshake(**changes))
        assert (await client.answer())[0] == status
        await client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        assert (await client.answer())[0] == 200


async def test_fragments_with_an_interleaved_ping_are_assembled(server: Server, sockets: Sockets) -> None:
    async with connected(server) as client:
        await opened(client)
        await client.send(frame(b"h\xc3", 0x01), frame(b"ping", 0x89), frame(b"\xa9", 0x00), frame(b"", 0x80))
        assert {await client.frame(), await client.frame()} == {(0x8A, b"ping"), (0x81, b"heard 2")}
        await client.send(
            frame(b"\x00\x01", 0x02), frame(b"\x02", 0x80), frame("x" * 70_000), frame(b"", 0x8A)
        )
        assert await client.frame() == (0x81, b"heard 70000")
    assert (sockets.opened[0].texts[0], sockets.opened[0].binaries) == ("h\u00e9", [b"\x00\x01\x02"])


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (b"\x81\x02ab", 1002),  # not masked
        (frame("a", 0xC1), 1002),  # a reserved bit
        (frame("a", 0x83), 1002),  # an opcode that there is not
        (frame("a", 0x80), 1002),  # the rest of nothing
        (frame("a", 0x01) + frame("b", 0x81), 1002),  # a message within a message
        (frame("a", 0x09), 1002),  # a ping in fragments
        (frame("a" * 126, 0x89), 1002),  # a ping that is too long
        (frame(b"\x03", 0x88), 1002),  # half of a code
        (frame((1005).to_bytes(2, "big"), 0x88), 1002),  # a code that is never sent
        (frame(b"\xff\xfe"), 1007),
        (frame(b"\xed\xa0\x80"), 1007),  # half of a surrogate pair
        (frame("a" * 100_001), 1009),
        (frame("a" * 60_000, 0x01) + frame("a" * 60_000, 0x80), 1009),
    ],
)
async def test_protocol_violation_closes_the_connection(
    server: Server, sockets: Sockets, sent: bytes, code: int
) -> None:
    async with connected(server) as client:
        await opened(client)
        await client.send(frame("before") + sent)
        assert await client.frame() == (0x81, b"heard 6")
        assert (await client.closing())[0] == code
        assert await client.ended()
    await until(lambda: sockets.opened[0].closings == 1)


async def test_closing_client_is_answered_with_its_code(server: Server, sockets: Sockets) -> None:
    async with connected(server) as client:
        await opened(client)
        await client.send(frame((1000).to_bytes(2, "big") + b"bye", 0x88) + frame("late"))
        assert await client.closing() == (1000, "bye")
        assert await client.ended()
        assert (sockets.opened[0].closings, sockets.opened[0].texts) == (1, [])
        sockets.opened[0].socket.outbox.send(b"into the void")


async def test_disconnected_client_is_removed(server: Server, sockets: Sockets) -> None:
    async with connected(server) as client:
        await opened(client)
        client.writer.write_eof()
        assert await client.ended()
    assert sockets.opened[0].closings == 1


async def test_the_server_closes_with_a_reason_and_cuts_who_does_not_answer(
    server: Server, sockets: Sockets
) -> None:
    async with connected(server) as client:
        await opened(client)
        sockets.opened[0].socket.close(1008, "\u00e9" * 100)
        sockets.opened[0].socket.outbox.send(b"nothing more")
        assert sockets.opened[0].closings == 1
        assert await client.closing() == (1008, "\u00e9" * 61)
        assert await client.ended()  # after a second
    assert server.websockets() == 0


async def test_stopping_server_closes_with_a_reason(sockets: Sockets) -> None:
    server = await serve(sockets.handle, 0)
    async with connected(server) as client:
        await opened(client)
        closing = asyncio.create_task(server.close("Good night"))
        assert await client.closing() == (1001, "Good night")
        await client.send(frame((1001).to_bytes(2, "big"), 0x88))
        assert await client.ended()
        await closing


def deaf_socket(port: int) -> socket.socket:
    raw = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    raw.setblocking(False)
    raw.connect_ex(("127.0.0.1", port))
    return raw


@pytest.mark.parametrize("reads", [True, False])
async def test_unread_connection_is_warned_and_cut(
    sockets: Sockets, monkeypatch: pytest.MonkeyPatch, reads: bool
) -> None:
    monkeypatch.setattr(module, "DRAIN_SECONDS", 30.0 if reads else 0.2)
    sockets.buffer_bytes = 200_000
    server = await serve(sockets.handle, 0)
    reader, writer = await asyncio.open_connection(sock=deaf_socket(server.port), limit=4096)
    client = Client(reader, writer)
    try:
        await opened(client)
        connection = sockets.opened[0]
        sent = 0
        while not connection.overflows:
            connection.socket.outbox.send(b"x" * 50_000)
            sent += 1
            assert sent < 1000
            await asyncio.sleep(0)
        assert (connection.closings, len(connection.overflows)) == (1, 1)
        assert connection.overflows[0] > 200_000
        if reads:
            for _ in range(sent):
                assert await client.frame() == (0x81, b"x" * 50_000)
            assert await client.closing() == (1008, "The client reads too slowly")
        else:
            await until(lambda: server.websockets() == 0)
    finally:
        writer.close()
        await server.close()


async def test_pongs_for_an_unreading_client_are_bounded(sockets: Sockets) -> None:
    sockets.buffer_bytes = 100_000
    server = await serve(sockets.handle, 0)
    reader, writer = await asyncio.open_connection(sock=deaf_socket(server.port), limit=4096)
    client = Client(reader, writer)
    try:
        await opened(client)
        pings = frame(b"p" * 125, 0x89) * 500
        with pytest.raises((ConnectionError, TimeoutError)):
            async with asyncio.timeout(60):
                while not sockets.opened[0].overflows:
                    await client.send(pings)
                raise ConnectionError
        await until(lambda: len(sockets.opened[0].overflows) == 1)
    finally:
        writer.close()
        await server.close()
