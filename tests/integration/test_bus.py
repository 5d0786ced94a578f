"""Orders as events: every change on the bus, and from there to every subscriber."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from clients.auth import Credentials
from clients.client import OrderClient
from clients.settings import Settings
from orders.adapters.dynamodb_store import DynamoDBOrderStore
from orders.adapters.dynamodb_summaries import DynamoDBSummaries
from orders.events import OrderEvent, parse_order_event
from orders.model import ChangeOrder, ChangeOrigin, CustomerId, OrderId, OrderState, received, timestamp
from orders.parsing import parse_order
from orders.status import FailureReason, OrderStatus
from orders.summaries.model import Summary
from tests.integration.conftest import PASSWORD, Shop, order_input
from tests.localcloud.running import wait_for
from tests.orders.events.schemas import faults

pytestmark = pytest.mark.integration

S = OrderStatus
LIVES: tuple[tuple[OrderStatus, ...], ...] = (
    (S.VALIDATED, S.CONFIRMED, S.PACKED, S.SHIPPED, S.DELIVERED),
    (S.VALIDATED, S.AWAITING_APPROVAL, S.REJECTED),
    (S.VALIDATED, S.AWAITING_APPROVAL, S.EXPIRED),
    (S.VALIDATED, S.FAILED),
    (S.CANCELLED,),
    (S.VALIDATED, S.CONFIRMED, S.PACKED, S.SHIPPED, S.DELIVERED),
)
REASONS = {
    S.REJECTED: FailureReason.NOT_APPROVED,
    S.EXPIRED: FailureReason.APPROVAL_TIMEOUT,
    S.FAILED: FailureReason.PAYMENT_DECLINED,
    S.CANCELLED: FailureReason.CUSTOMER_REQUEST,
}
EVENTS = sum(len(life) + 1 for life in LIVES)
UNREADABLE = 3


@dataclass
class Bus:
    """What the stack's bus has done with the lives of some orders of one customer."""

    shop: Shop
    customer: CustomerId
    orders: dict[OrderId, OrderState] = field(default_factory=dict)
    events: dict[str, list[OrderEvent]] = field(default_factory=lambda: defaultdict(list))

    def client(self, name: str) -> Any:
        return self.shop.cloud.session().client(name, endpoint_url=self.shop.cloud.engine)  # type: ignore[call-overload]

    def output(self, name: str) -> str:
        return str(self.shop.cloud.outputs[name])

    def live(self, life: Sequence[OrderStatus]) -> None:
        """Have an order go through the statuses of its life, by the store: no workflow has a part in it."""
        now = timestamp(datetime.now(UTC))
        contents = parse_order(order_input("cup"), customer_id=self.customer, at=now)
        store = DynamoDBOrderStore(self.shop.dynamodb, self.output("OrdersTableName"))
        state = received(contents)
        assert store.record(contents, state)
        for status in life:
            origin = ChangeOrigin(f"test:{uuid.uuid4()}", status.value)
            command = ChangeOrder(status, timestamp(datetime.now(UTC)), origin, REASONS.get(status))
            state = store.change(contents.order_id, command)
        self.orders[contents.order_id] = state

    def logged(self) -> list[dict[str, Any]]:
        """Return what the audit log has of these orders."""
        pages = self.client("logs").get_paginator("filter_log_events")
        streams = pages.paginate(logGroupName=self.output("AuditLogGroup"))
        events = [json.loads(line["message"]) for page in streams for line in page["events"]]
        return [event for event in events if event["detail"].get("orderId") in self.orders]

    def take(self, queue: str) -> list[dict[str, Any]]:
        """Take what a queue holds; return the bodies."""
        url, bodies = self.queue(queue), []
        while messages := self.shop.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                bodies.append(json.loads(message["Body"]))
                self.shop.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return bodies

    def queued(self, queue: str) -> list[OrderEvent]:
        """Take what a queue holds; return the events that it has had of these orders."""
        events = [parse_order_event(body) for body in self.take(queue)]
        self.events[queue] += [event for event in events if event.order_id in self.orders]
        return self.events[queue]

    def put_again(self, events: Sequence[dict[str, Any]]) -> None:
        """Put events on the bus once more."""
        for start in range(0, len(events), 10):
            answer = self.client("events").put_events(
                Entries=[
                    {
                        "EventBusName": self.output("EventBusName"),
                        "Source": event["source"],
                        "DetailType": event["detail-type"],
                        "Detail": json.dumps(event["detail"]),
                    }
                    for event in events[start : start + 10]
                ]
            )
            assert answer["FailedEntryCount"] == 0

    def queue(self, logical_id: str) -> str:
        stack = self.client("cloudformation").describe_stack_resource(
            StackName=str(self.shop.cloud.ready["stack"]), LogicalResourceId=logical_id
        )
        return str(stack["StackResourceDetail"]["PhysicalResourceId"])


def expected_summary(states: Iterable[OrderState]) -> tuple[dict[OrderStatus, int], dict[str, int]]:
    """Return orders by status and spent by currency, as the orders table has them."""
    orders = Counter(state.status for state in states)
    spent = Counter[str]()
    for state in states:
        if state.status is S.DELIVERED:
            spent[state.currency] += state.total
    return dict(orders), dict(spent)


@pytest.fixture(scope="module")
def bus(shop: Shop) -> Iterator[Bus]:
    bus = Bus(shop, CustomerId(str(uuid.uuid4())))
    for life in LIVES:
        bus.live(life)
    wait_for(lambda: len(bus.logged()) >= EVENTS, what="all events in the audit log")
    yield bus


def test_every_change_is_one_event(bus: Bus) -> None:
    events = [parse_order_event(event["detail"]) for event in bus.logged()]
    assert {event.identity for event in events} == {
        (order_id, n) for order_id, state in bus.orders.items() for n in range(1, state.version + 1)
    }
    assert {event.status for event in events} == set(OrderStatus)
    assert [fault for event in bus.logged() for fault in faults(event)] == []


def test_topic_subscribers_receive_events_that_pass_their_filters(bus: Bus) -> None:
    expected = {
        "InvoiceQueue": {S.DELIVERED: 2},
        "WarehouseQueue": {S.CONFIRMED: 2, S.PACKED: 2, S.CANCELLED: 1},
        "FraudQueue": {S.FAILED: 1},
    }

    def queued_counts() -> dict[str, dict[OrderStatus, int]]:
        return {name: dict(Counter(event.status for event in bus.queued(name))) for name in expected}

    wait_for(lambda: queued_counts() == expected, what="what the queues hold")


def test_archive_reports_its_size(bus: Bus) -> None:
    name = bus.output("EventArchiveArn").rpartition("/")[2]
    archive = bus.client("events").describe_archive(ArchiveName=name)
    # The other tests' orders are in it as well.
    assert archive["EventCount"] >= EVENTS and archive["SizeBytes"] > archive["EventCount"] * 500


async def test_read_model_equals_the_orders_and_a_replay_rebuilds_it(bus: Bus) -> None:
    # Events that cannot be read hold no rebuild: neither what is put on the bus now, nor what it replays.
    [order_id, *_] = bus.orders
    unreadable = [
        {
            "source": "orderwire.orders",
            "detail-type": "order.packed",
            "detail": {"schemaVersion": "1", "orderId": f"{order_id}-{number}"},
        }
        for number in range(UNREADABLE)
    ]
    bus.put_again(unreadable)
    store = DynamoDBSummaries(bus.shop.dynamodb, bus.output("SummariesTableName"))

    def summary() -> Summary:
        return store.load(store.generations().current, bus.customer, ())[0]

    expected = expected_summary(bus.orders.values())
    wait_for(lambda: (dict(summary().orders), dict(summary().spent)) == expected, what="the summary")

    # Twice, and in no order: what at-least-once delivery comes to.
    bus.put_again(bus.logged()[::-1])
    wait_for(lambda: len(bus.logged()) == 2 * EVENTS, what="the repeated events in the log")
    before, first = replace(summary(), revision=0), store.generations().current

    staff = bus.shop.person("margaret", staff=True)
    settings = Settings(
        endpoint=bus.shop.api.graphql,
        realtime=bus.shop.api.realtime,
        cognito=bus.shop.cloud.engine,
        client_id=bus.output("UserPoolClientId"),
    )
    async with OrderClient(settings, Credentials(staff.name, PASSWORD)) as client, asyncio.timeout(120):
        step = await client.api.summaries.rebuild(settle_seconds=0)
        while step is not None and not step.ended:
            if step.status in {"SETTLING", "REPLAYING"}:
                assert replace(summary(), revision=0) == before
            await asyncio.sleep(0.1)
            step = await client.api.summaries.rebuild(step.generation, settle_seconds=0)
        assert step is not None and step.status == "COMPLETED"
        assert step.unreadable == UNREADABLE
        read = await client.api.summaries.read(bus.customer)
    assert store.generations().current == step.generation != first
    assert replace(summary(), revision=0) == before
    assert read is not None
    assert ({S(k): v for k, v in read.orders.items()}, read.spent) == expected
    items = bus.shop.dynamodb.scan(TableName=bus.output("SummariesTableName"))["Items"]
    assert not [item for item in items if item["pk"]["S"].startswith(f"{first}#")]
    # A replay for the one rule: nobody else heard of these events again.
    assert len(bus.logged()) == 2 * EVENTS
    # Each as it was put on the bus, and as it was replayed.
    dead = bus.take("SummaryDeadLetters")
    assert sorted("replay-name" in letter for letter in dead) == UNREADABLE * [False] + UNREADABLE * [True]
