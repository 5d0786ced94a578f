"""What an order consists of, and the one function that changes it.

An order has two parts: its `OrderContents`, written once, and its `OrderState`, which every
change replaces. Both are values: nothing in here is ever modified.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import pairwise
from typing import NewType

from orders.errors import ChangeRefused, IllegalChange
from orders.fields import OptionalFields, values, with_values
from orders.origins import ImportLine, Orchestrator
from orders.status import FailureReason, OrderStatus, allowed_from, takes_reason

OrderId = NewType("OrderId", str)
"""A lower-case UUID: the client's token, and the name of the order's execution."""

CustomerId = NewType("CustomerId", str)
"""The user pool's ``sub`` of the customer who submitted the order."""

Timestamp = NewType("Timestamp", str)
"""ISO 8601 in UTC with milliseconds and ``Z``, so that text order is time order."""


def timestamp(moment: datetime) -> Timestamp:
    """Return an aware ``moment`` in the one form that the whole project writes.

    Examples
    --------
    >>> timestamp(datetime(2026, 11, 20, 18, 0, 0, 123456, tzinfo=UTC))
    '2026-11-20T18:00:00.123Z'
    """
    return Timestamp(moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"))


@dataclass(frozen=True, slots=True)
class OrderItem:
    """One line of an order; ``unit_price`` is in minor units of the order's currency."""

    sku: str
    name: str
    quantity: int
    unit_price: int


@dataclass(frozen=True, slots=True)
class OrderContents(OptionalFields):
    """What was ordered, by whom and how it is paid: written once."""

    order_id: OrderId
    customer_id: CustomerId
    currency: str
    items: tuple[OrderItem, ...]
    card_token: str = field(repr=False)
    created_at: Timestamp
    imported: ImportLine | None = None
    orchestrator: Orchestrator = Orchestrator.WORKFLOW

    @property
    def total(self) -> int:
        """Sum of quantity times unit price, in minor units."""
        return sum(item.quantity * item.unit_price for item in self.items)


@dataclass(frozen=True, slots=True)
class ChangeOrigin:
    """Which step of which run made a change: it distinguishes a repeated write from a second one.

    ``execution`` is the execution's ARN, or whatever else names the run; ``state`` the step in it.
    """

    execution: str
    state: str


@dataclass(frozen=True, slots=True)
class StatusChange:
    """One entry of an order's history; entry n, counted from 1, is version n."""

    status: OrderStatus
    at: Timestamp
    reason: FailureReason | None = None


@dataclass(frozen=True, slots=True)
class OrderSummary:
    """What an order's state says besides its status at one change; `previous_at` is the change before."""

    currency: str
    total: int
    item_count: int
    country: str | None
    created_at: Timestamp
    previous_at: Timestamp | None


@dataclass(frozen=True, slots=True)
class OrderStatusChanged:
    """The event: what channels publish of one change. `order` is no part of what makes two the same."""

    order_id: OrderId
    customer_id: CustomerId
    version: int
    status: OrderStatus
    at: Timestamp
    reason: FailureReason | None = None
    trace: str | None = None
    order: OrderSummary | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class OrderState(OptionalFields):
    """How an order is doing. Its version is the length of its history.

    Attributes
    ----------
    trace : str or None
        X-Ray's header of the request that submitted it, whose trace all later work belongs to.
    """

    order_id: OrderId
    customer_id: CustomerId
    history: tuple[StatusChange, ...]
    currency: str
    total: int
    item_count: int
    created_at: Timestamp
    last_change: ChangeOrigin | None = None
    trace: str | None = None
    orchestrator: Orchestrator = Orchestrator.WORKFLOW

    @property
    def version(self) -> int:
        """How many changes the order has seen, from 1."""
        return len(self.history)

    @property
    def status(self) -> OrderStatus:
        """The status that the last change led to."""
        return self.history[-1].status

    @property
    def reason(self) -> FailureReason | None:
        """Why the order did not come to its good end."""
        return self.history[-1].reason

    @property
    def updated_at(self) -> Timestamp:
        """When the last change happened."""
        return self.history[-1].at

    def went(self, source: OrderStatus, target: OrderStatus) -> bool:
        """Return whether the order has gone from ``source`` to ``target`` in one step."""
        statuses = [change.status for change in self.history]
        return (source, target) in pairwise(statuses)

    @property
    def is_pending(self) -> bool:
        """Whether no workflow has taken the order up yet."""
        return self.version == 1

    def change(self, version: int) -> OrderStatusChanged:
        """Return the event of the change that led to ``version``."""
        entry = self.history[version - 1]
        return OrderStatusChanged(
            order_id=self.order_id,
            customer_id=self.customer_id,
            version=version,
            status=entry.status,
            at=entry.at,
            reason=entry.reason,
            trace=self.trace,
            order=OrderSummary(
                currency=self.currency,
                total=self.total,
                item_count=self.item_count,
                country=self.country,
                created_at=self.created_at,
                previous_at=self.history[version - 2].at if version > 1 else None,
            ),
        )

    def changes_after(self, version: int) -> tuple[OrderStatusChanged, ...]:
        """Return the events after ``version``, oldest first."""
        return tuple(self.change(n) for n in range(max(version, 0) + 1, self.version + 1))


@dataclass(frozen=True, slots=True)
class ChangeOrder:
    """The command: bring an order into ``target``, from one status alone where ``only_from`` names it.

    Raises
    ------
    IllegalChange
        When ``reason`` does not fit ``target``, or nothing ever leads there.
    """

    target: OrderStatus
    at: Timestamp
    origin: ChangeOrigin
    reason: FailureReason | None = None
    only_from: OrderStatus | None = None

    @property
    def sources(self) -> tuple[OrderStatus, ...]:
        """The statuses that it may leave."""
        return allowed_from(self.target) if self.only_from is None else (self.only_from,)

    def __post_init__(self) -> None:
        if self.target is OrderStatus.RECEIVED:
            raise IllegalChange("An order is RECEIVED when it is recorded, and never again.")
        if not takes_reason(self.target, self.reason):
            raise IllegalChange(f"{self.target} cannot have the reason {self.reason}.")
        if self.only_from is not None and self.only_from not in allowed_from(self.target):
            raise IllegalChange(f"Nothing leads from {self.only_from} to {self.target}.")


def received(contents: OrderContents, trace: str | None = None) -> OrderState:
    """Return the state of an order that has just been recorded: version 1."""
    state = OrderState(
        order_id=contents.order_id,
        customer_id=contents.customer_id,
        history=(StatusChange(OrderStatus.RECEIVED, contents.created_at),),
        currency=contents.currency,
        total=contents.total,
        item_count=len(contents.items),
        created_at=contents.created_at,
        trace=trace,
        orchestrator=contents.orchestrator,
    )
    return with_values(state, values(contents))


def changed(state: OrderState, command: ChangeOrder) -> OrderState:
    """Return ``state`` after ``command``.

    A command whose origin made the last change has been carried out already (its answer was
    lost, and it was sent again): the state is returned as it is.

    Raises
    ------
    ChangeRefused
        When the order's status may not be left for the command's target.
    """
    if state.last_change == command.origin and state.status is command.target:
        return state
    if state.status not in command.sources:
        raise ChangeRefused(state.status, command.target)
    entry = StatusChange(command.target, command.at, command.reason)
    return replace(state, history=(*state.history, entry), last_change=command.origin)
