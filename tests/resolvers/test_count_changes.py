"""The stream's consumer, invoked as Lambda does: windows, repeated batches, poison, a reshard."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orders.errors import PublishFailed, TryAgain
from orders.events import MalformedEvent, OrderEvent, event_document
from resolvers import analytics_wiring, count_changes, read_figures
from resolvers.windows import KinesisRecord, WindowEvent, part_of
from tests.examples import examples
from tests.orders.analytics.fakes import Clock, MemoryFigures
from tests.orders.analytics.lives import BEGIN, deliveries, life, lives, plain_sums, summary
from tests.resolvers.conftest import Log

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

STREAM = "arn:aws:kinesis:eu-west-1:123456789012:stream/changes"


@dataclass
class Feed:
    """Subscribers, who sometimes cannot be reached."""

    published: list[Mapping[str, object]] = field(default_factory=list)
    failures: int = 0

    def publish(self, figures: Mapping[str, object], *, deadline: float) -> None:
        if self.failures:
            self.failures -= 1
            raise PublishFailed("nobody answers")
        self.published.append(figures)


class Letters:
    def depth(self) -> int:
        return 0


@dataclass
class Analytics:
    """What is behind the handlers, and Lambda in front of them."""

    store: MemoryFigures = field(default_factory=MemoryFigures)
    feed: Feed = field(default_factory=Feed)
    clock: Clock = field(default_factory=lambda: Clock(BEGIN + timedelta(minutes=30)))

    def window(
        self,
        batches: Sequence[Sequence[KinesisRecord]],
        context: LambdaContext,
        shard: str = "shardId-000000000000",
    ) -> list[str]:
        """Invoke for each batch of a window and for its end; return what Lambda gave up."""
        state: Mapping[str, object] = {}
        lost: list[str] = []
        # The parts that are left, each with its attempts; a split is none.
        parts: list[tuple[list[KinesisRecord], int]] = [(list(batch), 0) for batch in [*batches, ()]]
        while parts:
            sizes, attempts = parts.pop(0)
            event: WindowEvent = {
                "Records": sizes,
                "shardId": shard,
                "state": state,
                "isFinalInvokeForWindow": not sizes,
                "isWindowTerminatedEarly": False,
            }
            try:
                answer = count_changes.handler(event, context)
            except TryAgain:
                parts.insert(0, (sizes, attempts))
                continue
            except MalformedEvent:
                half = len(sizes) // 2
                parts[:0] = [(sizes[:half], 0), (sizes[half:], 0)]
                continue
            if not (failed := answer["batchItemFailures"]):
                state = answer["state"]
            elif attempts < 2:
                # What is behind the first that failed comes again.
                numbers = [record["kinesis"]["sequenceNumber"] for record in sizes]
                first = numbers.index(failed[0]["itemIdentifier"])
                parts.insert(0, (sizes[first:], 0 if first else attempts + 1))
            else:
                lost += [record["kinesis"]["sequenceNumber"] for record in sizes]
        return lost


def record(data: bytes, number: int = 1, shard: str = "shardId-000000000000") -> KinesisRecord:
    return {
        "eventID": f"{shard}:{number}",
        "kinesis": {
            "sequenceNumber": str(number),
            "partitionKey": "key",
            "data": base64.b64encode(data).decode(),
            "approximateArrivalTimestamp": 1.0,
        },
    }


def records(events: Sequence[OrderEvent]) -> list[KinesisRecord]:
    return [
        record(json.dumps(event_document(event)).encode(), number) for number, event in enumerate(events, 1)
    ]


@pytest.fixture
def analytics(monkeypatch: pytest.MonkeyPatch) -> Iterator[Analytics]:
    analytics = Analytics()
    parts: dict[str, Any] = {
        "figures_store": lambda: analytics.store,
        "figures_feed": lambda: analytics.feed,
        "letter_count": Letters,
        "clock": lambda: analytics.clock,
        "window_seconds": lambda: 10,
    }
    for name, value in parts.items():
        monkeypatch.setattr(analytics_wiring, name, value)
    yield analytics


@settings(
    max_examples=examples(60), suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(st.data())
def test_figures_are_exact_under_any_delivery_of_the_stream(
    analytics: Analytics, context: LambdaContext, data: st.DataObject
) -> None:
    analytics.store, analytics.feed = MemoryFigures(), Feed()
    orders = data.draw(lives())
    batches = data.draw(deliveries([event for order in orders for event in order]))
    analytics.store.lost = data.draw(st.integers(0, 2))
    for batch in batches:  # after a reshard, other shards bring the rest
        shard = data.draw(st.sampled_from(["shardId-000000000000", "shardId-000000000001"]))
        assert analytics.window([records(batch)], context, shard) == []
    assert summary(analytics.store.sums("")) == plain_sums(orders)
    newest = max(analytics.feed.published, key=lambda figures: int(str(figures["version"])))
    assert newest == analytics.feed.published[-1]


def test_window_publishes_once_at_its_end(analytics: Analytics, context: LambdaContext) -> None:
    events = life(1)
    analytics.window([records(events[:2]), records(events[2:])], context)
    [figures] = analytics.feed.published
    assert figures["windowSeconds"] == 10
    assert figures["revenue"] == [{"currency": "EUR", "amount": "1250", "orders": 1}]
    analytics.window([], context)
    assert len(analytics.feed.published) == 1


def test_batch_without_a_window_publishes_at_once(analytics: Analytics, context: LambdaContext) -> None:
    count_changes.handler({"Records": records(life(1))}, context)
    assert len(analytics.feed.published) == 1


def test_failing_subscriber_feed_delays_no_counting(
    analytics: Analytics, context: LambdaContext, log: Log
) -> None:
    analytics.feed.failures = count_changes.ATTEMPTS
    assert analytics.window([records(life(1))], context) == []
    assert analytics.feed.published == []
    assert log.text.count("figures not published") == count_changes.ATTEMPTS
    analytics.feed.failures = 1
    analytics.window([records(life(2))], context)
    [figures] = analytics.feed.published
    assert figures["revenue"] == [{"currency": "EUR", "amount": "2500", "orders": 2}]


@pytest.mark.parametrize(
    "poison",
    [b"no JSON", b"[]", b'{"schemaVersion": "2"}', b"\xff", b'{"schemaVersion": "1", "orderId": "x"}'],
)
def test_poison_record_is_given_up_and_the_others_are_counted(
    analytics: Analytics, context: LambdaContext, poison: bytes
) -> None:
    valid = records(life(1))
    for number, item in enumerate(valid):
        item["kinesis"]["sequenceNumber"] = str(100 + number)
    batch = [*valid[:3], record(poison, 50), *valid[3:]]
    assert analytics.window([batch], context) == ["50"]
    assert summary(analytics.store.sums("")) == plain_sums([life(1)])


@pytest.mark.parametrize("changes", [{"version": 40}, {"at": "2026-13-01T07:00:00.000Z"}])
def test_impossible_change_is_poison(
    analytics: Analytics, context: LambdaContext, changes: dict[str, object]
) -> None:
    [event, *_] = life(1)
    document = {**event_document(event), **changes}
    assert analytics.window([[record(json.dumps(document).encode(), 7)]], context) == ["7"]


def test_shard_has_one_part_of_the_sums() -> None:
    [first] = [record(b"", shard="shardId-000000000003")]
    assert part_of({"Records": [first]}) == part_of({"Records": [], "shardId": "shardId-000000000003"})
    assert 0 <= part_of({"Records": []}) < 8


def test_staff_read_the_figures(analytics: Analytics, context: LambdaContext) -> None:
    analytics.window([records(life(1))], context)
    answer = read_figures.handler({"customerId": "margaret", "isStaff": True}, context)
    assert answer["result"] == analytics.feed.published[0]


def test_customers_are_refused_the_figures(analytics: Analytics, context: LambdaContext) -> None:
    answer = read_figures.handler({"customerId": "ada", "isStaff": False}, context)
    assert answer["error"]["type"] == "StaffOnly"


def test_failure_has_the_words_of_the_application(
    analytics: Analytics, context: LambdaContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise RuntimeError("arn:aws:secret")

    monkeypatch.setattr(analytics_wiring, "figures_store", fail)
    answer = read_figures.handler({"customerId": "margaret", "isStaff": True}, context)
    assert answer["error"] == {"type": "InternalError", "message": read_figures.FAULT, "info": None}
