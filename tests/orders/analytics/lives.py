"""Orders' lives as events, and what counting them must come to, computed the plain way."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import strategies as st

from orders.analytics.sums import Sums
from orders.events import OrderEvent
from orders.model import CustomerId, OrderId, timestamp
from orders.status import TRANSITIONS, FailureReason, OrderStatus

BEGIN = datetime(2026, 11, 30, 7, 0, tzinfo=UTC)
REASONS = {
    OrderStatus.CANCELLED: FailureReason.CUSTOMER_REQUEST,
    OrderStatus.REJECTED: FailureReason.NOT_APPROVED,
    OrderStatus.EXPIRED: FailureReason.APPROVAL_TIMEOUT,
    OrderStatus.FAILED: FailureReason.OUT_OF_STOCK,
}
DELIVERED = (
    OrderStatus.RECEIVED,
    OrderStatus.VALIDATED,
    OrderStatus.CONFIRMED,
    OrderStatus.PACKED,
    OrderStatus.SHIPPED,
    OrderStatus.DELIVERED,
)


def life(
    number: int,
    statuses: Sequence[OrderStatus] = DELIVERED,
    *,
    begin: datetime = BEGIN,
    pace: timedelta = timedelta(seconds=7),
    currency: str = "EUR",
    total: int = 1250,
) -> list[OrderEvent]:
    """Return the events of an order that goes through ``statuses``."""
    moments = [timestamp(begin + place * pace) for place in range(len(statuses))]
    return [
        OrderEvent(
            order_id=OrderId(str(UUID(int=number))),
            customer_id=CustomerId("ada"),
            version=version,
            status=status,
            at=moments[version - 1],
            currency=currency,
            total=total,
            item_count=1,
            country=None,
            reason=REASONS.get(status),
            created_at=moments[0],
            previous_at=None if version == 1 else moments[version - 2],
        )
        for version, status in enumerate(statuses, 1)
    ]


@st.composite
def lives(draw: st.DrawFn, orders: int = 6) -> list[list[OrderEvent]]:
    """Draw orders, each as far as it has come."""
    drawn = []
    for number in range(draw(st.integers(1, orders))):
        statuses = [OrderStatus.RECEIVED]
        while targets := sorted(TRANSITIONS[statuses[-1]]):
            target = draw(st.none() | st.sampled_from(targets))
            if target is None:
                break
            statuses.append(target)
        drawn.append(
            life(
                number + 1,
                statuses,
                begin=BEGIN + timedelta(seconds=draw(st.integers(0, 600))),
                pace=timedelta(milliseconds=draw(st.integers(0, 90_000))),
                currency=draw(st.sampled_from(["EUR", "JPY", "KWD"])),
                total=draw(st.integers(0, 2**31 - 1)),
            )
        )
    return drawn


@st.composite
def deliveries(draw: st.DrawFn, events: Sequence[OrderEvent]) -> list[list[OrderEvent]]:
    """Draw batches that bring every event at least once, in any order."""
    again = draw(st.lists(st.sampled_from(events), max_size=2 * len(events)))
    shuffled = draw(st.permutations([*events, *again]))
    cuts = sorted(draw(st.lists(st.integers(0, len(shuffled)), max_size=4)))
    return [list(shuffled[start:end]) for start, end in zip([0, *cuts], [*cuts, None], strict=True)]


def plain_sums(orders: Iterable[Sequence[OrderEvent]]) -> Mapping[str, Mapping[str, int]]:
    """Return what the sums of whole orders must be, as `summary` has them."""
    expected: dict[str, dict[str, int]] = {}

    def add(kind: str, name: str, number: int = 1) -> None:
        counts = expected.setdefault(kind, {})
        counts[name] = counts.get(name, 0) + number

    for events in orders:
        if events:
            add("now", max(events, key=lambda event: event.version).status)
        for event in events:
            add("entries", event.status)
            add(event.at[:16], event.status)
            if event.status is OrderStatus.DELIVERED:
                add("amounts", event.currency, event.total)
                add("deliveries", event.currency)
    return {
        kind: {name: number for name, number in counts.items() if number} for kind, counts in expected.items()
    }


def summary(sums: Sums) -> Mapping[str, Mapping[str, int]]:
    """Return the sums as plain numbers, without zeros."""
    kinds: dict[str, Mapping[str, int]] = {
        "now": {status.value: number for status, number in sums.now.items()},
        "entries": {status.value: number for status, number in sums.entries.items()},
        "amounts": sums.amounts,
        "deliveries": sums.deliveries,
    }
    for name, minute in sums.minutes.items():
        kinds[name] = {status.value: number for status, number in minute.entries.items()}
    plain = {
        kind: {name: number for name, number in counts.items() if number} for kind, counts in kinds.items()
    }
    return {kind: counts for kind, counts in plain.items() if counts}


def nearest_rank(durations: Sequence[int], share: float) -> int:
    """Return the exact percentile."""
    return sorted(durations)[max(1, math.ceil(share * len(durations))) - 1]
