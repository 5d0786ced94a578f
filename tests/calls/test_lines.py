"""Endless answers, line by line."""

from __future__ import annotations

import asyncio

import pytest

from localcloud.calls import NoAnswer, TimedOut
from localcloud.calls.lines import follow_lines
from tests.calls.support import answering, until

HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
SECONDS = 60


def chunk(text: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(text), text)


async def test_lines_are_delivered_whole_however_they_are_split() -> None:
    lines: list[bytes] = []
    async with answering(HEAD + chunk(b"one\ntw") + chunk(b"o\n\nth") + chunk(b"ree\nrest")) as peer:
        following = asyncio.create_task(follow_lines(f"{peer.endpoint}/feed", lines.append, silence=SECONDS))
        await until(lambda: lines == [b"one", b"two", b"", b"three"])
        following.cancel()
        with pytest.raises(asyncio.CancelledError):
            await following
        await until(lambda: peer.lost == 1)
    assert peer.requests[0][0].startswith("GET /feed HTTP/1.1\r\nHost: 127.0.0.1:")


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        (None, "the answer ended"),
        (HEAD + chunk(b"a\n") + b"0\r\n\r\n", "the answer ended"),
        (b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", "status is 503"),
        (b"no HTTP at all\r\n\r\n", "no HTTP/1.1 answer"),
    ],
)
async def test_end_of_an_answer_raises_with_the_reason(sent: bytes | None, reason: str) -> None:
    async with answering(sent) as peer:
        with pytest.raises(NoAnswer, match=reason):
            await follow_lines(f"{peer.endpoint}/feed", lambda _: None, silence=SECONDS)


async def test_missing_server_gives_no_answer() -> None:
    async with answering() as peer:
        pass
    with pytest.raises(NoAnswer, match="cannot be reached"):
        await follow_lines(f"{peer.endpoint}/feed", lambda _: None, silence=SECONDS)


async def test_silent_server_is_given_up() -> None:
    lines: list[bytes] = []
    silence = 0.05
    while not lines:  # on a busy machine the time may be over before the first line is here
        async with answering(HEAD + chunk(b"a\n")) as peer:
            with pytest.raises(TimedOut):
                await follow_lines(f"{peer.endpoint}/feed", lines.append, silence=silence)
        silence *= 2
    assert lines == [b"a"]


async def test_exception_of_a_listener_is_raised() -> None:
    def hear(line: bytes) -> None:
        raise KeyError(line)

    async with answering(HEAD + chunk(b"a\n")) as peer:
        with pytest.raises(KeyError):
            await follow_lines(f"{peer.endpoint}/feed", hear, silence=SECONDS)
