"""What a variant is: another way to do the same with an order."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from decimal import Decimal
from types import TracebackType
from typing import ClassVar, Literal, Protocol, Self

from clients import NewOrder
from clients.api import OrderApi
from clients.rest import RestClient
from clients.session import Session
from clients.traffic import Traffic
from compare.costs import Quantity
from compare.meter import Count
from compare.target import Target

EXPRESS_ORDERS = "ExpressOrders"
"""The stack's parameter that says whether orders without human decisions run as Express executions."""
ORCHESTRATOR = "Orchestrator"
"""The one that says whether a workflow or the durable function runs orders."""


class Stack(Protocol):
    """The stack's parameters."""

    async def set_parameter(self, name: str, value: str) -> None:
        """Give a parameter another value, and return when the stack has it. Raises ``OrderwireError``."""
        ...

    async def set_parameters(self, values: Mapping[str, str]) -> None:
        """Give several their values by one update."""
        ...


@dataclass(frozen=True, slots=True)
class Spent:
    """What some orders took of AWS, all of it: there is nothing to take off.

    Attributes
    ----------
    life
        Seconds that the mean order lived.
    durable
        Durable operations, of all orders together.
    """

    orders: int
    count: Count
    life: float
    durable: float = 0.0


class Variant(ABC):
    """One way.

    Attributes
    ----------
    name, title, how
        On the command line, for people, and in one sentence.
    queue_price
        What a request to its queue costs.
    settling
        Orders before each turn that count for nothing: what an update of the stack starts over is done then.
    needs
        What it goes through and a stack may lack: the companion, or the REST API that fills queues by itself.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    how: ClassVar[str]
    queue_price: ClassVar[str] = "sqs.request"
    settling: ClassVar[int] = 0
    needs: ClassVar[Literal["rest", "intake"] | None] = None

    @abstractmethod
    async def prepare(self, stack: Stack) -> None:
        """Make the stack ready for a turn of this variant."""

    @abstractmethod
    async def submit(self, clients: CustomerClients, customer: str, order: NewOrder) -> None:
        """Submit an order. Raises ``OrderwireError``."""

    @abstractmethod
    def bill(self, spent: Spent) -> Iterator[Quantity]:
        """Yield what AWS asks for beside functions, tables and queues, which the meter knows."""


class CustomerClients:
    """Each customer's clients of GraphQL, REST, and the REST API that fills queues by itself."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._stack = AsyncExitStack()
        self.graphql: dict[str, OrderApi] = {}
        self.rest: dict[str, RestClient] = {}
        self.intake: dict[str, Session] = {}

    async def __aenter__(self) -> Self:
        settings = self._target.settings
        for name, tokens in self._target.tokens.items():
            self.graphql[name] = await self._stack.enter_async_context(OrderApi(settings, tokens))
            if settings.rest is not None:
                self.rest[name] = await self._stack.enter_async_context(RestClient(settings, tokens))
            if settings.intake is not None:
                session = Session(settings.intake, tokens, attempts=4, traffic=Traffic(), sleep=asyncio.sleep)
                await session.open()
                self._stack.push_async_callback(session.close)
                self.intake[name] = session
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()


def transitions(spent: Spent) -> Iterator[Quantity]:
    """Count a Standard workflow's state transitions."""
    yield Quantity("states.transition", Decimal(repr(spent.count.transitions)), "state transitions")


def durable(spent: Spent) -> Iterator[Quantity]:
    """Count a durable execution's operations."""
    why = "durable operations: the start, steps, waits, callbacks, contexts"
    yield Quantity("durable.operation", Decimal(repr(round(spent.durable, 3))), why)


def express(spent: Spent) -> Iterator[Quantity]:
    """Count an Express workflow's request and its time, in 64 MB."""
    yield Quantity("states.request", Decimal(spent.orders), "an Express execution for each order")
    seconds = Decimal(repr(round(spent.life * spent.orders, 3)))
    yield Quantity("states.gb-second", seconds / 16, "its time, in 64 MB")
