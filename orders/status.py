"""What an order may be, and what it may become.

::

    RECEIVED --> VALIDATED --> CONFIRMED --> PACKED --> SHIPPED --> DELIVERED
        |            |             |            |          |
        +------------+-------------+            |          |
        |            |             |            |          |
        v            v             v            |          |
                 CANCELLED                      |          |
        |            |             |            |          |
        v            v             v            v          v
                            FAILED

The table has no cycle. An order therefore enters each status at most once, which bounds its
history, and makes a write that arrives twice harmless: the second finds nothing to leave from.
"""

from __future__ import annotations

from enum import StrEnum


class OrderStatus(StrEnum):
    """The status of an order, as the GraphQL contract names it."""

    RECEIVED = "RECEIVED"
    VALIDATED = "VALIDATED"
    CONFIRMED = "CONFIRMED"
    PACKED = "PACKED"
    SHIPPED = "SHIPPED"
    DELIVERED = "DELIVERED"
    CANCELLED = "CANCELLED"
    FAILED = "FAILED"


class FailureReason(StrEnum):
    """Why an order was cancelled or failed, as the GraphQL contract names it."""

    UNKNOWN_ITEM = "UNKNOWN_ITEM"
    OUT_OF_STOCK = "OUT_OF_STOCK"
    PAYMENT_DECLINED = "PAYMENT_DECLINED"
    PAYMENT_TIMEOUT = "PAYMENT_TIMEOUT"
    CUSTOMER_REQUEST = "CUSTOMER_REQUEST"
    INTERNAL_ERROR = "INTERNAL_ERROR"


S = OrderStatus
TRANSITIONS: dict[OrderStatus, frozenset[OrderStatus]] = {
    S.RECEIVED: frozenset({S.VALIDATED, S.CANCELLED, S.FAILED}),
    S.VALIDATED: frozenset({S.CONFIRMED, S.CANCELLED, S.FAILED}),
    S.CONFIRMED: frozenset({S.PACKED, S.CANCELLED, S.FAILED}),
    S.PACKED: frozenset({S.SHIPPED, S.FAILED}),
    S.SHIPPED: frozenset({S.DELIVERED, S.FAILED}),
    S.DELIVERED: frozenset(),
    S.CANCELLED: frozenset(),
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
    ['RECEIVED', 'VALIDATED', 'CONFIRMED']
    """
    return _ALLOWED_FROM[target]


def is_allowed(source: OrderStatus, target: OrderStatus) -> bool:
    """Tell whether an order may go from ``source`` to ``target``."""
    return target in TRANSITIONS[source]


def takes_reason(target: OrderStatus, reason: FailureReason | None) -> bool:
    """Tell whether ``reason`` fits ``target``.

    A failure has any reason but the customer's, a cancellation has just that one, and what
    goes well has none.
    """
    if target is OrderStatus.CANCELLED:
        return reason is FailureReason.CUSTOMER_REQUEST
    if target is OrderStatus.FAILED:
        return reason is not None and reason is not FailureReason.CUSTOMER_REQUEST
    return reason is None
