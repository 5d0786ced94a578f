"""The ways in: how an order comes to be recorded and its workflow to be started."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import ClassVar

from clients import NewOrder
from compare.costs import Quantity
from compare.variants.base import EXPRESS_ORDERS, CustomerClients, Spent, Stack, Variant, transitions


class _WayIn(Variant):
    """A way in; the workflow behind it is the same for all.

    Attributes
    ----------
    request
        The price of what a client sends, and what that is.
    """

    request: ClassVar[tuple[str, str]] = ("rest.request", "a request")

    async def prepare(self, stack: Stack) -> None:
        """Have the stack start Standard workflows, as the companion does."""
        await stack.set_parameter(EXPRESS_ORDERS, "false")

    def bill(self, spent: Spent) -> Iterator[Quantity]:
        """Yield what is sent for each order, and the workflow."""
        price, what = self.request
        yield Quantity(price, Decimal(spent.orders), f"{what} for each order")
        yield from transitions(spent)


class Direct(_WayIn):
    """GraphQL, straight to Step Functions."""

    name = "direct"
    request = ("appsync.operation", "a mutation")
    title = "GraphQL, started directly"
    how = "a resolver records the order and starts its workflow, without a function; throttled, it is queued"

    async def submit(self, clients: CustomerClients, customer: str, order: NewOrder) -> None:
        """Submit by the mutation ``submitOrder``."""
        await clients.graphql[customer].submit(order)


class Queued(_WayIn):
    """GraphQL, a function, a standard queue and its worker."""

    name = "queue"
    request = ("appsync.operation", "a mutation")
    title = "GraphQL, standard queue"
    how = "a function records the order and puts it in a standard queue, whose worker starts its workflow"

    async def submit(self, clients: CustomerClients, customer: str, order: NewOrder) -> None:
        """Submit by the mutation ``enqueueOrder``."""
        await clients.graphql[customer].submit(order, enqueue=True)


class Rest(_WayIn):
    """REST, the companion's function, its queue and worker."""

    name = "rest"
    title = "REST, standard queue"
    how = (
        "the companion records the order and puts it in a queue of its own, whose worker starts its workflow"
    )
    needs = "rest"

    async def submit(self, clients: CustomerClients, customer: str, order: NewOrder) -> None:
        """Submit by ``POST /orders``."""
        await clients.rest[customer].submit(order)


class Unattended(_WayIn):
    """REST, straight to a standard queue: no function before the worker."""

    name = "gateway"
    title = "API Gateway, standard queue"
    how = "API Gateway puts the order in a standard queue by itself; a worker validates and starts it"
    needs = "intake"
    path: ClassVar[str] = "standard"

    async def submit(self, clients: CustomerClients, customer: str, order: NewOrder) -> None:
        """Submit by ``PUT /standard/{orderId}``, or ``/fifo``."""
        document = order.document()
        order_id = str(document.pop("clientToken"))
        await clients.intake[customer].send(
            "PUT", f"/{self.path}/{order_id}", body=document, order_id=order_id
        )


class Fifo(Unattended):
    """The same with a FIFO queue."""

    name = "fifo"
    title = "API Gateway, FIFO queue"
    how = "as `gateway`, by a FIFO queue: one customer's orders begin in the order in which they were sent"
    path = "fifo"
    queue_price = "sqs.fifo"


INTAKE: tuple[type[Variant], ...] = (Direct, Queued, Rest, Unattended, Fifo)
