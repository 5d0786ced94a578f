"""The worker behind API Gateway's queues: validates, records and starts; what is refused leaves the queue."""

from __future__ import annotations

import json
from typing import Any

import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext

from orders.model import CustomerId, OrderId
from resolvers import admit_orders, wiring
from tests.resolvers.conftest import Log, World, event

FIRST = OrderId("3f2b8c1e-9a4d-4e0f-8b7a-5c6d7e8f9a0b")
SECOND = OrderId("0b9a8f7e-6d5c-4b7a-8e0f-4d9a1e8c2b3f")
OTHER = OrderId("7c1d2e3f-4a5b-4c6d-8e7f-9a0b1c2d3e4f")
ADA = CustomerId("6f0e1a5c-ada0-4c1e-9f3e-000000000001")
STANDARD = "arn:aws:sqs:eu-west-1:123456789012:orderwire-IntakeQueue-1ABCDEFGHIJKL"


@pytest.fixture(autouse=True)
def audience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wiring, "audience", lambda: "client-1")


def batch(*, fifo: bool = True) -> Any:
    document = event("intake_fifo_queue")
    if not fifo:
        for record in document["Records"]:
            record["eventSourceARN"] = STANDARD
    return document


def failures(document: Any, *places: int) -> dict[str, object]:
    return {
        "batchItemFailures": [{"itemIdentifier": document["Records"][place]["messageId"]} for place in places]
    }


@pytest.mark.parametrize("fifo", [True, False])
def test_orders_are_recorded_for_the_authenticated_customer_and_started_once(
    world: World, context: LambdaContext, fifo: bool
) -> None:
    for _ in range(2):
        assert admit_orders.handler(batch(fifo=fifo), context) == failures([])
    assert world.workflows.started == [FIRST, SECOND, OTHER]
    contents = world.store.contents(FIRST)
    assert contents is not None
    assert contents.customer_id == ADA
    # When the queue took it, not when a worker came to it.
    assert contents.created_at == "2026-11-20T18:00:00.250Z"


def test_throttled_order_stays_recorded_and_starts_later(world: World, context: LambdaContext) -> None:
    document = batch(fifo=False)
    world.workflows.throttled.add(FIRST)
    assert admit_orders.handler(document, context) == failures(document, 0)
    assert world.store.state(FIRST) is not None
    world.workflows.throttled.clear()
    document["Records"] = document["Records"][:1]
    assert admit_orders.handler(document, context) == failures(document)
    assert world.workflows.started == [SECOND, OTHER, FIRST]


def test_failed_fifo_message_leaves_the_rest_of_its_group(world: World, context: LambdaContext) -> None:
    document = batch()
    world.workflows.throttled.add(FIRST)
    assert admit_orders.handler(document, context) == failures(document, 0, 1)
    assert world.workflows.started == [OTHER]


def test_batch_of_failures_names_every_message(world: World, context: LambdaContext) -> None:
    document = batch()
    world.workflows.throttled.update((FIRST, OTHER))
    assert admit_orders.handler(document, context) == failures(document, 0, 1, 2)


@pytest.mark.parametrize(
    "change",
    [
        {"body": '{"customerId":"eve"}'},
        {"body": "[]"},
        {"orderId": "7"},
        {"audience": "client-2"},
        {"customerId": "6f0e1a5c-e0e0-4c1e-9f3e-000000000003", "orderId": SECOND},
    ],
)
def test_refused_order_leaves_the_queue(
    world: World, context: LambdaContext, log: Log, change: dict[str, str]
) -> None:
    document = batch(fifo=False)
    second, refused = document["Records"][1], document["Records"][0]
    for name, value in change.items():
        if name == "body":
            refused["body"] = value
        else:
            refused["messageAttributes"][name]["stringValue"] = value
    document["Records"] = [second, refused]
    assert admit_orders.handler(document, context) == failures(document)
    assert world.workflows.started == [SECOND]
    assert [line["message"] for line in log.lines] == ["order admitted", "order refused"]
    contents = world.store.contents(SECOND)
    assert contents is not None
    assert contents.customer_id == ADA


@pytest.mark.parametrize("name", ["customerId", "audience", "orderId"])
def test_message_without_gateway_attributes_is_a_failure(
    world: World, context: LambdaContext, name: str
) -> None:
    document = batch(fifo=False)
    del document["Records"][0]["messageAttributes"][name]
    assert admit_orders.handler(document, context) == failures(document, 0)


def test_log_has_order_ids_alone(world: World, context: LambdaContext, log: Log) -> None:
    document = batch(fifo=False)
    admit_orders.handler(document, context)
    assert json.loads(document["Records"][0]["body"])["cardToken"] not in log.text
