"""The read model: whatever events come, twice and in any order, it is what the orders are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence, Set
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orders.errors import Contended
from orders.events import OrderEvent
from orders.model import CustomerId, OrderId, Timestamp
from orders.status import TRANSITIONS, OrderStatus
from orders.summaries.generations import Generations
from orders.summaries.model import Counted, Summary
from orders.summaries.projecting import apply_events, by_customer, project
from tests.examples import examples

ADA = CustomerId("ada")


class MemorySummaries:
    """Summaries in memory, whose writes others may overtake."""

    def __init__(self, overtaken: int = 0) -> None:
        self.summaries: dict[tuple[str, CustomerId], Summary] = {}
        self.counted: dict[tuple[str, OrderId], Counted] = {}
        self.overtaken = overtaken
        self.writes = 0
        self.lacking: dict[str, set[str]] = {}

    def generations(self) -> Generations:
        raise NotImplementedError

    def switch(self, before: Generations, after: Generations) -> bool:
        raise NotImplementedError

    def load(
        self, generation: str, customer_id: CustomerId, order_ids: Sequence[OrderId]
    ) -> tuple[Summary, Mapping[OrderId, Counted]]:
        counted = {id: self.counted[generation, id] for id in order_ids if (generation, id) in self.counted}
        return self.summaries.get((generation, customer_id), Summary(customer_id)), counted

    def save(self, generation: str, summary: Summary, counted: Collection[Counted]) -> bool:
        if self.overtaken:
            self.overtaken -= 1
            return False
        assert len(counted) <= 99
        assert summary.revision == self.load(generation, summary.customer_id, ())[0].revision + 1
        self.writes += 1
        self.summaries[generation, summary.customer_id] = summary
        self.counted |= {(generation, each.order_id): each for each in counted}
        return True

    def note_unreadable(self, generation: str, events: Set[str]) -> None:
        self.lacking.setdefault(generation, set()).update(events)

    def unreadable(self, generation: str) -> int:
        return len(self.lacking.get(generation, ()))

    def drop(self, generation: str) -> bool:
        raise NotImplementedError


@st.composite
def lives(draw: st.DrawFn) -> list[OrderEvent]:
    """All events of some orders, each from its record to wherever it came."""
    events = []
    for number in range(draw(st.integers(1, 4))):
        status, version = OrderStatus.RECEIVED, 1
        order = OrderEvent(
            order_id=OrderId(f"order-{number}"),
            customer_id=draw(st.sampled_from([ADA, CustomerId("grace")])),
            version=1,
            status=status,
            at=at(number),
            currency=draw(st.sampled_from(["EUR", "JPY"])),
            total=draw(st.integers(0, 10_000)),
            item_count=1,
            country=None,
            reason=None,
            created_at=at(number),
            previous_at=None,
        )
        events.append(order)
        for _ in range(draw(st.integers(0, 6))):
            if not (targets := sorted(TRANSITIONS[status])):
                break
            status, version = draw(st.sampled_from(targets)), version + 1
            events.append(replace(order, status=status, version=version, at=at(number + version)))
    return events


def at(second: int) -> Timestamp:
    return Timestamp(f"2026-11-29T10:00:{second:02}.000Z")


def expected(events: Sequence[OrderEvent], customer: CustomerId) -> Summary:
    last = {e.order_id: e for e in sorted(events, key=lambda e: e.version) if e.customer_id == customer}
    if not last:
        return Summary(customer)
    spent = Counter[str]()
    for event in last.values():
        if event.status is OrderStatus.DELIVERED and event.total:
            spent[event.currency] += event.total
    newest = max(last.values(), key=lambda event: (event.created_at, event.order_id))
    return Summary(
        customer,
        dict(Counter(event.status for event in last.values())),
        dict(spent),
        newest.order_id,
        newest.created_at,
        max(event.at for event in last.values()),
    )


@settings(max_examples=examples(60), deadline=None)
@given(lives(), st.randoms(use_true_random=False), st.integers(1, 5))
def test_any_order_and_repetition_of_events_gives_the_same_summary(
    events: list[OrderEvent], random: object, size: int
) -> None:
    arrivals = [*events, *events]
    random.shuffle(arrivals)  # type: ignore[attr-defined]
    store = MemorySummaries()
    for start in range(0, len(arrivals), size):
        for theirs in by_customer(arrivals[start : start + size]).values():
            apply_events("first", theirs, store)
    for customer in (ADA, CustomerId("grace")):
        summary = store.load("first", customer, ())[0]
        assert replace(summary, revision=0) == expected(events, customer)


def test_batch_of_one_order_is_one_write_and_a_repeated_one_none() -> None:
    events = [an_event("order", version) for version in (1, 2, 3)]
    store = MemorySummaries()
    apply_events("first", events, store)
    apply_events("first", events, store)
    assert store.writes == 1


def test_orders_of_a_customer_are_written_by_ninety() -> None:
    store = MemorySummaries()
    apply_events("first", [an_event(f"order-{n}", 1) for n in range(200)], store)
    assert store.writes == 3
    assert store.load("first", ADA, ())[0].orders == {OrderStatus.RECEIVED: 200}


def test_overtaken_write_is_repeated_and_finally_given_up() -> None:
    store = MemorySummaries(overtaken=4)
    apply_events("first", [an_event("order", 1)], store)
    assert store.writes == 1
    with pytest.raises(Contended):
        apply_events("first", [an_event("order", 2)], MemorySummaries(overtaken=99))


def test_summary_stays_unchanged_without_new_events() -> None:
    summary = Summary(ADA, {OrderStatus.RECEIVED: 1}, revision=7)
    counted = {OrderId("order"): Counted.of(an_event("order", 2))}
    assert project(summary, counted, [an_event("order", 1)]) == (summary, {})


def an_event(order: str, version: int) -> OrderEvent:
    status = (OrderStatus.RECEIVED, OrderStatus.VALIDATED, OrderStatus.CONFIRMED)[version - 1]
    return OrderEvent(
        OrderId(order), ADA, version, status, at(version), "EUR", 100, 1, None, None, at(0), None
    )
