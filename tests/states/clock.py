"""A loop whose time passes at once when there is nothing to do."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Awaitable, Callable
from typing import TypeVar

from tests.states.world import World

T = TypeVar("T")


class _Skipping(selectors.DefaultSelector):
    """Notes for how long the loop would have slept, and does not sleep."""

    def __init__(self) -> None:
        super().__init__()
        self.skipped = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is not None and timeout > 0:
            self.skipped += timeout
            timeout = 0
        return super().select(timeout)


class SkippingLoop(asyncio.SelectorEventLoop):
    """Skips what it would sleep."""

    def __init__(self) -> None:
        self._skipping = _Skipping()
        super().__init__(self._skipping)

    def time(self) -> float:
        return super().time() + self._skipping.skipped


def at_once(test: Callable[[World], Awaitable[T]]) -> T:
    """Run a test in a world of its own, without waiting for its clocks."""

    async def run() -> T:
        return await test(World())

    with asyncio.Runner(loop_factory=SkippingLoop) as runner:
        return runner.run(run())
