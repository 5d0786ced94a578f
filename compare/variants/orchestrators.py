"""What carries an order through its states: Standard and Express workflows."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import ClassVar

from clients import NewOrder
from compare.costs import Quantity
from compare.variants.base import EXPRESS_ORDERS, Doors, Spent, Stack, Variant, express, transitions


class _Workflow(Variant):
    """A kind of workflow, which the stack's parameter decides for all orders."""

    value: ClassVar[str]

    async def prepare(self, stack: Stack) -> None:
        """Have the stack start this kind."""
        await stack.set_parameter(EXPRESS_ORDERS, self.value)

    async def submit(self, doors: Doors, customer: str, order: NewOrder) -> None:
        """Submit by GraphQL, which starts the workflow directly."""
        await doors.graphql[customer].submit(order)

    def bill(self, spent: Spent) -> Iterator[Quantity]:
        """Yield the mutation, and the workflow by its own prices."""
        yield Quantity("appsync.operation", Decimal(spent.orders), "a mutation for each order")
        yield from (express if self.value == "true" else transitions)(spent)


class Standard(_Workflow):
    """Kept and billed by the state transition."""

    name = "standard"
    title = "Standard workflow"
    how = "each state is kept, an execution may last a year and be redriven; billed by the transition"
    value = "false"


class Express(_Workflow):
    """Not kept, billed by the request and its time."""

    name = "express"
    title = "Express workflow"
    how = "nothing is kept, five minutes at most, at least once; billed by the request and its time"
    value = "true"


# A durable function joins as a class here, with what makes the stack start it in `prepare`.
ORCHESTRATORS: tuple[type[Variant], ...] = (Standard, Express)
