"""Many subscribers and bad ones, on the loop that the local cloud runs on (uvloop)."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
import time
from collections.abc import Awaitable, Callable

import pytest
import uvloop

from localcloud.appsync.serving.connection import RealtimeSettings
from tests.appsync.endpoint_support import API_KEY, Running, running, until_live
from tests.appsync.test_realtime_protocol import connected, packed, start, start_subscription

ON_SAY = "subscription { onSay { id text } }"


def on_uvloop(main: Callable[[Running], Awaitable[None]], settings: RealtimeSettings | None = None) -> None:
    async def run() -> None:
        async with running(settings=settings) as up:
            await main(up)

    uvloop.run(run())


def test_subscription_works_on_uvloop() -> None:
    async def main(up: Running) -> None:
        async with connected(up) as client:
            await start_subscription(up, client, ON_SAY)
            await up.query('mutation { say(id: 1, text: "t") { id text } }')
            frame = await client.receive_json()
            assert frame["payload"] == {"data": {"onSay": {"id": "1", "text": "t"}}}

    on_uvloop(main)


async def deaf_client(up: Running) -> socket.socket:
    """Return a socket that subscribed and reads no more."""
    loop = asyncio.get_running_loop()
    raw = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    raw.setblocking(False)
    host, port = up.address.graphql.split("/")[2].split(":")
    await loop.sock_connect(raw, (host, int(port)))
    header = packed({"x-api-key": API_KEY}).replace("=", "%3D")
    lines = (
        f"GET /graphql?header={header} HTTP/1.1",
        f"Host: {host}:{port}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Protocol: graphql-ws",
    )
    await loop.sock_sendall(raw, ("\r\n".join(lines) + "\r\n\r\n").encode())
    for text in ('{"type":"connection_init"}', start(up, ON_SAY)):
        payload = text.encode()
        # A client masks its frames; a mask of zeros changes nothing.
        length = (
            bytes((0x80 | len(payload),)) if len(payload) < 126 else b"\xfe" + len(payload).to_bytes(2, "big")
        )
        await loop.sock_sendall(raw, b"\x81" + length + b"\0\0\0\0" + payload)
    return raw


def test_unread_connection_is_closed_and_delays_no_other(caplog: pytest.LogCaptureFixture) -> None:
    async def main(up: Running) -> None:
        deaf = await deaf_client(up)
        try:
            await until_live(up, 1)
            async with connected(up) as client:
                await start_subscription(up, client, ON_SAY)
                text = "x" * 100_000
                slowest, sent = 0.0, 0
                while len(up.service.hub(up.address.id)) == 2:
                    start = time.perf_counter()
                    await up.query("mutation M($t: String) { say(id: 1, text: $t) { id text } }", {"t": text})
                    assert len((await client.receive_json())["payload"]["data"]["onSay"]["text"]) == 100_000
                    slowest, sent = max(slowest, time.perf_counter() - start), sent + 1
                    assert sent < 200, "the deaf client was never cut"
                assert slowest < 20
        finally:
            deaf.close()

    with caplog.at_level(logging.WARNING):
        on_uvloop(main, RealtimeSettings(buffer_bytes=300_000))
    lines = [r.getMessage() for r in caplog.records if "does not read" in r.getMessage()]
    assert len(lines) == 1
    assert lines[0].startswith("A real-time client of 127.0.0.1 does not read: ")


def test_subscribers_with_filters_receive_only_their_events() -> None:
    async def main(up: Running) -> None:
        async with connected(up) as client:
            for number in range(150):
                await start_subscription(
                    up,
                    client,
                    "subscription S($r: String) { onSay(room: $r) { id } }",
                    variables={"r": f"room{number % 50}"},
                    id=str(number),
                )
            await up.query('mutation { say(id: 1, room: "room7") { id room } }')
            frames = [json.loads(await client.receive_str()) for _ in range(3)]
            assert sorted(f["id"] for f in frames) == ["107", "57", "7"]

    on_uvloop(main)


def test_vanished_client_is_removed() -> None:
    async def main(up: Running) -> None:
        deaf = await deaf_client(up)
        await until_live(up, 1)
        deaf.close()
        await until_live(up, 0)
        assert (await up.query("mutation { say(id: 1) { id } }"))["data"] == {"say": {"id": "1"}}

    on_uvloop(main)
