"""The relay: bytes pass both ways, and what is cut ends on both sides."""

from __future__ import annotations

import asyncio
import contextlib
import random

from campaign.relay import Relay


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(1024):
        writer.write(data)
    writer.close()


async def test_relay_passes_bytes_until_it_cuts() -> None:
    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    relay = Relay(server.sockets[0].getsockname()[1])
    await relay.open()
    try:
        async with asyncio.timeout(60):
            reader, writer = await asyncio.open_connection("127.0.0.1", relay.port)
            writer.write(b"tea")
            assert await reader.readexactly(3) == b"tea"
            assert relay.cut(1.0, random.Random(1)) == 1
            with contextlib.suppress(ConnectionResetError):
                assert await reader.read() == b""
            writer.close()
    finally:
        await relay.close()
        server.close()
        await server.wait_closed()


async def test_relay_refuses_connections_when_nothing_listens_behind_it() -> None:
    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    relay = Relay(server.sockets[0].getsockname()[1])
    server.close()
    await server.wait_closed()
    await relay.open()
    try:
        async with asyncio.timeout(60):
            reader, writer = await asyncio.open_connection("127.0.0.1", relay.port)
            with contextlib.suppress(ConnectionResetError):
                assert await reader.read() == b""
            writer.close()
    finally:
        await relay.close()
