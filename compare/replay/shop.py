"""Orders that go the product's own way, at another shop's pace.

An order is submitted as any, and the workflow carries it to CONFIRMED. With the stack's ``Fulfilment`` set to
``external`` what comes then is reported from outside: parcels by events on the bus, at the file's times, and
a cancellation by the customer's own mutation.
"""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from clients import Change, NewOrder, OrderwireError, Settings, Status, Unavailable
from clients.auth import TokenSource
from compare.commits import Commits
from compare.meter import Meter
from compare.orders import DECLINED, new_order
from compare.replay.timelines import Timeline
from compare.runner import Shop
from demo.ready import Ready

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_events.type_defs import PutEventsRequestEntryTypeDef

SOONEST = 1.5
"""Seconds after a submission's answer before which nothing is reported: the order is confirmed first."""

SOURCE = "orderwire.fulfilment"
KINDS = {Status.PACKED: "OrderPacked", Status.SHIPPED: "OrderShipped", Status.DELIVERED: "OrderDelivered"}
PARAMETER, EXTERNAL = "Fulfilment", "external"


class Lives(Shop, Protocol):
    """A shop whose orders can be cancelled, too."""

    async def cancel(self, customer: str, order_id: str) -> None:
        """Cancel a customer's order. Raises ``OrderwireError``."""
        ...


class Reporter(Protocol):
    """Who reports what happened to parcels."""

    async def report(self, order_id: str, status: Status) -> None:
        """Report it. Raises ``OrderwireError``."""
        ...


class Bus:
    """The event bus of a running local cloud."""

    def __init__(self, ready: Ready) -> None:
        self._client: EventBridgeClient = boto3.client(
            "events",
            endpoint_url=ready.engine,
            region_name=ready.region,
            aws_access_key_id=ready.access_key_id,
            aws_secret_access_key=ready.secret_access_key,
        )

    async def report(self, order_id: str, status: Status) -> None:
        """Report what happened to an order's parcel. Raises ``Unavailable``."""
        await asyncio.to_thread(self._put, order_id, KINDS[status])

    def _put(self, order_id: str, kind: str) -> None:
        detail = {"eventId": str(uuid.uuid4()), "orderId": order_id}
        entry: PutEventsRequestEntryTypeDef = {
            "Source": SOURCE,
            "DetailType": kind,
            "Detail": json.dumps(detail),
        }
        try:
            answer = self._client.put_events(Entries=[entry])
        except (BotoCoreError, ClientError) as error:
            raise Unavailable(f"The event bus does not answer: {error}") from error
        if answer["FailedEntryCount"]:
            raise Unavailable(f"The event bus did not take {kind} of {order_id}.")


class ReplayedShop:
    """A shop whose orders live as the file's did.

    Parameters
    ----------
    inner
        Where orders are submitted.
    speed_up
        How many of the file's seconds pass in one.
    """

    def __init__(
        self, inner: Lives, reporter: Reporter, timelines: Sequence[Timeline], speed_up: float
    ) -> None:
        self._inner = inner
        self._reporter = reporter
        self._timelines = timelines
        self._speed_up = speed_up
        self._steps: dict[str, Timeline] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self.failures: list[str] = []

    @property
    def settings(self) -> Settings:
        """The addresses of all APIs."""
        return self._inner.settings

    @property
    def meter(self) -> Meter:
        """What counts AWS's operations."""
        return self._inner.meter

    @property
    def commits(self) -> Commits:
        """What knows the times of commits."""
        return self._inner.commits

    @property
    def tokens(self) -> Mapping[str, TokenSource]:
        """Each customer's tokens."""
        return self._inner.tokens

    def order(self, number: int) -> NewOrder:
        """Return the order that lives as the file's order of this number."""
        timeline = self._timelines[number % len(self._timelines)]
        order = new_order(10 * number + (DECLINED if timeline.end is Status.FAILED else 0))
        self._steps[order.client_token] = timeline
        return order

    async def submit(self, customer: str, order: NewOrder) -> None:
        """Submit an order, and have its life go on by itself. Raises ``OrderwireError``."""
        await self._inner.submit(customer, order)
        timeline = self._steps.pop(order.client_token, None)
        if timeline is not None:
            task = asyncio.create_task(self._live(customer, order.client_token, timeline))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def history(self, customer: str, order_id: str) -> tuple[Change, ...]:
        """Return all changes of an order."""
        return await self._inner.history(customer, order_id)

    async def _live(self, customer: str, order_id: str, timeline: Timeline) -> None:
        loop = asyncio.get_running_loop()
        start = loop.time()
        for status, seconds in timeline.steps:
            if status not in KINDS and status is not Status.CANCELLED:
                continue  # the workflow's own
            await asyncio.sleep(max(SOONEST, seconds / self._speed_up) - (loop.time() - start))
            try:
                if status is Status.CANCELLED:
                    await self._inner.cancel(customer, order_id)
                else:
                    await self._reporter.report(order_id, status)
            except OrderwireError as error:
                self.failures.append(f"{status} of {timeline.order}: {error}")
                return

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
