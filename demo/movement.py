"""What moves while orders are on their way, and what has stood still for too long."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine

from clients import Change, Reason, Status
from demo.record import OrderRecord


def needs_the_machine(record: OrderRecord, change: Change) -> bool:
    """Say whether an order keeps the machine busy after a change, or waits for something else from there on.

    From its confirmation on it waits for the warehouse (PaceSeconds), and where the card's provider will not
    answer, for the provider's time limit.
    """
    if change.status is Status.VALIDATED:
        return not all(end.reason is Reason.PAYMENT_TIMEOUT for end in record.expected)
    return change.status is Status.RECEIVED


class Movement:
    """Which orders are through what keeps the machine busy, and when anything moved last."""

    def __init__(self) -> None:
        self._last = _now()
        self._through: dict[int, asyncio.Event] = {}

    def moved(self) -> None:
        """Take note that something has happened."""
        self._last = _now()

    def arrived(self, record: OrderRecord, change: Change) -> None:
        """Take note of an order's change."""
        self.moved()
        if not needs_the_machine(record, change):
            self._event(record).set()

    async def through(self, record: OrderRecord, longest: float) -> None:
        """Return once an order leaves the machine to others, or after the longest time."""
        try:
            async with asyncio.timeout(longest):
                await self._event(record).wait()
        except TimeoutError:
            return

    async def standstill(self, seconds: float) -> None:
        """Return once nothing has moved for so long."""
        remaining = seconds
        while remaining > 0:
            await asyncio.sleep(remaining)
            remaining = self._last + seconds - _now()

    async def while_moving(self, work: Coroutine[None, None, None], patience: float) -> bool:
        """Carry out ``work``, and give it up when nothing moves for so long; say whether it was done."""
        task, still = asyncio.create_task(work), asyncio.create_task(self.standstill(patience))
        try:
            await asyncio.wait({task, still}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            still.cancel()
            if not task.done():
                task.cancel()
            await asyncio.gather(task, still, return_exceptions=True)
        if task.cancelled():
            return False
        task.result()  # what went wrong in it went wrong
        return True

    def _event(self, record: OrderRecord) -> asyncio.Event:
        return self._through.setdefault(record.number, asyncio.Event())


def _now() -> float:
    return asyncio.get_running_loop().time()
