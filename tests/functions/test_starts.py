"""Cold starts take turns, and none of them can hold the others up for long."""

from __future__ import annotations

from localcloud.functions.starts import Starts
from tests.functions.helpers import until


async def test_no_more_than_the_limit_start_at_once() -> None:
    asked: list[str] = []
    turns = Starts(limit=1)
    first = turns.take(lambda: asked.append("nobody"))
    assert first is not None
    assert turns.take(lambda: asked.append("a")) is None
    assert turns.take(lambda: asked.append("b")) is None
    first.release()
    first.release()
    assert asked == ["a", "b"]
    second = turns.take(lambda: None)
    assert second is not None
    assert turns.take(lambda: None) is None
    second.release()


async def test_a_start_that_hangs_gives_its_turn_up() -> None:
    asked: list[str] = []
    turns = Starts(limit=1, longest_seconds=0.001)
    turns.take(lambda: None)
    turns.take(lambda: asked.append("next"))
    await until(lambda: asked)
