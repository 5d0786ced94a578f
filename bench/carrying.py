"""Orders sent by a bounded number of clients and followed to their end, all in a process of its own."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass

from bench.cloud import Cloud
from bench.receive import Receipts, subscribers
from bench.shop import Shop, new_order
from clients import NewOrder, OrderClient, OrderwireError, Status
from demo.ready import read_ready
from demo.shop import CUSTOMERS

OVERTAKEN_SECONDS = 5.0
GOOD_LIFE = tuple(range(1, 7))


@dataclass(frozen=True, slots=True)
class CarryPlan:
    """How orders are sent.

    Attributes
    ----------
    at_once
        How many clients there are: each sends its next order when it is through with the last one.
    to_the_end
        Whether a client is through when its order is at its end; else when its submission is answered.
    seconds
        After which nothing is waited for any more.
    """

    at_once: int
    to_the_end: bool
    seconds: float


@dataclass(frozen=True, slots=True)
class Carried:
    """What became of an order; times in seconds since 1970.

    Attributes
    ----------
    answered
        When its submission was answered, or given up; None while it still waited.
    ended
        When the subscription brought its final status.
    outcome
        That status with its reason, or how far it came.
    versions
        What the subscription brought, as it came.
    """

    order_id: str
    sent: float
    answered: float | None
    ended: float | None
    outcome: str
    versions: tuple[int, ...]
    refused: str | None = None

    @property
    def delivered(self) -> bool:
        """Whether it ended well."""
        return self.outcome == Status.DELIVERED


def synthetic(count: int, first: int = 0) -> list[tuple[str, NewOrder]]:
    """Return orders that will be delivered, of all customers in turn."""
    return [(CUSTOMERS[n % len(CUSTOMERS)], new_order(n)) for n in range(first, first + count)]


def carry(cloud: Cloud, orders: Sequence[tuple[str, NewOrder]], plan: CarryPlan) -> list[Carried]:
    """Send these customers' orders; return what became of each, in the order in which they were sent."""
    return asyncio.run(_Carrier(cloud, plan).carry(orders))


def outcomes(carried: Sequence[Carried]) -> Counter[str]:
    """Count orders by how they ended."""
    return Counter(order.outcome for order in carried)


class _Carrier:
    def __init__(self, cloud: Cloud, plan: CarryPlan) -> None:
        self._shop = Shop(cloud, read_ready(cloud.ready_file))
        self._plan = plan
        self._deadline = time.monotonic() + plan.seconds
        self._sent: dict[str, float] = {}
        self._answered: dict[str, float] = {}
        self._refused: dict[str, str] = {}

    async def carry(self, orders: Sequence[tuple[str, NewOrder]]) -> list[Carried]:
        names = tuple(dict.fromkeys(customer for customer, _ in orders))
        async with AsyncExitStack() as stack:
            receipts = await stack.enter_async_context(subscribers(self._shop, names))
            clients = {name: await stack.enter_async_context(self._shop.client(name)) for name in names}
            await asyncio.gather(*(client.tokens.token() for client in clients.values()))
            waiting = iter(orders)

            async def work() -> None:
                for customer, order in waiting:
                    await self._carry_order(clients[customer], order, receipts)

            workers = [asyncio.create_task(work()) for _ in range(self._plan.at_once)]
            _done, late = await asyncio.wait(workers, timeout=self._remaining())
            for task in late:
                task.cancel()
            await asyncio.gather(*workers, return_exceptions=True)
            accepted = self._sent.keys() - self._refused.keys()
            await receipts.wait(lambda: accepted <= receipts.ends.keys(), self._remaining())
            # Delivery is in whatever order: the last version may have overtaken one before it.
            await receipts.wait_complete(accepted & receipts.ends.keys(), OVERTAKEN_SECONDS)
            return [self._result(order.client_token, receipts) for _, order in orders]

    async def _carry_order(self, client: OrderClient, order: NewOrder, receipts: Receipts) -> None:
        order_id = order.client_token
        self._sent[order_id] = time.time()
        try:
            await client.submit(order)
        except OrderwireError as error:
            self._refused[order_id] = f"{type(error).__name__}: {error}"
        self._answered[order_id] = time.time()
        if self._plan.to_the_end and order_id not in self._refused:
            await receipts.wait(lambda: order_id in receipts.ends, self._remaining())

    def _remaining(self) -> float:
        return max(0.0, self._deadline - time.monotonic())

    def _result(self, order_id: str, receipts: Receipts) -> Carried:
        changes = receipts.changes.get(order_id, [])
        end = receipts.ends.get(order_id)
        refused = self._refused.get(order_id)
        if end is not None:
            outcome = " ".join(filter(None, (end[0].status, end[0].reason)))
        elif refused is not None:
            outcome = "refused"
        elif order_id not in self._sent:
            outcome = "not sent in time"
        elif order_id not in self._answered:
            outcome = "not answered in time"
        else:
            latest = (
                max((change.version, change.status) for change, _ in changes)[1] if changes else "nothing"
            )
            outcome = f"under way ({latest})"
        return Carried(
            order_id,
            self._sent.get(order_id, 0.0),
            self._answered.get(order_id),
            None if end is None else end[1],
            outcome,
            tuple(receipts.versions(order_id)),
            refused,
        )
