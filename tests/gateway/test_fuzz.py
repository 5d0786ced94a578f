"""Whatever arrives at the endpoints, the server stays up and its other clients notice nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from localcloud.gateway.errors import IntegrationFailed
from localcloud.gateway.rest.results import read_result
from localcloud.gateway.websocket.machine import Ended, GatewayConnectionMachine, Message
from tests.examples import examples
from tests.gateway.support import HANDSHAKE, Gateway, rest, running, websocket

QUICK = settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
MANY = settings(max_examples=examples(100), deadline=None)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(["statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded"])
# Built by hand, for `websockets` makes no frame that is wrong: fragmented pings, unknown opcodes, no mask.
FRAMES = st.builds(
    lambda opcode, data, fin, mask: bytes((fin | opcode, mask | len(data))) + b"\0\0\0\0" * bool(mask) + data,
    st.sampled_from([0, 1, 1, 1, 2, 3, 8, 9, 10, 15]),
    st.binary(max_size=125),
    st.sampled_from([0x80, 0x80, 0x80, 0x00, 0xF0]),
    st.sampled_from([0x80, 0x80, 0x80, 0x00]),
)
BYTES = st.lists(st.binary(max_size=200) | FRAMES, max_size=6).map(b"".join)
LINES = st.lists(
    st.sampled_from(
        [
            b"GET /api/x HTTP/1.1\r\n",
            b"POST /api/%ff?%ff=%zz&=&a HTTP/1.1\r\n",
            b"OPTIONS * HTTP/1.1\r\n",
            b"BREW /api\x00 HTTP/1.1\r\n",
            b"GET http://else.where/api/x HTTP/1.1\r\n",
            b"GET /api HTTP/9.9\r\n",
            b"Host: x\r\n",
            b"Content-Length: 3\r\n",
            b"Content-Length: -1\r\n",
            b"Transfer-Encoding: chunked\r\n",
            b"Expect: 100-continue\r\n",
            b"Upgrade: websocket\r\nConnection: Upgrade\r\n",
            b"Upgrade: h2c\r\nConnection: Upgrade\r\n",
            b"Authorization: AWS4-HMAC-SHA256 \xff\r\n",
            b"X: \xff\xfe\r\n",
            b"\r\n",
            b"abc",
        ]
    )
    | st.binary(max_size=60),
    max_size=8,
).map(b"".join)


@given(st.dictionaries(NAMES, JSON) | JSON, st.text(), st.sampled_from([(), ("*/*",), ("image/png",)]))
@MANY
def test_any_result_is_an_answer_or_a_failure(result: Any, accept: str, types: tuple[str, ...]) -> None:
    try:
        answer = read_result(result, accept=accept, binary_media_types=types)
    except IntegrationFailed:
        return
    assert 200 <= answer.status < 600
    assert all("\n" not in name + value for name, value in answer.headers)


@given(st.lists(BYTES, max_size=5))
@MANY
def test_any_bytes_are_messages_with_at_most_one_end(chunks: list[bytes]) -> None:
    machine = GatewayConnectionMachine()
    events = [event for chunk in chunks for event in machine.receive(chunk)]
    events += machine.receive_eof()
    assert [type(event) for event in events] == [Message] * (len(events) - 1) + [Ended]
    machine.outgoing()
    machine.send(b"no one listens")
    assert machine.outgoing() == b""


async def exchanged(port: int, data: bytes) -> bytes:
    """Send bytes, listen for a moment, and vanish; return what was answered."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    answer = b""
    writer.write(data)
    # Nothing is asserted of who is slow to answer: hanging up at an awkward moment is a part of the attack.
    with suppress(ConnectionError, TimeoutError):
        async with asyncio.timeout(0.05):
            while received := await reader.read(65_536):
                answer += received
    writer.transport.abort()
    return answer


@asynccontextmanager
async def attacked() -> AsyncIterator[tuple[Gateway, Callable[[bytes], Awaitable[bytes]]]]:
    """Run a gateway, with one honest client that must receive only its own answers, whatever others send."""
    async with running([rest(), websocket()]) as gateway:
        ports = [int(url.split(":")[2].split("/")[0]) for url in (gateway.ws, gateway.url)]

        async def send(data: bytes) -> bytes:
            return b"".join([await exchanged(port, data) for port in ports])

        async with gateway.session.ws_connect(gateway.ws) as honest:
            connection_id = gateway.fakes.events("connect")[0]["requestContext"]["connectionId"]
            yield gateway, send
            assert (await gateway.get("/still/there")).status == 200
            await gateway.manage("POST", connection_id, b"still there")
            assert await honest.receive_str() == "still there"


def attack(chunks: list[bytes], prefix: bytes, caplog: pytest.LogCaptureFixture) -> None:
    async def run() -> None:
        async with attacked() as (_, send):
            answers = await asyncio.gather(*(send(prefix + chunk) for chunk in chunks))
            assert all(b" 500 " not in answer for answer in answers)

    asyncio.run(run())
    assert "inside the gateway" not in caplog.text
    assert "Traceback" not in caplog.text


@given(st.lists(LINES, min_size=1, max_size=12))
@QUICK
def test_any_bytes_are_answered_by_the_server(caplog: pytest.LogCaptureFixture, chunks: list[bytes]) -> None:
    attack(chunks, b"", caplog)


@given(st.lists(BYTES, min_size=1, max_size=12))
@QUICK
def test_any_bytes_after_a_handshake_leave_the_server_working(
    caplog: pytest.LogCaptureFixture, chunks: list[bytes]
) -> None:
    attack(chunks, HANDSHAKE, caplog)
