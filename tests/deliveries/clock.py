"""A clock that jumps: who sleeps is woken in the order of their moments, without any waiting."""

from __future__ import annotations

import asyncio
import heapq
from itertools import count


class JumpingClock:
    """Time passes when everybody sleeps and :meth:`run` is called."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._order = count()

    def now(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self.seconds + seconds, next(self._order), woken))
        await woken

    async def step(self) -> None:
        """Let time pass until the next sleeper has been woken."""
        await self._settle()
        await self.run(until=self._sleepers[0][0])

    async def run(self, until: float = float("inf")) -> None:
        """Let time pass until nobody sleeps any more, or to a moment."""
        await self._settle()
        while self._sleepers and self._sleepers[0][0] <= until:
            moment, _, woken = heapq.heappop(self._sleepers)
            self.seconds = max(self.seconds, moment)
            if not woken.done():
                woken.set_result(None)
            await self._settle()

    @staticmethod
    async def _settle() -> None:
        for _ in range(20):
            await asyncio.sleep(0)
