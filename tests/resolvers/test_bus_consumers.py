"""What the bus feeds: webhooks' publisher and the read model's, and what staff ask of the latter."""

from __future__ import annotations

import json
from typing import Any, cast

import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext

from orders.errors import Contended, NotQueued, PublishFailed
from orders.events import event_document, event_of
from orders.model import OrderStatusChanged, changed, received
from orders.status import OrderStatus
from orders.summaries.generations import FIRST, Generations
from resolvers import manage_summaries, project_summaries, publish_webhooks, publishing, wiring
from resolvers.bus_events import QueueEvent
from resolvers.redelivery import read_message
from tests.orders.fakes import MemoryChannel
from tests.orders.samples import ADA, GRACE, an_order, to
from tests.orders.summaries.test_projecting import MemorySummaries
from tests.resolvers.conftest import HEADER, World

FIRST_CHANGE, SECOND = changed(received(an_order()), to(OrderStatus.VALIDATED)).changes_after(0)


class Summaries(MemorySummaries):
    """Summaries whose generations a test sets, and whose writes may fail for one customer."""

    kept = Generations()

    def generations(self) -> Generations:
        return self.kept

    def save(self, generation: str, summary: Any, counted: Any) -> bool:
        if summary.customer_id == GRACE:
            raise Contended("A customer's summary", 5)
        return super().save(generation, summary, counted)


def batch(*changes: OrderStatusChanged, replay: str | None = None, **more: str) -> QueueEvent:
    records = [
        {
            "messageId": f"m{n}",
            "receiptHandle": f"handle-m{n}",
            "body": json.dumps(
                {"detail": event_document(event_of(change))} | ({"replay-name": replay} if replay else {})
            ),
            "attributes": {"AWSTraceHeader": HEADER},
        }
        for n, change in enumerate(changes)
    ]
    records += [
        {"messageId": name, "receiptHandle": f"handle-{name}", "body": body, "attributes": {}}
        for name, body in more.items()
    ]
    return cast(QueueEvent, {"Records": records})


def staying(answer: Any) -> list[str]:
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


@pytest.fixture
def channel(monkeypatch: pytest.MonkeyPatch) -> MemoryChannel:
    channel = MemoryChannel("webhook")
    monkeypatch.setattr(publishing, "webhooks", lambda: channel)
    return channel


@pytest.fixture
def attempted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Receipt handles of messages whose next attempt follows at once."""
    handles: list[str] = []
    monkeypatch.setattr(wiring, "attempt_again", handles.extend)
    return handles


@pytest.fixture
def summaries(monkeypatch: pytest.MonkeyPatch, attempted: list[str]) -> Summaries:
    store = Summaries()
    monkeypatch.setattr(wiring, "summaries", lambda: store)
    return store


def test_each_event_is_published_with_the_trace_of_its_order(
    world: World, channel: MemoryChannel, context: LambdaContext
) -> None:
    assert staying(publish_webhooks.handler(batch(FIRST_CHANGE, SECOND), context)) == []
    assert [(change.version, change.trace) for change in channel.published] == [(1, HEADER), (2, HEADER)]
    assert world.redelivery == []


def test_change_refused_by_sns_goes_to_the_redelivery_queue(
    world: World, channel: MemoryChannel, context: LambdaContext
) -> None:
    channel.failing = {2: PublishFailed("SNS answered Throttled")}
    assert staying(publish_webhooks.handler(batch(FIRST_CHANGE, SECOND), context)) == []
    [(name, change)] = map(read_message, world.redelivery)
    assert (name, change.order_id, change.version) == ("webhook", SECOND.order_id, 2)


def test_unqueued_change_stays_in_the_queue(
    world: World, channel: MemoryChannel, context: LambdaContext
) -> None:
    channel.failing = {2: PublishFailed("no")}
    world.redelivery_error = NotQueued([0], 1)
    event = batch(FIRST_CHANGE, SECOND, bad="no event", empty='{"detail": {}}')
    assert staying(publish_webhooks.handler(event, context)) == ["m1", "bad", "empty"]


def test_live_events_go_into_both_generations_and_replayed_ones_into_their_own(
    summaries: Summaries, context: LambdaContext
) -> None:
    summaries.kept = Generations(building="summaries-2")
    assert staying(project_summaries.handler(batch(FIRST_CHANGE), context)) == []
    assert {generation for generation, _ in summaries.summaries} == {FIRST, "summaries-2"}
    project_summaries.handler(batch(SECOND, replay="summaries-2"), context)
    project_summaries.handler(batch(SECOND, replay="summaries-0"), context)
    statuses = {generation: set(summary.orders) for (generation, _), summary in summaries.summaries.items()}
    assert statuses == {FIRST: {OrderStatus.RECEIVED}, "summaries-2": {OrderStatus.VALIDATED}}


def test_failure_of_one_customer_delays_no_other(summaries: Summaries, context: LambdaContext) -> None:
    [hers] = received(an_order(customer=GRACE)).changes_after(0)
    event = batch(FIRST_CHANGE, hers, bad="[]")
    assert staying(project_summaries.handler(event, context)) == ["bad", "m1"]
    assert (FIRST, ADA) in summaries.summaries


def test_unreadable_event_is_attempted_at_once_and_noted_where_it_is_lacking(
    summaries: Summaries, attempted: list[str], context: LambdaContext
) -> None:
    summaries.kept = Generations(building="summaries-2")
    bad = {"id": "e1", "detail": {"schemaVersion": "1"}}
    event = batch(
        FIRST_CHANGE,
        live=json.dumps({**bad, "id": "e2"}),
        replayed=json.dumps({**bad, "replay-name": "summaries-2"}),
        repeated=json.dumps({**bad, "replay-name": "summaries-2"}),
        given_up=json.dumps({**bad, "id": "e3", "replay-name": "summaries-0"}),
        text="no event",
    )
    unreadable = ["live", "replayed", "repeated", "given_up", "text"]
    assert staying(project_summaries.handler(event, context)) == unreadable
    assert attempted == [f"handle-{name}" for name in unreadable]
    assert summaries.lacking == {FIRST: {"e2", "text"}, "summaries-2": {"e1", "e2", "text"}}
    assert (FIRST, ADA) in summaries.summaries


def test_unreadable_event_that_cannot_be_noted_stays_as_any_message_does(
    summaries: Summaries, attempted: list[str], context: LambdaContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(generation: str, events: object) -> None:
        raise Contended("A customer's summary", 5)

    monkeypatch.setattr(summaries, "note_unreadable", refuse)
    assert staying(project_summaries.handler(batch(FIRST_CHANGE, bad="[]"), context)) == ["bad"]
    assert attempted == [] and (FIRST, ADA) in summaries.summaries


@pytest.mark.parametrize(
    ("of", "staff", "visible"), [(None, False, True), (GRACE, False, False), (GRACE, True, True)]
)
def test_summary_is_visible_to_its_customer_and_staff(
    summaries: Summaries, context: LambdaContext, of: str | None, staff: bool, visible: bool
) -> None:
    answer = manage_summaries.handler(
        {"action": "read", "customerId": ADA, "isStaff": staff, "of": of}, context
    )
    assert (answer["result"] is not None) == visible


@pytest.mark.parametrize(
    ("event", "error"),
    [
        ({"action": "rebuild", "customerId": ADA, "isStaff": True, "settleSeconds": 3601}, "BadRequest"),
        ({"action": "rebuild", "customerId": ADA, "isStaff": True, "settleSeconds": None}, "BadRequest"),
        ({"action": "drop", "customerId": ADA, "isStaff": True}, "InternalError"),
        ({"action": "read"}, "InternalError"),
    ],
)
def test_invalid_request_has_its_error_type(
    summaries: Summaries, context: LambdaContext, event: dict[str, object], error: str
) -> None:
    assert manage_summaries.handler(event, context)["error"]["type"] == error
