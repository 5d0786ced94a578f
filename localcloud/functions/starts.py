"""How many environments may start at once: a cold start is all processor, and a laptop has few."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable


class Start:
    """A permission to start one environment. Release it once the environment has started, or failed."""

    def __init__(self, release: Callable[[], None], longest_seconds: float) -> None:
        self._release: Callable[[], None] | None = release
        self._timer = asyncio.get_running_loop().call_later(longest_seconds, self.release)

    def prolong(self, seconds: float) -> None:
        """Keep the permission, for so long from now at the most."""
        if self._release is not None:
            self._timer.cancel()
            self._timer = asyncio.get_running_loop().call_later(seconds, self.release)

    def release(self) -> None:
        """Let the next one start. A second time does nothing."""
        self._timer.cancel()
        release, self._release = self._release, None
        if release is not None:
            release()


class Starts:
    """Hands out permissions, to all functions together.

    A burst of invocations then is served by the first environments that are up, while functions
    that really wait for something still get one after the other, up to their concurrency. Who has
    the fewest environments gets the next one, so no function waits for another's whole burst.
    """

    def __init__(self, limit: int | None = None, longest_seconds: float = 1.0) -> None:
        # An environment that is not up by then is waiting for something else than the processor.
        self._longest_seconds = longest_seconds
        self._limit = limit or max(2, os.cpu_count() or 1)
        self._starting = 0
        self._waiting: dict[Callable[[], None], Callable[[], int]] = {}

    def take(self, again: Callable[[], None], alive: Callable[[], int]) -> Start | None:
        """Return a permission, or None; then ``again`` is called when it is worth asking again.

        ``alive`` is how many environments the function has by then.
        """
        if self._starting >= self._limit:
            self._waiting[again] = alive
            return None
        self._starting += 1
        return Start(self._give_back, self._longest_seconds)

    def _give_back(self) -> None:
        self._starting -= 1
        waiting, self._waiting = self._waiting, {}
        for again in sorted(waiting, key=lambda again: waiting[again]()):
            again()
