"""What a follower says when nothing changes for long."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from clients.cli.silence import Silence
from clients.model import Change, Status

A, B = "4b0c0f7e-8a53-4c57-9d62-0d9d1d3a8f10", "9d0c0f7e-8a53-4c57-9d62-0d9d1d3a8f10"


def _change(order_id: str, status: Status) -> Change:
    return Change(order_id, "ana", 1, status, datetime(2026, 11, 30, tzinfo=UTC), None)


class Recorder:
    """Keeps the sentences, and lets a test wait for the next."""

    def __init__(self) -> None:
        self.sentences: list[str] = []
        self.event = asyncio.Event()

    def say(self, sentence: str) -> None:
        self.sentences.append(sentence)
        self.event.set()

    async def next(self) -> str:
        async with asyncio.timeout(60):
            await self.event.wait()
        self.event.clear()
        return self.sentences[-1]


async def test_silence_names_an_open_order_once_and_again_after_the_next_change() -> None:
    recorder = Recorder()
    silence = Silence(recorder.say, 0.01)
    async with silence.watched():
        silence.change(_change(A, Status.CONFIRMED))
        silence.change(_change(B, Status.RECEIVED))
        assert f"{A} is CONFIRMED, 1 more open." in await recorder.next()
        silence.change(_change(A, Status.DELIVERED))
        assert f"{B} is RECEIVED." in await recorder.next()
    assert len(recorder.sentences) == 2


async def test_silence_before_the_first_change_says_how_to_stop() -> None:
    recorder = Recorder()
    async with Silence(recorder.say, 0.01).watched():
        assert "Ctrl-C" in await recorder.next()
