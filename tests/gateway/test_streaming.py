"""Streamed answers of REST APIs: preludes, time limits, clients that go away."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from localcloud.functions import CallerTimedOut, FunctionNotFound, InvokeResult
from localcloud.functions.response import ResponseStream
from localcloud.gateway.definitions.rest import LambdaProxy
from localcloud.gateway.errors import IntegrationFailed
from localcloud.gateway.prelude import LIMIT, SEPARATOR, PreludeReader
from tests.examples import examples
from tests.gateway.support import ARN, Gateway, rest, route, running

PRELUDE = b'{"statusCode": 200, "headers": {"X-One": "1"}}' + SEPARATOR


class Streams:
    """A Lambda service whose functions are what the test writes into."""

    def __init__(self) -> None:
        self.opened: list[ResponseStream] = []
        self.events: list[Any] = []
        self.begin: Callable[[ResponseStream], None] = lambda response: None

    async def stream(self, function: str, payload: bytes, *, limit: float | None = None) -> ResponseStream:
        if function != f"{ARN}view":
            raise FunctionNotFound(function)
        response = ResponseStream("r-1")
        self.opened.append(response)
        self.events.append(json.loads(payload))
        self.begin(response)
        if limit is not None and limit < 1:
            asyncio.get_running_loop().call_later(limit, response.fail, CallerTimedOut(limit))
        await response.started()
        return response


async def put(response: ResponseStream, *pieces: bytes) -> None:
    response.begin("application/vnd.awslambda.http-integration-response")
    for piece in pieces:
        await response.write(piece)


def streamed(path: str, *, seconds: float = 60.0, idle: float = 60.0, function: str = "view") -> Any:
    return route("ANY", path, LambdaProxy(f"{ARN}{function}", seconds, idle))


@pytest.fixture
async def streams() -> Streams:
    return Streams()


@pytest.fixture
async def gateway(streams: Streams) -> AsyncIterator[Gateway]:
    api = rest(
        streamed("/"),
        streamed("/idle", idle=0.2),
        streamed("/brief", seconds=0.2),
        streamed("/nobody", function="nobody"),
    )
    async with running([api], streams=streams.stream) as up:
        yield up


async def opened(gateway: Gateway, streams: Streams) -> ResponseStream:
    await gateway.until(lambda: streams.opened)
    return streams.opened[-1]


async def test_streamed_pieces_are_passed_on_as_they_arrive(gateway: Gateway, streams: Streams) -> None:
    asking = asyncio.ensure_future(gateway.session.get(f"{gateway.url}/"))
    response = await opened(gateway, streams)
    await put(response, PRELUDE[:20])
    await put(response, PRELUDE[20:] + b"one")
    async with await asking as answer:
        assert (answer.status, answer.headers["X-One"]) == (200, "1")
        assert answer.headers["Content-Type"] == "application/json" and "x-amzn-RequestId" in answer.headers
        assert await answer.content.readany() == b"one"
        await put(response, b"two")
        assert await answer.content.readany() == b"two"
        response.finish(InvokeResult(b""))
        assert await answer.read() == b""
    assert streams.events[0]["path"] == "/"


@pytest.mark.parametrize(
    "pieces",
    [
        [b"no prelude at all" + SEPARATOR],
        [b"[1]" + SEPARATOR],
        [b'{"statusCode": 99}' + SEPARATOR],
        [b'{"statusCode": 200, "cookies": "a=1"}' + SEPARATOR],
        [b'{"statusCode": 200}'],  # and the end
        [b"{" + b" " * LIMIT],
    ],
)
async def test_invalid_prelude_is_502(gateway: Gateway, streams: Streams, pieces: list[bytes]) -> None:
    asking = asyncio.ensure_future(gateway.get("/"))
    response = await opened(gateway, streams)
    await put(response, *pieces)
    response.finish(InvokeResult(b""))
    answer = await asking
    assert (answer.status, answer.json()) == (502, {"message": "Internal server error"})


async def test_function_failing_first_is_502_and_missing_function_500(
    gateway: Gateway, streams: Streams
) -> None:
    streams.begin = lambda response: response.finish(InvokeResult(b'{"errorType": "E"}', "Unhandled"))
    assert (await gateway.get("/")).status == 502
    assert (await gateway.get("/nobody")).status == 500


async def test_timeout_before_the_first_piece_is_504(gateway: Gateway, streams: Streams) -> None:
    assert (await gateway.get("/brief")).status == 504


@pytest.mark.parametrize("path", ["/idle", "/brief"])
async def test_timeout_after_the_first_piece_cuts_the_stream(
    gateway: Gateway, streams: Streams, path: str
) -> None:
    asking = asyncio.ensure_future(gateway.session.get(f"{gateway.url}{path}"))
    response = await opened(gateway, streams)
    await put(response, PRELUDE + b"one")
    async with await asking as answer:
        assert await answer.content.readany() == b"one"
        with pytest.raises(aiohttp.ClientError):
            await answer.read()
    assert response.abandoned


async def test_timely_pieces_keep_a_stream_alive(gateway: Gateway, streams: Streams) -> None:
    asking = asyncio.ensure_future(gateway.session.get(f"{gateway.url}/idle"))
    response = await opened(gateway, streams)
    await put(response, PRELUDE)
    async with await asking as answer:
        for _ in range(5):
            await put(response, b".")
            assert await answer.content.readany() == b"."
        response.finish(InvokeResult(b""))
        assert await answer.read() == b""


async def test_disconnected_client_leaves_the_function_running(gateway: Gateway, streams: Streams) -> None:
    asking = asyncio.ensure_future(gateway.session.get(f"{gateway.url}/"))
    response = await opened(gateway, streams)
    await put(response, PRELUDE)
    (await asking).close()
    await gateway.until(lambda: response.abandoned)  # it looks once a second
    assert not response.result.done()
    await put(response, b"nobody reads this", b"nor does it block others" * 100_000)


async def test_streamed_answer_to_head_has_no_body(gateway: Gateway, streams: Streams) -> None:
    asking = asyncio.ensure_future(gateway.session.head(f"{gateway.url}/"))
    response = await opened(gateway, streams)
    await put(response, PRELUDE + b"one")
    response.finish(InvokeResult(b""))
    async with await asking as answer:
        assert (answer.status, answer.headers["X-One"], await answer.read()) == (200, "1", b"")


@settings(max_examples=examples(200))
@given(st.dictionaries(st.text(), st.integers()), st.binary(max_size=30), st.data())
def test_prelude_is_the_same_however_it_is_split(
    document: dict[str, int], rest_: bytes, data: st.DataObject
) -> None:
    stream = json.dumps(document).encode() + SEPARATOR + rest_
    reader, read = PreludeReader(), None
    unread = stream
    while read is None:
        cut = data.draw(st.integers(1, len(unread)))
        read = reader.feed(unread[:cut])
        unread = unread[cut:]
    assert (read[0], read[1] + unread) == (document, rest_)


@settings(max_examples=examples(200))
@given(st.binary(max_size=60))
def test_any_bytes_are_a_prelude_or_refused(piece: bytes) -> None:
    try:
        read = PreludeReader().feed(piece)
    except IntegrationFailed:
        return
    assert read is None or isinstance(read[0], dict)
