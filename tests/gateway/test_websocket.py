"""WebSocket APIs: handshakes, messages, ends, and the events of each."""

from __future__ import annotations

import asyncio
import socket as sockets
from contextlib import suppress
from typing import Any

import aiohttp
import pytest
from websockets.frames import Close, Frame, Opcode

from localcloud.gateway.definitions.rest import Iam, LambdaAuthorizer
from localcloud.gateway.websocket.handshake import vanishing_is_noticed
from localcloud.gateway.websocket.settings import WebSocketSettings
from tests.appsync.endpoint_support import ACCOUNT, REGION
from tests.gateway.support import (
    ARN,
    HANDSHAKE,
    Gateway,
    Raised,
    answering,
    proxy,
    running,
    signed,
    websocket,
)
from tests.gateway.test_rest import recorded, shape

API = websocket()


def context(event: Any) -> Any:
    return event["requestContext"]


async def refused(gateway: Gateway, query: str = "", **how: Any) -> aiohttp.WSServerHandshakeError:
    with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
        await gateway.session.ws_connect(gateway.ws + query, **how)
    return caught.value


# Events ----------------------------------------------------------------------------------------------------


async def test_websocket_events_have_the_shape_of_aws() -> None:
    async with running([API]) as gateway:
        agent = {"User-Agent": "tests"}
        async with gateway.session.ws_connect(gateway.ws + "?ticket=t1", headers=agent) as socket:
            await socket.send_str('{"type":"ping"}')
            await gateway.until(lambda: gateway.fakes.events("message"))
            await socket.close(code=4001, message=b"enough")
        await gateway.until(lambda: gateway.fakes.events("bye"))
        (connect,), (message,), (bye,) = (
            gateway.fakes.events(name) for name in ("connect", "message", "bye")
        )
        assert shape(connect) == shape(recorded("apigateway_websocket_connect"))
        assert shape(message) == shape(recorded("apigateway_websocket_message"))
        assert shape(bye) == shape(recorded("apigateway_websocket_disconnect"))
        assert connect["queryStringParameters"] == {"ticket": "t1"}
        assert message["body"] == '{"type":"ping"}'
        assert (context(bye)["disconnectStatusCode"], context(bye)["disconnectReason"]) == (4001, "enough")
        host = gateway.ws.removeprefix("ws://").removesuffix("/api")
        for event in (connect, message, bye):
            assert context(event)["domainName"] == host
            assert context(event)["connectionId"] == context(connect)["connectionId"]
            assert context(event)["connectedAt"] == context(connect)["connectedAt"]
        assert len(context(connect)["connectionId"]) == 16
        assert context(connect)["connectionId"].endswith("=")


async def test_every_event_has_the_stage_variables() -> None:
    async with running([websocket(stages={"api": {"colour": "green"}})]) as gateway:
        async with gateway.session.ws_connect(gateway.ws) as socket:
            await socket.send_str("x")
            await gateway.until(lambda: gateway.fakes.events("message"))
        await gateway.until(lambda: gateway.fakes.events("bye"))
        assert [event["stageVariables"] for _, event in gateway.fakes.calls] == [{"colour": "green"}] * 3
        assert "queryStringParameters" not in gateway.fakes.calls[0][1]


# Handshakes ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [400, 401, 403, 429, 500])
async def test_handshake_is_refused_with_the_status_of_the_function(status: int) -> None:
    async with running([API], {"connect": lambda _e: {"statusCode": status, "body": "no"}}) as gateway:
        assert (await refused(gateway)).status == status
        assert [name for name, _ in gateway.fakes.calls] == ["connect"]


def fails(_event: Any) -> Any:
    raise Raised("inside")


async def never(_event: Any) -> Any:
    await asyncio.Event().wait()


@pytest.mark.parametrize(
    ("handlers", "seconds", "status"),
    [
        ({"connect": fails}, 29, 502),
        ({"connect": lambda _e: None}, 29, 502),
        ({"connect": lambda _e: {"body": "no status"}}, 29, 502),
        ({"connect": never}, 0.05, 504),
        ({"connect": answering(headers={"Sec-WebSocket-Protocol": "a\r\nb: c"})}, 29, 502),
    ],
)
async def test_handshake_fails_when_its_function_fails(handlers: Any, seconds: float, status: int) -> None:
    routes = {**API.routes, "$connect": proxy("connect", seconds)}
    async with running([websocket(routes=routes)], handlers) as gateway:
        assert (await refused(gateway)).status == status


async def test_handshake_fails_when_its_function_is_missing() -> None:
    async with running([websocket(routes={"$connect": proxy("nobody")})]) as gateway:
        assert (await refused(gateway)).status == 500


async def test_function_selects_the_subprotocol() -> None:
    chosen = answering(headers={"sec-websocket-protocol": "v2"})
    async with (
        running([API], {"connect": chosen}) as gateway,
        gateway.session.ws_connect(gateway.ws, protocols=("v1", "v2")) as socket,
    ):
        assert socket.protocol == "v2"


async def test_connection_needs_no_connect_route() -> None:
    async with (
        running([websocket(routes={})]) as gateway,
        gateway.session.ws_connect(gateway.ws + "/") as socket,
    ):
        await socket.send_str("hello")
        body = await socket.receive_json()
        assert body.pop("connectionId")
        assert body.pop("requestId")
        assert body == {"message": "Forbidden"}


@pytest.mark.parametrize(
    ("path", "headers", "status", "message"),
    [
        ("/api", {}, 426, "Upgrade Required"),
        ("/other", {}, 403, "Forbidden"),
        ("/", {}, 403, "Forbidden"),
        ("/api/deeper", {"Upgrade": "websocket"}, 403, "Forbidden"),
        ("/api", {"Upgrade": "websocket", "Connection": "close"}, 400, "Bad Request"),
        ("/api", {"Upgrade": "websocket", "Connection": "upgrade"}, 400, "Bad Request"),
    ],
)
async def test_request_that_is_no_handshake_is_refused(
    path: str, headers: dict[str, str], status: int, message: str
) -> None:
    async with running([API]) as gateway:
        url = gateway.management.split("/api")[0] + path
        async with gateway.session.get(url, headers=headers) as answer:
            assert (answer.status, await answer.json()) == (status, {"message": message})
        assert not gateway.fakes.calls


async def test_client_that_disconnects_during_connect_is_disconnected() -> None:
    let_in = asyncio.Event()

    async def slow(_event: Any) -> Any:
        await let_in.wait()
        return {"statusCode": 200}

    async with running([API], {"connect": slow}) as gateway:
        host, port = gateway.ws.removeprefix("ws://").removesuffix("/api").split(":")
        _, writer = await asyncio.open_connection(host, int(port))
        writer.write(HANDSHAKE)
        await gateway.until(lambda: gateway.fakes.events("connect"))
        writer.transport.abort()
        # The server notices it in a turn of its own; a request that is answered comes after it.
        async with gateway.session.get(gateway.management + "x"):
            pass
        let_in.set()
        await gateway.until(lambda: gateway.fakes.events("bye"))
        (bye,) = gateway.fakes.events("bye")
        assert context(bye)["disconnectStatusCode"] == 1006


# Authorizers -----------------------------------------------------------------------------------------------

AUTHORIZER = LambdaAuthorizer(
    "a1", "ws", "REQUEST", ARN + "auth", identity_sources=("route.request.querystring.key",)
)


def policy(effect: str) -> Any:
    statement = {"Effect": effect, "Action": "execute-api:Invoke", "Resource": "*"}
    answer = {"principalId": "ada", "policyDocument": {"Statement": [statement]}, "context": {"tier": 1}}
    return lambda _event: answer


async def test_every_event_has_the_context_of_the_authorizer() -> None:
    async with running([websocket(authorizer=AUTHORIZER)], {"auth": policy("Allow")}) as gateway:
        async with gateway.session.ws_connect(gateway.ws + "?key=k") as socket:
            await socket.send_str("x")
            await gateway.until(lambda: gateway.fakes.events("message"))
        await gateway.until(lambda: gateway.fakes.events("bye"))
        (events,) = gateway.fakes.events("auth")
        assert events["type"] == "REQUEST"
        assert events["methodArn"] == f"arn:aws:execute-api:{REGION}:{ACCOUNT}:ws1/api/$connect"
        assert events["queryStringParameters"] == {"key": "k"}
        for name in ("connect", "message", "bye"):
            (event,) = gateway.fakes.events(name)
            authorizer = context(event)["authorizer"]
            assert (authorizer["principalId"], authorizer["tier"]) == ("ada", "1")


async def test_authorizer_refuses_a_handshake() -> None:
    async with running([websocket(authorizer=AUTHORIZER)], {"auth": policy("Deny")}) as gateway:
        assert (await refused(gateway, "?key=k")).status == 403
        assert (await refused(gateway)).status == 401
        assert not gateway.fakes.events("connect")


async def test_iam_handshake_needs_a_signature() -> None:
    async with running([websocket(authorizer=Iam())]) as gateway:
        url = gateway.ws.replace("ws:", "http:")
        async with gateway.session.ws_connect(gateway.ws, headers=signed("GET", url)):
            pass
        assert (await refused(gateway)).status == 403
        assert (await refused(gateway, headers=signed("GET", url, secret="guessed"))).status == 403


# Messages --------------------------------------------------------------------------------------------------


async def test_message_goes_to_the_route_that_it_names() -> None:
    routes = {**API.routes, "join": proxy("join")}
    api = websocket(routes=routes, route_selection="$request.body.do")
    async with running([api], {"join": answering()}) as gateway:
        async with gateway.session.ws_connect(gateway.ws) as socket:
            await socket.send_str('{"do":"join"}')
            await socket.send_str('{"do":"leave"}')
            await gateway.until(lambda: len(gateway.fakes.calls) == 3)
        (join,), (other,) = gateway.fakes.events("join"), gateway.fakes.events("message")
        assert (context(join)["routeKey"], context(other)["routeKey"]) == ("join", "$default")


@pytest.mark.parametrize(
    ("handler", "seconds", "message"),
    [
        (fails, 29, "Internal server error"),
        (lambda _e: None, 29, "Internal server error"),
        (never, 0.05, "Endpoint request timed out"),
    ],
)
async def test_failing_message_is_answered_and_the_connection_remains(
    handler: Any, seconds: float, message: str
) -> None:
    routes = {**API.routes, "$default": proxy("message", seconds)}
    async with (
        running([websocket(routes=routes)], {"message": handler}) as gateway,
        gateway.session.ws_connect(gateway.ws) as socket,
    ):
        for _ in range(2):
            await socket.send_str("x")
            body = await socket.receive_json()
            called = context(gateway.fakes.events("message")[-1])
            assert body == {
                "message": message,
                "connectionId": called["connectionId"],
                "requestId": called["requestId"],
            }


async def test_messages_run_concurrently_up_to_a_limit_and_in_order() -> None:
    go_on = asyncio.Semaphore(0)

    async def slow(_event: Any) -> Any:
        await go_on.acquire()
        return {"statusCode": 200}

    settings = WebSocketSettings(messages_at_once=2)
    async with (
        running([API], {"message": slow}, settings) as gateway,
        gateway.session.ws_connect(gateway.ws) as socket,
    ):
        for at in range(5):
            await socket.send_str(str(at))
        await gateway.until(lambda: len(gateway.fakes.events("message")) == 2)
        # Another connection is not held up by this one.
        async with gateway.session.ws_connect(gateway.ws) as other:
            await other.send_str("other")
            await gateway.until(lambda: len(gateway.fakes.events("message")) == 3)
        for _ in range(6):
            go_on.release()
        await gateway.until(lambda: len(gateway.fakes.events("message")) == 6)
        bodies = [event["body"] for event in gateway.fakes.events("message")]
        assert [body for body in bodies if body != "other"] == ["0", "1", "2", "3", "4"]


# Ends ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("send", "code"),
    [
        (lambda socket: socket.send_str("x" * (32 * 1024 + 1)), 1009),
        (lambda socket: socket.send_bytes(b"x"), 1003),
    ],
)
async def test_invalid_frames_close_the_connection(send: Any, code: int) -> None:
    async with running([API]) as gateway:
        async with gateway.session.ws_connect(gateway.ws) as socket:
            await send(socket)
            assert (await socket.receive()).type is aiohttp.WSMsgType.CLOSE
            assert socket.close_code == code
        await gateway.until(lambda: gateway.fakes.events("bye"))
        (bye,) = gateway.fakes.events("bye")
        assert context(bye)["disconnectStatusCode"] == code
        assert not gateway.fakes.events("message")


async def test_vanished_client_is_disconnected() -> None:
    async with running([API]) as gateway:
        socket = await gateway.session.ws_connect(gateway.ws)
        transport = socket.get_extra_info("socket")
        assert transport is not None
        socket._response.connection.transport.abort()  # type: ignore[union-attr]
        await gateway.until(lambda: gateway.fakes.events("bye"))
        (bye,) = gateway.fakes.events("bye")
        assert context(bye)["disconnectStatusCode"] == 1006
        await socket.close()


async def test_connection_idle_for_ten_minutes_ends_despite_pings() -> None:
    async with running([API], settings=WebSocketSettings(idle_seconds=0.3)) as gateway:
        async with gateway.session.ws_connect(gateway.ws, autoping=False) as socket:
            closed = asyncio.create_task(until_closed(socket))
            while not closed.done():
                with suppress(ConnectionResetError):  # it may close at any moment
                    await socket.ping()
                await asyncio.sleep(0.02)
            assert (await closed, socket.close_code) == ("Going away", 1001)
        await gateway.until(lambda: gateway.fakes.events("bye"))
        assert context(gateway.fakes.events("bye")[0])["disconnectStatusCode"] == 1001


async def test_connection_ends_after_two_hours() -> None:
    async with (
        running([API], settings=WebSocketSettings(lifetime_seconds=0.3)) as gateway,
        gateway.session.ws_connect(gateway.ws) as socket,
    ):
        closed = asyncio.create_task(until_closed(socket))
        while not closed.done():
            with suppress(ConnectionResetError):
                await socket.send_str("busy")
            await asyncio.sleep(0.02)
        assert (await closed, socket.close_code) == ("Going away", 1001)


async def test_messages_before_a_close_frame_are_delivered() -> None:
    frames = [Frame(Opcode.TEXT, b"%d" % number) for number in range(5)]
    frames.append(Frame(Opcode.CLOSE, Close(1000, "").serialize()))
    async with running([API], settings=WebSocketSettings(messages_at_once=2)) as gateway:
        host, port = gateway.ws.removeprefix("ws://").removesuffix("/api").split(":")
        _reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(HANDSHAKE + b"".join(frame.serialize(mask=True) for frame in frames))
        await gateway.until(lambda: len(gateway.fakes.events("message")) == 5)
        await gateway.until(lambda: gateway.fakes.events("bye"))
        assert [event["body"] for event in gateway.fakes.events("message")] == list("01234")
        writer.close()
        await writer.wait_closed()


async def until_closed(socket: aiohttp.ClientWebSocketResponse) -> str:
    while True:
        message = await socket.receive(60)
        if message.type is aiohttp.WSMsgType.CLOSE:
            return str(message.extra)


async def test_server_hangs_up_first_after_a_client_close() -> None:
    async with running([API], settings=WebSocketSettings(goodbye_seconds=60)) as gateway:
        host, port = gateway.ws.removeprefix("ws://").removesuffix("/api").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(HANDSHAKE + Frame(Opcode.CLOSE, Close(1000, "bye").serialize()).serialize(mask=True))
        async with asyncio.timeout(60):
            body = await reader.read()
        assert body.startswith(b"HTTP/1.1 101 Switching Protocols\r\n")
        assert body.endswith(b"\r\n\r\n\x88\x05\x03\xe8bye")
        writer.close()
        await writer.wait_closed()


async def test_client_that_does_not_answer_a_close_is_cut_off() -> None:
    settings = WebSocketSettings(idle_seconds=0.1, goodbye_seconds=0.1)
    async with (
        running([API], settings=settings) as gateway,
        gateway.session.ws_connect(gateway.ws, autoclose=False) as socket,
    ):
        assert (await socket.receive(60)).type is aiohttp.WSMsgType.CLOSE
        transport: Any = socket._response.connection.transport  # type: ignore[union-attr]
        await gateway.until(transport.is_closing)


async def test_handshake_while_the_api_closes_is_asked_to_come_back() -> None:
    async with running([API], settings=WebSocketSettings(goodbye_seconds=60)) as gateway:
        host, port = gateway.ws.removeprefix("ws://").removesuffix("/api").split(":")
        async with gateway.session.ws_connect(gateway.ws, autoclose=False) as socket:
            stopping = asyncio.create_task(gateway.service.stop())
            assert (await socket.receive(60)).type is aiohttp.WSMsgType.CLOSE  # and leaves it unanswered
            reader, writer = await asyncio.open_connection(host, int(port))
            writer.write(HANDSHAKE)
            async with asyncio.timeout(60):
                head = await reader.readuntil(b"\r\n\r\n")
                body = await reader.readuntil(b"}")
        assert head.startswith(b"HTTP/1.1 503 Service Unavailable\r\n")
        assert body == b'{"message":"Service Unavailable"}'
        writer.close()
        await writer.wait_closed()
        await stopping


@pytest.mark.skipif(not hasattr(sockets, "TCP_USER_TIMEOUT"), reason="the options are Linux's")
async def test_tcp_keep_alive_detects_vanished_clients() -> None:
    async def nothing(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    server = await asyncio.start_server(nothing, "127.0.0.1", 0)
    transport, _ = await asyncio.get_running_loop().create_connection(
        asyncio.Protocol, *server.sockets[0].getsockname()
    )
    vanishing_is_noticed(transport)
    socket = transport.get_extra_info("socket")
    assert socket.getsockopt(sockets.SOL_SOCKET, sockets.SO_KEEPALIVE) == 1
    assert socket.getsockopt(sockets.IPPROTO_TCP, sockets.TCP_KEEPIDLE) == 60
    assert socket.getsockopt(sockets.IPPROTO_TCP, sockets.TCP_USER_TIMEOUT) == 30_000
    transport.abort()
    server.close()
    await server.wait_closed()
