"""What an order may be, and what it may become.

::

    RECEIVED --> VALIDATED --> CONFIRMED --> PACKED --> SHIPPED --> DELIVERED
        |         |     |       ^     |         |          |
        |         |     v       |     |         |          |
        |         |  AWAITING_APPROVAL --> REJECTED, EXPIRED
        |         |     |       |     |         |          |
        +---------+-----+-------|-----+         |          |
        v                       |               |          |
        CANCELLED               v               v          v
        +---------------------> FAILED (from every status that is not final)

The table has no cycle. An order therefore enters each status at most once, which bounds its
history, and makes a write that arrives twice harmless: the second finds nothing to leave from.
"""

from __future__ import annotations

from enum import StrEnum


class OrderStatus(StrEnum):
    """The status of an order, as the GraphQL contract names it."""

    RECEIVED = "RECEIVED"
    VALIDATED = "VALIDATED"
    AWAITING_APPROVAL = "AWAITING_APPROVAL"
    CONFIRMED = "CONFIRMED"
    PACKED = "PACKED"
    SHIPPED = "SHIPPED"
    DELIVERED = "DELIVERED"
    CANCELLED = "CANCELLED"
    REJECTED = "REJECTED"
    EXPIRED = "EXPIRED"
    FAILED = "FAILED"


class FailureReason(StrEnum):
    """Why an order did not come to its good end, as the GraphQL contract names it."""

    UNKNOWN_ITEM = "UNKNOWN_ITEM"
    OUT_OF_STOCK = "OUT_OF_STOCK"
    PAYMENT_DECLINED = "PAYMENT_DECLINED"
    PAYMENT_TIMEOUT = "PAYMENT_TIMEOUT"
    CUSTOMER_REQUEST = "CUSTOMER_REQUEST"
    NOT_APPROVED = "NOT_APPROVED"
    APPROVAL_TIMEOUT = "APPROVAL_TIMEOUT"
    INTERNAL_ERROR = "INTERNAL_ERROR"


S = OrderStatus
TRANSITIONS: dict[OrderStatus, frozenset[OrderStatus]] = {
    S.RECEIVED: frozenset({S.VALIDATED, S.CANCELLED, S.FAILED}),
    S.VALIDATED: frozenset({S.AWAITING_APPROVAL, S.CONFIRMED, S.CANCELLED, S.FAILED}),
    S.AWAITING_APPROVAL: frozenset({S.CONFIRMED, S.CANCELLED, S.REJECTED, S.EXPIRED, S.FAILED}),
    S.CONFIRMED: frozenset({S.PACKED, S.CANCELLED, S.FAILED}),
    S.PACKED: frozenset({S.SHIPPED, S.FAILED}),
    S.SHIPPED: frozenset({S.DELIVERED, S.FAILED}),
    S.DELIVERED: frozenset(),
    S.CANCELLED: frozenset(),
    S.REJECTED: frozenset(),
    S.EXPIRED: frozenset(),
    S.FAILED: frozenset(),
}
del S

FINAL = frozenset(status for status, targets in TRANSITIONS.items() if not targets)
"""The statuses that an order never leaves."""

_ALLOWED_FROM = {
    target: tuple(source for source in OrderStatus if target in TRANSITIONS[source]) for target in OrderStatus
}


def allowed_from(target: OrderStatus) -> tuple[OrderStatus, ...]:
    """Return the statuses that may be left for ``target``, in the order of a life.

    It is the condition of every status write, in Python, in the workflow and in APPSYNC_JS.

    Examples
    --------
    >>> [str(status) for status in allowed_from(OrderStatus.CANCELLED)]
    ['RECEIVED', 'VALIDATED', 'AWAITING_APPROVAL', 'CONFIRMED']
    """
    return _ALLOWED_FROM[target]


_OF_ONE_STATUS = {
    OrderStatus.CANCELLED: FailureReason.CUSTOMER_REQUEST,
    OrderStatus.REJECTED: FailureReason.NOT_APPROVED,
    OrderStatus.EXPIRED: FailureReason.APPROVAL_TIMEOUT,
}
"""The reasons that belong to one status, and the only one that it has."""


def takes_reason(target: OrderStatus, reason: FailureReason | None) -> bool:
    """Return whether ``reason`` fits ``target``.

    A cancellation, a rejection and an expiry have just one, a failure any other, and what goes
    well has none.
    """
    if target in _OF_ONE_STATUS:
        return reason is _OF_ONE_STATUS[target]
    if target is OrderStatus.FAILED:
        return reason is not None and reason not in _OF_ONE_STATUS.values()
    return reason is None
