"""A word when nothing changes for long: an order that waits for a person looks like a hung program."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

from clients.model import Change, Status

SECONDS: Final = 60.0


class Silence:
    """Says once what is open when no order has changed for some time, and again after the next silence.

    Parameters
    ----------
    say
        Called with a sentence.
    seconds
        How long a silence is.
    """

    def __init__(self, say: Callable[[str], None], seconds: float = SECONDS) -> None:
        self._say = say
        self._seconds = seconds
        self._open: dict[str, Status] = {}
        self._changed = asyncio.Event()

    def change(self, change: Change) -> None:
        """Take note of a change."""
        if change.status.final:
            self._open.pop(change.order_id, None)
        else:
            self._open[change.order_id] = change.status
        self._changed.set()

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        """Watch while the block runs."""
        watching = asyncio.create_task(self._watch())
        try:
            yield
        finally:
            watching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watching

    async def _watch(self) -> None:
        while True:
            self._changed.clear()
            try:
                async with asyncio.timeout(self._seconds):
                    await self._changed.wait()
            except TimeoutError:
                self._say(self._sentence())
                await self._changed.wait()

    def _sentence(self) -> str:
        silence = f"nothing has changed for {self._seconds:.0f} s"
        advice = "Ctrl-C stops following, not the orders"
        if not self._open:
            return f"{silence}; {advice}"
        order_id, status = next(iter(self._open.items()))
        others = f", {len(self._open) - 1} more open" if len(self._open) > 1 else ""
        return f"{silence}: {order_id} is {status}{others}. `orderwire trace` (staff) says why; {advice}"
