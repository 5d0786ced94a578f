"""What the warehouse and the carrier report: packed, shipped, delivered.

::

    source: orderwire.fulfilment   detail-type: OrderPacked | OrderShipped | OrderDelivered
    detail: {"eventId": "<uuid>", "orderId": "<uuid>", "at": "2026-11-29T10:00:00Z"}

Events arrive late, twice and out of order. A later one stands for those before it: a parcel that was
delivered was shipped, and packed. So it brings the order there by one conditional write for each status
on the way, and an event whose status the order has had changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from orders.caller import Caller
from orders.errors import (
    ChangeRefused,
    InvalidOrder,
    InvalidRequest,
    OrderNotFound,
    OrderNotFulfillable,
    StaffOnly,
)
from orders.model import ChangeOrder, ChangeOrigin, OrderId, OrderState, Timestamp, timestamp
from orders.parsing import parse_order_id
from orders.ports import Clock, OrderStore
from orders.status import OrderStatus

SOURCE = "orderwire.fulfilment"
"""The source of such events on the bus, and what stands for the execution in a change's origin."""

_ROUTE = (OrderStatus.CONFIRMED, OrderStatus.PACKED, OrderStatus.SHIPPED, OrderStatus.DELIVERED)
"""The statuses of a parcel, each the only way to the next."""

_FIELDS = frozenset({"eventId", "orderId", "at"})


class FulfilmentKind(StrEnum):
    """What happened to the parcel: EventBridge's ``detail-type``."""

    PACKED = "OrderPacked"
    SHIPPED = "OrderShipped"
    DELIVERED = "OrderDelivered"

    @property
    def status(self) -> OrderStatus:
        """The status that the order comes to."""
        return OrderStatus[self.name]


@dataclass(frozen=True, slots=True)
class FulfilmentEvent:
    """One report.

    Attributes
    ----------
    event_id : str
        A UUID: a repeated report uses the same one.
    at : Timestamp or None
        When it happened, by the reporter's clock.
    """

    event_id: str
    order_id: OrderId
    kind: FulfilmentKind
    at: Timestamp | None = None


def parse_event(
    kind: object, detail: object, *, root: str = "detail", kind_path: str = "detail-type"
) -> FulfilmentEvent:
    """Return the event that a ``detail-type`` and a ``detail`` are.

    Raises
    ------
    InvalidRequest

    Examples
    --------
    >>> id = "3f2b8c1e-9a4d-4e0f-8b7a-5c6d7e8f9a0b"
    >>> parse_event("OrderPacked", {"eventId": id, "orderId": id, "at": "2026-11-29T10:00:00+01:00"}).at
    '2026-11-29T09:00:00.000Z'
    """
    if not isinstance(kind, str) or kind not in list(FulfilmentKind):
        kinds = ", ".join(FulfilmentKind)
        raise InvalidRequest(f"must be one of {kinds}", path=kind_path, code="UNKNOWN_EVENT")
    if not isinstance(detail, Mapping):
        raise InvalidRequest("must be an object", path=root, code="WRONG_TYPE")
    for name in detail:
        if name not in _FIELDS:
            raise InvalidRequest("is no field of an event", path=f"{root}.{name}", code="UNKNOWN_FIELD")
    return FulfilmentEvent(
        event_id=_uuid(detail, "eventId", root),
        order_id=_uuid(detail, "orderId", root),
        kind=FulfilmentKind(kind),
        at=_moment(detail.get("at"), f"{root}.at"),
    )


def fulfil_order(event: FulfilmentEvent, store: OrderStore, clock: Clock) -> OrderState:
    """Bring an order where ``event`` says that its parcel is, and return it.

    An order that has been there already is returned as it is. A history's times never go back, and never
    beyond now, whatever a reporter's clock shows.

    Raises
    ------
    OrderNotFound
    OrderNotFulfillable
        It is not confirmed yet, or was cancelled, or failed: nothing is written.
    """
    target = event.kind.status
    while True:
        state = store.state(event.order_id)
        if state is None:
            raise OrderNotFound
        if any(change.status is target for change in state.history):
            return state
        if state.status not in _ROUTE:
            raise OrderNotFulfillable(state.status)
        for step in _ROUTE[_ROUTE.index(state.status) + 1 : _ROUTE.index(target) + 1]:
            try:
                state = store.change(event.order_id, _change(event, step, state, clock))
            except ChangeRefused:
                # Another run moved it on, and no status comes twice: looking again comes to an end.
                break
        else:
            return state


def report_fulfilment(event: FulfilmentEvent, caller: Caller, store: OrderStore, clock: Clock) -> OrderState:
    """Do as `fulfil_order` does for a person, who must be staff.

    Raises
    ------
    StaffOnly, OrderNotFound, OrderNotFulfillable
    """
    if not caller.is_staff:
        raise StaffOnly("report what became of a parcel")
    return fulfil_order(event, store, clock)


def _change(event: FulfilmentEvent, step: OrderStatus, state: OrderState, clock: Clock) -> ChangeOrder:
    now = timestamp(clock.now())
    at = max(state.updated_at, min(event.at or now, now))
    return ChangeOrder(
        target=step,
        at=at,
        origin=ChangeOrigin(f"{SOURCE}:{event.event_id}", step.value),
        only_from=state.status,
    )


def _uuid(detail: Mapping[str, object], name: str, root: str) -> OrderId:
    try:
        return parse_order_id(detail.get(name), f"{root}.{name}")
    except InvalidOrder as error:
        raise InvalidRequest("must be a UUID", path=error.path, code="NOT_A_UUID") from error


def _moment(value: object, path: str) -> Timestamp | None:
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
        if moment is not None and moment.tzinfo is not None:
            return timestamp(moment)
    except (ValueError, OverflowError):
        pass
    raise InvalidRequest("must be a time of ISO 8601 with its zone", path=path, code="BAD_TIME")
