"""The customers: each hands an order in until it is accepted, cancels some, and staff decide on others."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from campaign.plan import Purchase, WayIn
from clients import OrderClient, OrderwireError, Status
from clients.backoff import Backoff
from clients.errors import NotCancellable, NotDecidable, NotFound, Refused
from clients.model import Decision
from clients.rest import RestClient

# How long one call is repeated before it counts as an order that the cloud does not take.
PATIENCE = 240.0


@dataclass
class Sales:
    """What became of the handing in.

    Attributes
    ----------
    accepted
        Ids of the orders that the API answered for: these must not be lost.
    refused
        Why an order was refused, by its id: none should be.
    attempts
        How many submissions were sent, repetitions included.
    """

    accepted: set[str] = field(default_factory=set)
    refused: dict[str, str] = field(default_factory=dict)
    attempts: int = 0


class Shop:
    """Hands purchases in, so many at a time.

    Parameters
    ----------
    clients, rest
        A client of each customer, for GraphQL and for REST.
    staff
        The decider.
    admit
        Returns when the purchase of that number, counted from 0, may be handed in.
    on_answered
        Called with the number of orders that were accepted or refused so far.
    """

    def __init__(
        self,
        clients: Mapping[str, OrderClient],
        rest: Mapping[str, RestClient],
        staff: OrderClient,
        *,
        at_once: int,
        admit: Callable[[int], Awaitable[None]],
        on_answered: Callable[[int], None],
    ) -> None:
        self.sales = Sales()
        self._clients = clients
        self._rest = rest
        self._staff = staff
        self._places = asyncio.Semaphore(at_once)
        self._admit = admit
        self._on_answered = on_answered
        self._deciding: set[asyncio.Task[None]] = set()

    async def sell(self, purchases: tuple[Purchase, ...]) -> None:
        """Hand all in, and return when each was accepted, refused or given up; staff decide until closed."""
        async with asyncio.TaskGroup() as group:
            for number, purchase in enumerate(purchases):
                await self._admit(number)
                await self._places.acquire()
                group.create_task(self._buy(purchase))

    async def _buy(self, purchase: Purchase) -> None:
        try:
            await self._submit(purchase)
        finally:
            self._places.release()
            self._on_answered(len(self.sales.accepted) + len(self.sales.refused))
        if purchase.order_id in self.sales.accepted:
            if purchase.cancel:
                await self._cancel(purchase)
            elif purchase.decision is not None:
                # On a busy machine it may be long after the last order that one comes to await this.
                self._deciding.add(asyncio.create_task(self._decide(purchase, purchase.decision)))

    async def close(self) -> None:
        """Let staff go home, whatever still waits for them."""
        for task in self._deciding:
            task.cancel()
        await asyncio.gather(*self._deciding, return_exceptions=True)

    async def _submit(self, purchase: Purchase) -> None:
        backoff, deadline = Backoff(0.1, 3.0), _deadline()
        while True:
            self.sales.attempts += 1
            try:
                if purchase.way is WayIn.REST:
                    await self._rest[purchase.customer].submit(purchase.order)
                else:
                    enqueue = purchase.way is WayIn.QUEUE
                    await self._clients[purchase.customer].submit(purchase.order, enqueue=enqueue)
            except Refused as error:
                self.sales.refused[purchase.order_id] = str(error)
                return
            except OrderwireError as error:
                # A customer who wants the order presses the button again: its token makes it one order.
                if asyncio.get_running_loop().time() > deadline:
                    self.sales.refused[purchase.order_id] = f"given up: {error}"
                    return
                await asyncio.sleep(backoff.next())
            else:
                self.sales.accepted.add(purchase.order_id)
                return

    async def _cancel(self, purchase: Purchase) -> None:
        """Cancel an order, unless its workflow was faster."""
        backoff, deadline = Backoff(0.2, 3.0), _deadline()
        while asyncio.get_running_loop().time() < deadline:
            try:
                await self._clients[purchase.customer].api.cancel(purchase.order_id)
            except (NotCancellable, NotFound):
                return
            except OrderwireError:
                await asyncio.sleep(backoff.next())  # faults: asked again
            else:
                return

    async def _decide(self, purchase: Purchase, decision: Decision) -> None:
        """Decide as soon as the order awaits it, unless it ends before."""
        backoff = Backoff(0.2, 3.0)
        while True:
            try:
                await self._staff.api.decide(purchase.order_id, decision, reason="campaign")
            except NotDecidable as error:
                if error.status and Status(error.status).final:
                    return
                await asyncio.sleep(backoff.next())
            except OrderwireError:
                await asyncio.sleep(backoff.next())  # faults: asked again
            else:
                return


def _deadline() -> float:
    return asyncio.get_running_loop().time() + PATIENCE
