"""Any frames at the real-time endpoint: the connection is answered or closed, and nobody else notices."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.appsync.abuse import (
    BINARY,
    CLOSE,
    CREDENTIAL,
    HOST,
    INIT,
    PING,
    PONG,
    QUICK,
    SLOW,
    TEXT,
    RawSocket,
    Witness,
    answers,
    connected,
    frame,
    handshake,
    json_documents,
    packed,
    raw,
    start,
    watched,
)
from tests.appsync.endpoint_support import Pool, until_live

STOP = '{"type":"stop","id":"still there?"}'
UNSUPPORTED = "unknown not supported through the realtime channel"


@pytest.fixture
async def witness() -> AsyncIterator[Witness]:
    async with watched() as server:
        yield server


# Any frames ------------------------------------------------------------------------------------------------

ids = st.sampled_from(["1", "2", "", "still there?"]) | st.text(max_size=5)
kinds = st.sampled_from(["connection_init", "start", "stop", "data", "ka", "complete", "subscribe", ""])
payloads = st.one_of(
    json_documents,
    st.fixed_dictionaries(
        {
            "data": st.sampled_from(['{"query":"subscription { onSay { id } }"}', "{}", "[]", ""])
            | json_documents
        },
        optional={
            "extensions": st.fixed_dictionaries({"authorization": st.just(CREDENTIAL) | json_documents})
            | json_documents
        },
    ),
)
any_object = st.fixed_dictionaries(
    {}, optional={"type": kinds | json_documents, "id": ids | json_documents, "payload": payloads}
)
messages = st.one_of(
    any_object.map(json.dumps),
    st.fixed_dictionaries({"type": kinds, "id": ids, "payload": payloads}).map(json.dumps),
    st.sampled_from([INIT, STOP, start("1"), start("2"), start("1", x="y"), "[" * 3000]),
    st.text(max_size=30),
)


async def check_any_messages(witness: Witness, sent: list[str], init: bool) -> None:
    """Send messages, and then what is always answered: none of them may close a connection that is let in."""
    async with connected(witness.up, init=init) as socket:
        for text in [*sent, INIT, '{"type":"stop","id":"the last one"}']:
            await socket.send(frame(TEXT, text.encode(errors="replace")))
        while (message := await socket.message()) != {"id": "the last one", "type": "complete"}:
            assert message["type"] in {"connection_ack", "start_ack", "complete", "error", "data"}, message
            if message["type"] == "error":
                assert all(error["errorType"] != "InternalFailure" for error in message["payload"]["errors"])
        await witness.hears()


@QUICK
@given(sent=st.lists(messages, max_size=6), init=st.booleans())
async def test_any_messages_leave_the_server_working(witness: Witness, sent: list[str], init: bool) -> None:
    await check_any_messages(witness, sent, init)


@pytest.mark.slow
@SLOW
@given(sent=st.lists(messages, max_size=12), init=st.booleans())
async def test_many_random_messages_leave_the_server_working(
    witness: Witness, sent: list[str], init: bool
) -> None:
    await check_any_messages(witness, sent, init)


any_frames = st.lists(
    st.builds(
        frame,
        st.integers(0, 15),
        st.binary(max_size=140) | st.sampled_from([INIT, STOP, start("1")]),
        fin=st.booleans(),
        rsv=st.sampled_from([0, 0, 0, 0, 1, 4]),
        masked=st.sampled_from([True, True, True, False]),
        length=st.sampled_from([None, None, None, 0, 125, 126, 65535, 65536, 2**32, 2**63 - 1]),
    )
    | st.binary(max_size=20),
    max_size=8,
)


async def check_any_frames(witness: Witness, frames: list[bytes], cut: int) -> None:
    data = b"".join(frames)
    cut %= len(data) + 1
    async with connected(witness.up, init=False) as socket:
        await socket.send(data[:cut])
        await socket.send(data[cut:])
        await socket.rest()  # it comes to an end, whatever was said
    await witness.hears()


@QUICK
@given(frames=any_frames, cut=st.integers(0, 1000))
async def test_any_frames_leave_the_server_working(witness: Witness, frames: list[bytes], cut: int) -> None:
    await check_any_frames(witness, frames, cut)


@pytest.mark.slow
@SLOW
@given(frames=any_frames, cut=st.integers(0, 1000))
async def test_many_random_frames_leave_the_server_working(
    witness: Witness, frames: list[bytes], cut: int
) -> None:
    await check_any_frames(witness, frames, cut)


header_names = st.sampled_from(["host", "Authorization", "x-api-key", "X-API-KEY"])
credentials = st.one_of(
    st.binary(max_size=60).map(lambda raw: base64.b64encode(raw).decode()),
    json_documents.map(packed),
    st.dictionaries(header_names, json_documents).map(packed),
    st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=30),
)


async def check_any_credential(witness: Witness, credential: str, form: str) -> None:
    if form == "query":
        request = handshake(query=f"header={quote(credential)}&payload=e30=")
    else:
        safe = "".join(character for character in credential if character.isalnum() or character in "-_.=+/")
        request = handshake(f"Sec-WebSocket-Protocol: graphql-ws, header-{safe}", query="x=y")
    async with connected(witness.up, init=False, request=request) as socket:
        await socket.send(frame(TEXT, INIT))
        message = await socket.message()
        assert message["type"] == "connection_error", message
        (error,) = message["payload"]["errors"]
        assert error["errorCode"] in {400, 401}
        assert await socket.closed() == 1008
    await witness.hears()


@QUICK
@given(credential=credentials, form=st.sampled_from(["query", "subprotocol"]))
async def test_any_credential_leaves_the_server_working(witness: Witness, credential: str, form: str) -> None:
    await check_any_credential(witness, credential, form)


@pytest.mark.slow
@SLOW
@given(credential=credentials, form=st.sampled_from(["query", "subprotocol"]))
async def test_many_random_credentials_leave_the_server_working(
    witness: Witness, credential: str, form: str
) -> None:
    await check_any_credential(witness, credential, form)


# Frames and messages that are no good ----------------------------------------------------------------------


async def test_binary_message_is_malformed(witness: Witness) -> None:
    async with connected(witness.up) as socket:
        for data in (b"", INIT.encode(), b"\xff" * 1000):
            await socket.send(frame(BINARY, data))
            assert await socket.message() == {
                "type": "error",
                "payload": {"errors": [{"errorType": "UnsupportedOperation", "message": UNSUPPORTED}]},
            }
        await socket.still_serves()


async def test_fragmented_message_with_interleaved_pings_is_read(witness: Witness) -> None:
    async with connected(witness.up) as socket:
        data = start("ünï").encode()
        for number, byte in enumerate(data):
            first, last = number == 0, number == len(data) - 1
            await socket.send(frame(TEXT if first else 0, bytes([byte]), fin=last))
            if number % 50 == 0:
                await socket.send(frame(PING, b"%d" % number))
                assert await socket.receive() == (PONG, b"%d" % number)
        assert await socket.message() == {"id": "ünï", "type": "start_ack"}


@pytest.mark.parametrize(
    ("frames", "code"),
    [
        ([frame(TEXT, b"\xff\xfe")], 1007),
        ([frame(TEXT, b'{"type":"stop","id":"\xed\xa0\x80"}')], 1007),
        ([frame(TEXT, b"\xc3", fin=False), frame(0, b"(")], 1007),
        ([frame(TEXT, b"x" * (1024 * 1024 + 1))], 1009),
        ([frame(TEXT, b"", length=2**40)], 1009),
        ([frame(TEXT, b"x" * 600_000, fin=False), frame(0, b"x" * 600_000)], 1009),
        ([frame(PING, b"x" * 126)], 1002),
        ([frame(PING, b"x", fin=False)], 1002),
        ([frame(0, b"no beginning")], 1002),
        ([frame(TEXT, b"a", fin=False), frame(TEXT, b"b")], 1002),
        ([frame(TEXT, STOP, rsv=4)], 1002),
        ([frame(3, b"")], 1002),
        ([frame(TEXT, STOP, masked=False)], 1002),
        ([frame(CLOSE, b"\x03")], 1002),
        ([frame(CLOSE, (999).to_bytes(2))], 1002),
        ([frame(CLOSE, (1000).to_bytes(2) + b"\xff")], 1007),
    ],
)
async def test_invalid_frames_end_the_connection_with_a_code(
    witness: Witness, frames: list[bytes], code: int
) -> None:
    async with connected(witness.up) as socket:
        for frame in frames:
            await socket.send(frame)
        assert await socket.closed() == code
    await witness.hears()


async def test_frames_after_a_close_are_ignored(witness: Witness) -> None:
    async with connected(witness.up) as socket:
        await socket.send(frame(CLOSE, (1000).to_bytes(2)) + frame(TEXT, start("late")) + b"\xff" * 100)
        assert await socket.receive() == (CLOSE, (1000).to_bytes(2))
        assert await socket.until_closed() == b""
    await until_live(witness.up, 1)


async def test_flood_of_pings_is_answered(witness: Witness) -> None:
    async with connected(witness.up) as socket:
        pings = 3000
        sending = asyncio.create_task(socket.send(b"".join(frame(PING, b"%d" % n) for n in range(pings))))
        for number in range(pings):
            assert await socket.receive() == (PONG, b"%d" % number)
        await sending
        await socket.still_serves()


async def test_unknown_path_or_version_opens_no_websocket(witness: Witness) -> None:
    valid = handshake()
    for bad, status in (
        (valid.replace(b"/graphql/realtime", b"/elsewhere"), 404),
        (valid.replace(b"Version: 13", b"Version: 8"), 426),
        (handshake(key="short"), 400),
    ):
        async with raw(witness.up) as bare:
            await bare.send(bad)
            assert [code for code, _ in answers(await bare.rest())] == [status]


# Long tokens -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["query", "subprotocol", "headers"])
@pytest.mark.parametrize("valid", [True, False])
async def test_long_token_connects_in_each_form(witness: Witness, form: str, valid: bool) -> None:
    pool = witness.up.pool if valid else Pool()
    token = pool.token(padding="x" * 7000)
    credential = {"host": HOST, "Authorization": token}
    if form == "query":
        request = handshake(query=f"header={quote(packed(credential))}&payload=e30=")
    elif form == "subprotocol":
        header = f"Sec-WebSocket-Protocol: graphql-ws, header-{packed(credential, url=True)}"
        request = handshake(header, query="")
    else:
        request = handshake(f"Authorization: {token}", "Sec-WebSocket-Protocol: graphql-ws", query="")
    assert len(request) > 7000
    async with connected(witness.up, init=False, request=request) as socket:
        await socket.send(frame(TEXT, INIT))
        message = await socket.message()
        assert message["type"] == ("connection_ack" if valid else "connection_error")
        if valid:
            await socket.send(frame(TEXT, start("1", **credential)))
            assert await socket.message() == {"id": "1", "type": "start_ack"}


# Many ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("starts", [1_000, pytest.param(10_000, marks=pytest.mark.slow)])
async def test_thousands_of_starts_on_one_connection_are_answered(witness: Witness, starts: int) -> None:
    """The first 200 hold and get one event each, the others are refused."""
    async with connected(witness.up) as socket:
        data = b"".join(frame(TEXT, start(str(number))) for number in range(starts))
        sending = asyncio.create_task(socket.send(data))
        answered: dict[str, dict[str, Any]] = {}
        while len(answered) < starts:
            received = await socket.message()
            assert received["id"] not in answered
            answered[received["id"]] = received
        await sending
        acknowledged = {id_ for id_, frame in answered.items() if frame["type"] == "start_ack"}
        assert acknowledged == {str(number) for number in range(200)}
        message = "Max number of 200 subscriptions reached"
        refused = {"errors": [{"errorType": "MaxSubscriptionsReachedError", "message": message}]}
        assert all(frame["payload"] == refused for id_, frame in answered.items() if id_ not in acknowledged)
        await witness.hears()
        heard_by = [(await socket.message())["id"] for _ in range(200)]
        assert sorted(heard_by) == sorted(acknowledged)
        await socket.still_serves()
    await until_live(witness.up, 1)


async def test_repeated_starts_and_stops_leave_the_server_working(witness: Witness) -> None:
    async with connected(witness.up) as socket:
        rounds = 500
        for number in range(rounds):
            stop = json.dumps({"type": "stop", "id": str(number)})
            await socket.send(frame(TEXT, start(str(number))) + frame(TEXT, stop))
        ended = 0
        while ended < rounds:
            message = await socket.message()
            assert message["type"] in {"start_ack", "complete"}
            ended += message["type"] == "complete"
        await until_live(witness.up, 1)
        await socket.still_serves()


async def test_clients_that_vanish_leave_the_server_working(witness: Witness) -> None:
    """Some are cut, some are half-open, some stay: what is left of those that went is nothing."""
    async with AsyncExitStack() as stack:
        opened: list[RawSocket] = []
        for number in range(60):
            socket = await stack.enter_async_context(connected(witness.up, init=bool(number % 4)))
            if number % 4:
                await socket.send(frame(TEXT, start("1")))
                assert await socket.message() == {"id": "1", "type": "start_ack"}
            opened.append(socket)
        await until_live(witness.up, 1 + 45)
        for number, socket in enumerate(opened):
            if number % 3 == 0:
                socket.reset()
            elif number % 3 == 1:
                socket.writer.write_eof()
        gone = [number for number in range(60) if number % 3 != 2 and number % 4]
        await until_live(witness.up, 1 + 45 - len(gone))
        await witness.hears()
        for number, socket in enumerate(opened):
            if number % 3 == 2 and number % 4:
                assert (await socket.message())["type"] == "data"


async def test_unfinished_handshake_leaves_the_server_working(witness: Witness) -> None:
    async with AsyncExitStack() as stack:
        request = handshake()
        for cut in range(0, len(request), 7):
            bare = await stack.enter_async_context(raw(witness.up))
            await bare.send(request[:cut])
        await witness.hears()
        async with connected(witness.up) as socket:
            await socket.still_serves()
