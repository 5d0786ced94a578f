"""``@connections``: what a backend sends to open connections; none of them delays the others."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import aiohttp
import boto3
import pytest
from botocore.exceptions import ClientError

from localcloud.gateway.websocket.settings import WebSocketSettings
from tests.appsync.endpoint_support import ACCOUNT, REGION
from tests.gateway.support import HANDSHAKE, SECRET, Gateway, running, websocket

UNKNOWN = "AAAAAAAAAAAAAAA="


@pytest.fixture
async def gateway() -> AsyncIterator[Gateway]:
    async with running([websocket()], settings=WebSocketSettings(buffer_bytes=256 * 1024)) as up:
        yield up


def newest(gateway: Gateway) -> str:
    """Return the id of the connection that came last."""
    connection_id: str = gateway.fakes.events("connect")[-1]["requestContext"]["connectionId"]
    return connection_id


async def test_management_api_sends_describes_and_disconnects(gateway: Gateway) -> None:
    async with gateway.session.ws_connect(gateway.ws, headers={"User-Agent": "tests"}) as open_:
        response = await gateway.manage("POST", newest(gateway), "gr\u00fc\u00dfe".encode())
        assert (response.status, response.body) == (200, b"")
        assert await open_.receive_str() == "gr\u00fc\u00dfe"
        response = await gateway.manage("GET", newest(gateway))
        body = response.json()
        assert (response.status, body["identity"]) == (200, {"userAgent": "tests", "sourceIp": "127.0.0.1"})
        assert body["connectedAt"] < body["lastActiveAt"]
        response = await gateway.manage("DELETE", newest(gateway))
        assert (response.status, response.body) == (204, b"")
        assert (await open_.receive()).type is aiohttp.WSMsgType.CLOSE
        assert open_.close_code == 1000
    for method in ("POST", "GET", "DELETE"):
        response = await gateway.manage(method, newest(gateway))
        assert (response.status, response.headers["x-amzn-ErrorType"], response.body) == (
            410,
            "GoneException",
            b"",
        )
    await gateway.until(lambda: gateway.fakes.events("bye"))


@pytest.mark.parametrize("path", ["@connections", "%40connections"])
async def test_management_path_may_be_percent_encoded(gateway: Gateway, path: str) -> None:
    async with gateway.session.ws_connect(gateway.ws) as open_:
        url = gateway.management.replace("@connections", path) + newest(gateway).replace("=", "%3D")
        assert (await gateway.sent("POST", url, b"x")).status == 200
        assert await open_.receive_str() == "x"


async def test_client_message_is_activity_and_ping_is_none(gateway: Gateway) -> None:
    async with gateway.session.ws_connect(gateway.ws, autoping=False) as open_:

        async def last_active() -> str:
            moment: str = (await gateway.manage("GET", newest(gateway))).json()["lastActiveAt"]
            return moment

        before = await last_active()
        await open_.ping()
        assert (await open_.receive()).type is aiohttp.WSMsgType.PONG
        assert await last_active() == before
        async with asyncio.timeout(60):
            while await last_active() == before:
                await open_.send_str("here I am")


async def test_oversized_and_undeliverable_messages_are_refused(gateway: Gateway) -> None:
    async with gateway.session.ws_connect(gateway.ws) as open_:
        connection_id = newest(gateway)
        response = await gateway.manage("POST", connection_id, b"x" * (128 * 1024 + 1))
        assert (response.status, response.headers["x-amzn-ErrorType"]) == (413, "PayloadTooLargeException")
        response = await gateway.manage("POST", UNKNOWN, b"x")
        assert (response.status, response.headers["x-amzn-ErrorType"]) == (410, "GoneException")
        response = await gateway.manage("POST", "no-id", b"x")
        assert (response.status, response.json()) == (400, {"message": "Invalid connectionId: no-id"})
        response = await gateway.manage("PUT", connection_id, b"x")
        assert response.status == 403
        # The largest there is arrives whole, and bytes that are no text arrive as text.
        await gateway.manage("POST", connection_id, b"x" * (128 * 1024))
        assert await open_.receive_str() == "x" * (128 * 1024)
        await gateway.manage("POST", connection_id, b"\xff")
        assert await open_.receive_str() == "\ufffd"


async def test_invalid_signature_may_not_send(gateway: Gateway) -> None:
    async with gateway.session.ws_connect(gateway.ws) as open_:
        connection_id = newest(gateway)
        response = await gateway.manage("POST", connection_id, b"x", secret="guessed")
        assert (response.status, response.headers["x-amzn-ErrorType"]) == (403, "InvalidSignatureException")
        response = await gateway.manage("POST", connection_id, b"x", service="lambda")
        assert response.status == 403
        # Nobody learns without a signature which connections there are.
        for name in (connection_id, UNKNOWN, "no-id"):
            async with gateway.session.post(gateway.management + name, data=b"x") as answer:
                assert (answer.status, await answer.json()) == (
                    403,
                    {"message": "Missing Authentication Token"},
                )
        await gateway.manage("POST", connection_id, b"signed")
        assert await open_.receive_str() == "signed"


async def test_message_before_the_connection_is_open_is_gone(gateway: Gateway) -> None:
    statuses = []

    async def connect(event: Any) -> Any:
        response = await gateway.manage("POST", event["requestContext"]["connectionId"], b"too early")
        statuses.append(response.status)
        return {"statusCode": 200}

    gateway.fakes.handlers["connect"] = connect
    async with gateway.session.ws_connect(gateway.ws):
        assert statuses == [410]


async def test_boto3_sends_describes_and_disconnects(gateway: Gateway) -> None:
    client = boto3.client(
        "apigatewaymanagementapi",
        endpoint_url=gateway.ws.replace("ws:", "http:"),
        region_name=REGION,
        aws_access_key_id=ACCOUNT,
        aws_secret_access_key=SECRET,
    )
    async with gateway.session.ws_connect(gateway.ws) as open_:
        id_ = newest(gateway)
        await asyncio.to_thread(client.post_to_connection, ConnectionId=id_, Data=b"hello")
        assert await open_.receive_str() == "hello"
        connection = await asyncio.to_thread(client.get_connection, ConnectionId=id_)
        assert connection["Identity"]["SourceIp"] == "127.0.0.1"
        assert connection["LastActiveAt"] >= connection["ConnectedAt"]
        with pytest.raises(client.exceptions.PayloadTooLargeException):
            await asyncio.to_thread(client.post_to_connection, ConnectionId=id_, Data=b"x" * 131_073)
        deleting = asyncio.to_thread(client.delete_connection, ConnectionId=id_)
        await asyncio.gather(deleting, open_.receive())
    with pytest.raises(client.exceptions.GoneException):
        await asyncio.to_thread(client.post_to_connection, ConnectionId=id_, Data=b"x")
    with pytest.raises(ClientError, match="Invalid connectionId: nonsense"):
        await asyncio.to_thread(client.post_to_connection, ConnectionId="nonsense", Data=b"x")
    client.close()


async def test_unread_connection_is_cut_and_delays_no_other(gateway: Gateway) -> None:
    host, port = gateway.ws.removeprefix("ws://").removesuffix("/api").split(":")
    deaf = socket.create_connection((host, int(port)))
    deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    deaf.setblocking(False)
    await asyncio.get_running_loop().sock_sendall(deaf, HANDSHAKE)
    await gateway.until(lambda: gateway.fakes.events("connect"))
    deaf_id = newest(gateway)
    async with gateway.session.ws_connect(gateway.ws) as reader:
        reader_id, sent = newest(gateway), 0
        while (response := await gateway.manage("POST", deaf_id, b"x" * 60_000)).status == 200:
            sent += 1
            assert sent < 1_000, "the buffer has no bound"
            await gateway.manage("POST", reader_id, str(sent).encode())
            assert await reader.receive_str() == str(sent)
        assert response.status == 410
    await gateway.until(lambda: len(gateway.fakes.events("bye")) == 2)
    ends = {
        bye["requestContext"]["connectionId"]: bye["requestContext"]["disconnectStatusCode"]
        for bye in gateway.fakes.events("bye")
    }
    assert ends[deaf_id] == 1008
    deaf.close()


@pytest.mark.parametrize("count", [100, pytest.param(1_000, marks=pytest.mark.slow)])
async def test_every_connection_receives_its_message(gateway: Gateway, count: int) -> None:
    connector = aiohttp.TCPConnector(limit=0)
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession(connector=connector))
        crowd = [await stack.enter_async_context(session.ws_connect(gateway.ws)) for _ in range(count)]
        ids = [event["requestContext"]["connectionId"] for event in gateway.fakes.events("connect")]
        pushing = asyncio.Semaphore(16)

        async def push(id_: str, text: str) -> int:
            async with pushing:
                return (await gateway.manage("POST", id_, text.encode())).status

        for text in ("one", "two"):
            statuses = await asyncio.gather(*(push(id_, text) for id_ in ids))
            assert set(statuses) == {200}
        for open_ in crowd:
            assert [await open_.receive_str(), await open_.receive_str()] == ["one", "two"]
