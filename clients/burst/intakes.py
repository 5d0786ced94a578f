"""The ways in of a burst. None repeats a request: what is throttled is to be seen."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import AsyncExitStack
from types import MappingProxyType
from typing import ClassVar, Final, Literal

from clients.api import OrderApi
from clients.auth import TokenSource
from clients.model import NewOrder
from clients.session import Session
from clients.settings import Settings
from clients.traffic import Traffic


class Intake(ABC):
    """One customer's way in.

    Attributes
    ----------
    name, title
        On the command line, and for people.
    """

    name: ClassVar[str]
    title: ClassVar[str]

    @classmethod
    def lacks(cls, settings: Settings) -> str | None:
        """Return what of a stack it needs and is not there."""
        return None

    @abstractmethod
    async def open(self, settings: Settings, tokens: TokenSource, stack: AsyncExitStack) -> None:
        """Open the connections; ``stack`` closes them."""

    @abstractmethod
    async def submit(self, order: NewOrder) -> None:
        """Submit an order, once. Raises ``OrderwireError``."""


class Direct(Intake):
    """The mutation ``submitOrder``: a resolver starts the workflow, or queues the order when throttled."""

    name = "direct"
    title = "direct start"
    _enqueue: ClassVar[bool] = False
    _api: OrderApi

    async def open(self, settings: Settings, tokens: TokenSource, stack: AsyncExitStack) -> None:
        """Open an HTTP session."""
        self._api = await stack.enter_async_context(OrderApi(settings, tokens, attempts=1))

    async def submit(self, order: NewOrder) -> None:
        """Submit by GraphQL."""
        await self._api.submit(order, enqueue=self._enqueue)


class Queued(Direct):
    """The mutation ``enqueueOrder``: a function, a standard queue and its worker."""

    name = "queue"
    title = "function and queue"
    _enqueue = True


class Standard(Intake):
    """``PUT /standard/{orderId}``: API Gateway, a standard queue, and its worker."""

    name = "standard"
    title = "standard queue"
    _path: ClassVar[Literal["standard", "fifo"]] = "standard"
    _session: Session

    @classmethod
    def lacks(cls, settings: Settings) -> str | None:
        """Return that the stack has no such API."""
        return None if settings.intake else "the stack has no such way in: its ExtraIntakes is false"

    async def open(self, settings: Settings, tokens: TokenSource, stack: AsyncExitStack) -> None:
        """Open an HTTP session."""
        assert settings.intake is not None, "see lacks()"
        self._session = Session(settings.intake, tokens, attempts=1, traffic=Traffic(), sleep=asyncio.sleep)
        await self._session.open()
        stack.push_async_callback(self._session.close)

    async def submit(self, order: NewOrder) -> None:
        """Submit by REST."""
        document = order.document()
        order_id = str(document.pop("clientToken"))
        await self._session.send("PUT", f"/{self._path}/{order_id}", body=document, order_id=order_id)


class Fifo(Standard):
    """``PUT /fifo/{orderId}``: the same by a FIFO queue, in which each customer is a group."""

    name = "fifo"
    title = "FIFO queue"
    _path = "fifo"


INTAKES: Final[Mapping[str, type[Intake]]] = MappingProxyType(
    {intake.name: intake for intake in (Direct, Queued, Standard, Fifo)}
)
