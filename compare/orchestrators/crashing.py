"""What a crash in the middle of an order costs: the process of a function is killed while it works on it.

The same orders are carried undisturbed before, one after the other, so that the difference is the crash's.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from statistics import median
from typing import Protocol

from clients import Change, NewOrder, Status, Unavailable
from compare.meter import Count, Meter

LOOK_SECONDS = 0.02
PATIENCE = 120.0
# Without a transition or an invocation for so long, nothing goes on; and how long that is waited for.
QUIET_SECONDS, CALM_SECONDS = 0.5, 15.0
# As long as a held environment is left with what it was given, before it is killed.
HELD_SECONDS = 0.1


class Killer(Protocol):
    """What holds and kills the environments of a function, by its handler's module."""

    def hold(self, module: str) -> int:
        """Stop them; return how many there are."""
        ...

    def kill(self, module: str) -> int:
        """Kill them; return how many there were."""
        ...


class Shop(Protocol):
    """Where orders are looked at."""

    @property
    def meter(self) -> Meter:
        """What counts AWS's operations."""
        ...

    async def history(self, customer: str, order_id: str) -> tuple[Change, ...]:
        """Return all changes of an order."""
        ...


Submit = Callable[[str, NewOrder], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Strike:
    """Which function is killed.

    Attributes
    ----------
    module
        Its handler's.
    holds
        Whether its environments are held back before the order comes: the function gets its part of an
        order after VALIDATED, so that the part begins and cannot end. One that works already is killed at
        VALIDATED.
    """

    module: str
    holds: bool


@dataclass(frozen=True, slots=True)
class Crash:
    """What it came to, of a crash each; milliseconds from submission to the last state.

    Attributes
    ----------
    killed
        Environments, of all orders together.
    delivered
        Orders that came to the end that they come to undisturbed.
    doubled
        Changes that an order has twice.
    invocations, transitions
        More of them for an order, by the meter.
    """

    orders: int
    killed: int
    delivered: int
    doubled: int
    undisturbed_ms: float
    crashed_ms: float
    invocations: float
    transitions: float

    @property
    def late_ms(self) -> float:
        """How much later the order is at its end."""
        return self.crashed_ms - self.undisturbed_ms


@dataclass(frozen=True, slots=True)
class _Carried:
    ms: list[float]
    histories: list[tuple[Change, ...]]
    count: Count
    killed: int = 0


class Crashes:
    """Carries orders with and without a crash.

    Parameters
    ----------
    submit
        Submits a customer's order by the variant's way.
    order
        Makes the order of a number; those of ``10 n`` are delivered.
    """

    def __init__(
        self,
        shop: Shop,
        killer: Killer,
        submit: Submit,
        order: Callable[[int], NewOrder],
        customer: str,
    ) -> None:
        self._shop = shop
        self._killer = killer
        self._submit = submit
        self._order = order
        self._customer = customer

    async def measure(self, strike: Strike, orders: int) -> Crash:
        """Carry so many orders undisturbed, and as many with a crash each. Raises ``Unavailable``."""
        plain = await self._carry(orders, None)
        crashed = await self._carry(orders, strike)
        return Crash(
            orders=orders,
            killed=crashed.killed,
            delivered=sum(history[-1].status is Status.DELIVERED for history in crashed.histories),
            doubled=sum(map(_doubled, crashed.histories)),
            undisturbed_ms=median(plain.ms),
            crashed_ms=median(crashed.ms),
            invocations=(_invocations(crashed.count) - _invocations(plain.count)) / orders,
            transitions=(crashed.count.transitions - plain.count.transitions) / orders,
        )

    async def _carry(self, orders: int, strike: Strike | None) -> _Carried:
        before = await self._calm()
        ms, histories, killed = [], [], 0
        for number in range(orders):
            order = self._order(10 * number)
            start = time.monotonic()
            if strike is None:
                await self._submit(self._customer, order)
            else:
                killed += await self._struck(order, strike)
            histories.append(await self._until(order, lambda history: history[-1].status.final))
            ms.append((time.monotonic() - start) * 1000)
        return _Carried(ms, histories, (await self._calm()).since(before), killed)

    async def _calm(self) -> Count:
        """Return what is counted once executions have ended, too: an order is at its end a little sooner."""
        until, count = time.monotonic() + CALM_SECONDS, await self._shop.meter.read()
        while time.monotonic() < until:
            await asyncio.sleep(QUIET_SECONDS)
            before, count = count, await self._shop.meter.read()
            if (_invocations(before), before.transitions) == (_invocations(count), count.transitions):
                break
        return count

    async def _struck(self, order: NewOrder, strike: Strike) -> int:
        """Submit an order, and kill the environments of a function in the middle of it."""
        try:
            if strike.holds:
                await asyncio.to_thread(self._killer.hold, strike.module)
            await self._submit(self._customer, order)
            await self._until(order, lambda history: len(history) > 1)
            await asyncio.sleep(HELD_SECONDS if strike.holds else 0)
        finally:
            # Whatever happens: what is held would hold up others for as long as it may run.
            killed = await asyncio.to_thread(self._killer.kill, strike.module)
        return killed

    async def _until(
        self, order: NewOrder, enough: Callable[[tuple[Change, ...]], bool]
    ) -> tuple[Change, ...]:
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            history = await self._shop.history(self._customer, order.client_token)
            if history and enough(history):
                return history
            await asyncio.sleep(LOOK_SECONDS)
        raise Unavailable(f"Order {order.client_token} is not at its end {PATIENCE:g} s after a crash.")


def _doubled(history: tuple[Change, ...]) -> int:
    return len(history) - len({change.status for change in history})


def _invocations(count: Count) -> float:
    """Return a count's invocations except for those that notify others of changes."""
    apart = ("Fanout", "Publish", "Project", "Reconcile")
    return sum(n for name, (n, _) in count.functions.items() if not any(kind in name for kind in apart))
