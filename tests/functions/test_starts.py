"""Cold starts take turns, and none of them can hold the others up for long."""

from __future__ import annotations

from localcloud.functions.starts import Starts
from tests.functions.helpers import until


def none() -> int:
    return 0


async def test_concurrent_starts_are_limited() -> None:
    order: list[str] = []
    turns = Starts(limit=1)
    first = turns.take(lambda: order.append("nobody"), none)
    assert first is not None
    assert turns.take(lambda: order.append("a"), none) is None
    assert turns.take(lambda: order.append("b"), none) is None
    first.release()
    first.release()
    assert order == ["a", "b"]
    second = turns.take(lambda: None, none)
    assert second is not None
    assert turns.take(lambda: None, none) is None
    second.release()


async def test_freed_turn_goes_to_the_function_with_the_fewest_environments() -> None:
    order: list[str] = []
    alive = {"a": 1, "b": 1, "c": 2}
    turns = Starts(limit=1)
    first = turns.take(lambda: None, none)
    assert first is not None
    turns.take(lambda: order.append("c"), lambda: alive["c"])
    turns.take(lambda: order.append("b"), lambda: alive["b"])
    turns.take(lambda: order.append("a"), lambda: alive["a"])
    alive["a"] = 0  # it is what there is now that counts, not when it asked
    first.release()
    assert order == ["a", "b", "c"]


async def test_hanging_start_loses_its_turn() -> None:
    order: list[str] = []
    turns = Starts(limit=1, longest_seconds=0.001)
    turns.take(lambda: None, none)
    turns.take(lambda: order.append("next"), none)
    await until(lambda: order)


async def test_prolonged_turn_expires() -> None:
    order: list[str] = []
    turns = Starts(limit=1, longest_seconds=600.0)
    first = turns.take(lambda: None, none)
    assert first is not None
    first.prolong(0.001)
    turns.take(lambda: order.append("next"), none)
    await until(lambda: order)
