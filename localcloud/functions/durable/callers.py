"""Synchronous callers: who waits for the end of an execution."""

from __future__ import annotations

import asyncio
from typing import Final

from localcloud.clock import MovableClock
from localcloud.functions.errors import CallerTimedOut

LONGEST_WAIT: Final = 900.0
"""How many seconds a synchronous caller waits."""


class Callers:
    """Waits for ends of executions, by their ARNs."""

    def __init__(self, clock: MovableClock) -> None:
        self._clock = clock
        self._ends: dict[str, asyncio.Future[None]] = {}
        self._count = 0

    def __len__(self) -> int:
        return self._count

    async def wait(self, arn: str, limit: float | None) -> None:
        """Return when an execution has ended.

        Raises
        ------
        CallerTimedOut
            The caller's limit, or 15 minutes, are over.
        """
        longest = LONGEST_WAIT if limit is None else min(limit, LONGEST_WAIT)
        end = self._ends.setdefault(arn, asyncio.get_running_loop().create_future())
        self._count += 1
        try:
            async with self._clock.timeout(longest):
                await asyncio.shield(end)
        except TimeoutError:
            raise CallerTimedOut(longest) from None
        finally:
            self._count -= 1

    def ended(self, arn: str) -> None:
        """Take note that an execution has ended."""
        end = self._ends.pop(arn, None)
        if end is not None and not end.done():
            end.set_result(None)

    def stop(self) -> None:
        """End all waits."""
        for end in self._ends.values():
            end.cancel()
