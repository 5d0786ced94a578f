"""What carries an order through its states: Standard and Express workflows, and a durable function."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from decimal import Decimal
from typing import ClassVar

from clients import NewOrder
from compare.costs import Quantity
from compare.orchestrators.afterwards import Afterwards, Records
from compare.orchestrators.crashing import Strike
from compare.variants.base import (
    EXPRESS_ORDERS,
    ORCHESTRATOR,
    CustomerClients,
    Spent,
    Stack,
    Variant,
    durable,
    express,
    transitions,
)

# The handlers of the workflows' tasks.
_TASKS = (
    *("resolvers/validate_order.py", "resolvers/reserve_stock.py", "resolvers/authorize_payment.py"),
    *("resolvers/release_stock.py", "resolvers/void_payment.py"),
)


class Orchestrator(Variant):
    """Runs all orders, because the stack's parameters say so.

    Attributes
    ----------
    parameters
        Of the stack.
    sources
        What is written for it alone, beside the core that all of them call.
    strike
        Which function a crash kills in the middle of an order.
    limit, kept
        How long an execution may last, and what is kept of it; AWS's own words.
    unpriced
        What AWS asks money for at a price that could not be found: it is not in the sum.
    """

    settling = 4
    parameters: ClassVar[tuple[tuple[str, str], ...]]
    sources: ClassVar[tuple[str, ...]]
    strike: ClassVar[Strike]
    limit: ClassVar[str]
    kept: ClassVar[str]
    unpriced: ClassVar[tuple[str, ...]] = ()

    async def prepare(self, stack: Stack) -> None:
        """Have the stack start this kind."""
        await stack.set_parameters(dict(self.parameters))

    async def submit(self, clients: CustomerClients, customer: str, order: NewOrder) -> None:
        """Submit by GraphQL, which starts the execution directly."""
        await clients.graphql[customer].submit(order)

    def bill(self, spent: Spent) -> Iterator[Quantity]:
        """Yield the mutation, and the execution by its own prices."""
        yield Quantity("appsync.operation", Decimal(spent.orders), "a mutation for each order")
        yield from self.execution(spent)

    @abstractmethod
    def execution(self, spent: Spent) -> Iterator[Quantity]:
        """Yield what the executions took."""

    @abstractmethod
    def afterwards(self, records: Records, order_id: str) -> Afterwards:
        """Ask what is visible of an order's execution that is over."""


class Standard(Orchestrator):
    """Kept and billed by the state transition."""

    name = "standard"
    title = "Standard workflow"
    how = "each state is kept, an execution may last a year and be redriven; billed by the transition"
    parameters = ((ORCHESTRATOR, "workflow"), (EXPRESS_ORDERS, "false"))
    sources = ("appsync/workflow/order.asl.json", *_TASKS)
    strike = Strike("authorize_payment", holds=True)
    limit = "a year"
    kept = "every state with its input and output, 90 days"

    def execution(self, spent: Spent) -> Iterator[Quantity]:
        """Yield its transitions."""
        return transitions(spent)

    def afterwards(self, records: Records, order_id: str) -> Afterwards:
        """Ask Step Functions."""
        return records.workflow(order_id)


class Express(Orchestrator):
    """Not kept, billed by the request and its time."""

    name = "express"
    title = "Express workflow"
    how = "nothing is kept, five minutes at most, at least once; billed by the request and its time"
    parameters = ((ORCHESTRATOR, "workflow"), (EXPRESS_ORDERS, "true"))
    sources = ("appsync/workflow/express.asl.json", *_TASKS)
    strike = Strike("authorize_payment", holds=True)
    limit = "5 minutes"
    kept = "what is logged, alone: here errors"

    def execution(self, spent: Spent) -> Iterator[Quantity]:
        """Yield its request and its time."""
        return express(spent)

    def afterwards(self, records: Records, order_id: str) -> Afterwards:
        """Ask Step Functions."""
        return records.workflow(order_id, "ExpressWorkflow")


class Durable(Orchestrator):
    """Replayed from its record, billed by the operation, and by what it writes and keeps."""

    name = "durable"
    title = "Durable function"
    how = "each step's result is kept, the function is replayed after each wait; billed by the operation"
    parameters = ((ORCHESTRATOR, "durable"),)
    sources = (
        *("resolvers/run_order.py", "resolvers/run_parts.py", "resolvers/run_wiring.py"),
        "orders/carrying.py",
    )
    strike = Strike("run_order", holds=False)
    limit = "a year"
    kept = "every operation with its result, 14 days here (1 to 90)"
    unpriced = ("data written by checkpoints, a GB", "data kept until the retention is over, a GB and month")

    def execution(self, spent: Spent) -> Iterator[Quantity]:
        """Yield its operations; the function's own time is counted with all functions'."""
        return durable(spent)

    def afterwards(self, records: Records, order_id: str) -> Afterwards:
        """Ask Lambda."""
        return records.durable(order_id)


ORCHESTRATORS: tuple[type[Variant], ...] = (Standard, Express, Durable)
