"""Orders that wait for a human: which ones do, and what a decision does.

The decision is the conditional write of the order's status, as a cancellation is, so that a decision,
a cancellation and the time limit cannot all win. The workflow, which holds the stock and the money,
is only woken by it: if that message is lost, it finds the decision when its time is up.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from orders.caller import Caller
from orders.canonical import utf16_length
from orders.errors import ChangeRefused, InvalidRequest, OrderNotDecidable, StaffOnly
from orders.model import ChangeOrder, ChangeOrigin, OrderState, timestamp
from orders.ports import Approvals, Clock, EndOfWait, OrderStore
from orders.reading import find_state, to_order_id
from orders.status import FailureReason, OrderStatus

DECISION = "decideOrder"
"""What stands for the execution in the origin of a decision."""

MAX_NOTE = 256
"""Counted in UTF-16 code units, as JavaScript and AppSync count."""


class Decision(StrEnum):
    """What staff may decide, as the GraphQL contract names it."""

    APPROVE = "APPROVE"
    REJECT = "REJECT"


@dataclass(frozen=True, slots=True)
class ApprovalRule:
    """Which orders wait for a human.

    Attributes
    ----------
    limit : int
        In minor units of whatever currency: an order above it waits.
    countries : frozenset of str
        Deliveries to these wait as well.
    """

    limit: int
    countries: frozenset[str] = frozenset()

    @classmethod
    def of(cls, limit: float, countries: str) -> ApprovalRule:
        """Return the rule of two environment variables; a word that is no country flags none."""
        return cls(int(limit), frozenset(countries.split(",")))

    def asks(self, total: int, country: str | None = None) -> bool:
        """Return whether such an order waits.

        Examples
        --------
        >>> rule = ApprovalRule(100_000, frozenset({"AQ"}))
        >>> rule.asks(100_000), rule.asks(100_001), rule.asks(1, "AQ")
        (False, True, True)
        """
        return total > self.limit or country in self.countries


def parse_decision(value: object, path: str) -> Decision:
    """Return the decision that ``value`` names.

    Raises
    ------
    InvalidRequest
    """
    if not isinstance(value, str) or value not in list(Decision):
        raise InvalidRequest("must be APPROVE or REJECT", path=path, code="UNKNOWN_DECISION")
    return Decision(value)


def decide_order(
    order_id: str,
    decision: Decision,
    caller: Caller,
    store: OrderStore,
    approvals: Approvals,
    *,
    clock: Clock,
    note: str | None = None,
) -> OrderState:
    """Decide on an order that awaits approval; the same decision again is answered with the order.

    Raises
    ------
    StaffOnly, OrderNotFound, OrderNotDecidable, InvalidRequest
    NotWoken
        The decision stands; the same call wakes the workflow.
    """
    to_order_id(order_id)  # what names no order is no secret
    if note is not None and utf16_length(note) > MAX_NOTE:
        raise InvalidRequest(f"must have at most {MAX_NOTE} characters", path="reason", code="TOO_LONG")
    if not caller.is_staff:
        raise StaffOnly("decide on orders")
    state = find_state(order_id, caller, store)
    at = timestamp(clock.now())
    rejected = decision is Decision.REJECT
    target = OrderStatus.REJECTED if rejected else OrderStatus.CONFIRMED
    command = ChangeOrder(
        target=target,
        at=at,
        origin=ChangeOrigin(DECISION, decision.value),
        reason=FailureReason.NOT_APPROVED if rejected else None,
        only_from=OrderStatus.AWAITING_APPROVAL,
    )
    try:
        state = store.change(state.order_id, command)
    except ChangeRefused as refused:
        state = find_state(order_id, caller, store)
        if not state.went(OrderStatus.AWAITING_APPROVAL, target):
            raise OrderNotDecidable(refused.status) from refused
    approvals.end(state.order_id, EndOfWait(decision.value, caller.customer_id, at, note))
    return state
