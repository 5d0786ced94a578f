"""The ways in: how an order comes to be recorded and its workflow to be started."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from clients import NewOrder
from compare.costs import Quantity
from compare.variants.base import EXPRESS_ORDERS, Doors, Spent, Stack, Variant, transitions


class _WayIn(Variant):
    """A way in; the workflow behind it is the same for all."""

    async def prepare(self, stack: Stack) -> None:
        """Have the stack start Standard workflows, as the companion does."""
        await stack.set_parameter(EXPRESS_ORDERS, "false")


class Direct(_WayIn):
    """GraphQL, straight to Step Functions."""

    name = "direct"
    title = "GraphQL, started directly"
    how = "a resolver records the order and starts its workflow, without a function; throttled, it is queued"

    async def submit(self, doors: Doors, customer: str, order: NewOrder) -> None:
        """Submit by the mutation ``submitOrder``."""
        await doors.graphql[customer].submit(order)

    def bill(self, spent: Spent) -> Iterator[Quantity]:
        """Yield a mutation for each order, and the workflow."""
        yield Quantity("appsync.operation", Decimal(spent.orders), "a mutation for each order")
        yield from transitions(spent)


class Queued(_WayIn):
    """GraphQL, a function, a standard queue and its worker."""

    name = "queue"
    title = "GraphQL, standard queue"
    how = "a function records the order and puts it in a standard queue, whose worker starts its workflow"

    async def submit(self, doors: Doors, customer: str, order: NewOrder) -> None:
        """Submit by the mutation ``enqueueOrder``."""
        await doors.graphql[customer].submit(order, enqueue=True)

    def bill(self, spent: Spent) -> Iterator[Quantity]:
        """Yield a mutation for each order, and the workflow."""
        yield Quantity("appsync.operation", Decimal(spent.orders), "a mutation for each order")
        yield from transitions(spent)


class Rest(_WayIn):
    """REST, the companion's function, its queue and worker."""

    name = "rest"
    title = "REST, standard queue"
    how = (
        "the companion records the order and puts it in a queue of its own, whose worker starts its workflow"
    )
    needs_rest = True

    async def submit(self, doors: Doors, customer: str, order: NewOrder) -> None:
        """Submit by ``POST /orders``."""
        await doors.rest[customer].submit(order)

    def bill(self, spent: Spent) -> Iterator[Quantity]:
        """Yield a request for each order, and the workflow."""
        yield Quantity("rest.request", Decimal(spent.orders), "a request for each order")
        yield from transitions(spent)


# A FIFO queue and API Gateway straight to SQS are to come here: each needs a queue and a mapping in the
# template, and the latter an AWS integration with a mapping template in the local cloud's front.
INTAKE: tuple[type[Variant], ...] = (Direct, Queued, Rest)
