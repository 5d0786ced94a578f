"""The thin handlers: event in, use case called, answer out, and what the log says of it."""

from __future__ import annotations

import json
from types import ModuleType
from typing import Any

import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext

from orders.errors import (
    AlreadyCompensated,
    InvalidOrder,
    OrderwireError,
    OutOfStock,
    PaymentDeclined,
    PaymentTimeout,
    UnknownItem,
)
from orders.model import CustomerId, OrderId, received
from orders.origins import Workflow
from orders.parsing import parse_order
from orders.status import OrderStatus
from resolvers import (
    authorize_payment,
    enqueue_order,
    reconcile,
    record_fulfilment,
    release_stock,
    reserve_stock,
    settle_cancelled,
    start_orders,
    validate_order,
    void_payment,
)
from tests.orders.samples import AT, order_document, to
from tests.resolvers.conftest import LIMIT, Log, World, event

ITEMS: list[Any] = [{"sku": "TEA-1", "quantity": 2}, {"sku": "CUP-7", "quantity": 1}]

ID = OrderId("3f2b8c1e-9a4d-4e0f-8b7a-5c6d7e8f9a0b")
OTHER = OrderId("0b9a8f7e-6d5c-4b7a-8e0f-4d9a1e8c2b3f")
ADA = CustomerId("6f0e1a5c-ada0-4c1e-9f3e-000000000001")


def record(world: World, **changes: object) -> None:
    document = event("enqueue_order")["input"] | changes
    contents = parse_order(document, customer_id=ADA, at=AT)
    world.store.record(contents, received(contents))


class TestEnqueueOrder:
    def test_enqueued_order_is_recorded_queued_and_returned(
        self, world: World, context: LambdaContext, log: Log
    ) -> None:
        answer = enqueue_order.handler(event("enqueue_order"), context)
        assert answer == {"order": order_document(ID, ADA)}
        assert json.loads(json.dumps(answer)) == answer
        assert world.queue.messages == [ID]
        assert [(line["message"], line["correlation_id"]) for line in log.lines] == [("order recorded", ID)]

    def test_card_and_names_are_not_logged(self, world: World, context: LambdaContext, log: Log) -> None:
        enqueue_order.handler(event("enqueue_order"), context)
        enqueue_order.handler({**event("enqueue_order"), "input": {"cardToken": "tok_approve"}}, context)
        assert "tok_" not in log.text
        assert "Tea" not in log.text

    def test_repeated_enqueue_returns_the_current_order(self, world: World, context: LambdaContext) -> None:
        enqueue_order.handler(event("enqueue_order"), context)
        world.store.change(ID, to(OrderStatus.VALIDATED))
        answer = enqueue_order.handler(event("enqueue_order"), context)
        assert (answer["order"]["status"], answer["order"]["version"]) == ("VALIDATED", 2)
        assert world.queue.messages == [ID]

    def test_invalid_order_is_a_typed_answer(self, world: World, context: LambdaContext) -> None:
        document = event("enqueue_order")
        document["input"]["items"][1]["quantity"] = 0
        assert enqueue_order.handler(document, context) == {
            "error": {
                "type": "InvalidOrder",
                "message": "input.items[1].quantity: must be 1 to 999",
                "info": {"path": "input.items[1].quantity", "code": "QUANTITY_RANGE"},
            }
        }
        assert world.store.state(ID) is None

    def test_other_order_with_the_same_token_is_a_conflict(
        self, world: World, context: LambdaContext
    ) -> None:
        record(world, cardToken="tok_decline")
        answer = enqueue_order.handler(event("enqueue_order"), context)
        assert answer["error"]["type"] == "IdempotencyConflict"
        assert world.queue.messages == []

    def test_recorded_order_is_accepted_when_the_queue_fails(
        self, world: World, context: LambdaContext, log: Log
    ) -> None:
        world.queue.broken = OSError("no route")
        assert "order" in enqueue_order.handler(event("enqueue_order"), context)
        assert world.store.state(ID) is not None
        assert [line["message"] for line in log.lines] == ["order recorded but not queued"]

    @pytest.mark.parametrize("customer", [None, "", 7])
    def test_request_without_a_customer_records_nothing(
        self, world: World, context: LambdaContext, customer: object
    ) -> None:
        answer = enqueue_order.handler({**event("enqueue_order"), "customerId": customer}, context)
        assert answer["error"]["type"] == "InternalError"
        assert world.store.state(ID) is None


@pytest.fixture
def both(world: World) -> None:
    """The orders of the queue's batch, recorded."""
    for order_id in (ID, OTHER):
        record(world, clientToken=order_id)


@pytest.mark.usefixtures("both")
class TestStartOrders:
    def test_batch_of_orders_is_started(self, world: World, context: LambdaContext, log: Log) -> None:
        assert start_orders.handler(event("order_queue"), context) == {"batchItemFailures": []}
        assert world.workflows.started == [ID, OTHER]
        assert [line["correlation_id"] for line in log.lines] == [ID, OTHER]
        # 21 EUR wait for nobody.
        assert world.workflows.kinds == {ID: Workflow.EXPRESS, OTHER: Workflow.EXPRESS}

    def test_second_delivery_is_no_failure(self, world: World, context: LambdaContext) -> None:
        start_orders.handler(event("order_queue"), context)
        assert start_orders.handler(event("order_queue"), context) == {"batchItemFailures": []}
        assert world.workflows.started == [ID, OTHER]

    def test_throttled_order_stays_in_the_queue(self, world: World, context: LambdaContext) -> None:
        document = event("order_queue")
        world.workflows.throttled.add(ID)
        assert start_orders.handler(document, context) == {
            "batchItemFailures": [{"itemIdentifier": document["Records"][0]["messageId"]}]
        }
        assert world.workflows.started == [OTHER]

    def test_batch_of_failures_names_every_message(self, world: World, context: LambdaContext) -> None:
        document = event("order_queue")
        world.workflows.throttled.update((ID, OTHER))
        answer = start_orders.handler(document, context)
        assert [failure["itemIdentifier"] for failure in answer["batchItemFailures"]] == [
            record["messageId"] for record in document["Records"]
        ]

    @pytest.mark.parametrize("body", ["", "[]", "{}", '{"orderId":7}', '{"orderId":"x"}', "\ud800"])
    def test_malformed_message_stays_for_the_dead_letter_queue(
        self, world: World, context: LambdaContext, body: str
    ) -> None:
        document = event("order_queue")
        document["Records"][0]["body"] = body
        answer = start_orders.handler(document, context)
        assert answer == {"batchItemFailures": [{"itemIdentifier": document["Records"][0]["messageId"]}]}
        assert world.workflows.started == [OTHER]


class TestTasks:
    def test_valid_order_is_validated_reserved_and_paid(
        self, world: World, context: LambdaContext, log: Log
    ) -> None:
        record(world)
        task = event("workflow_task")
        for _ in range(2):
            assert dict(validate_order.handler(task, context)) == {
                "orderId": ID,
                "outcome": "VALID",
                "items": ITEMS,
                "approval": False,
            }
            for item in ITEMS:
                assert reserve_stock.handler(task | item, context) == {
                    "orderId": ID,
                    "outcome": "HELD",
                }
            assert authorize_payment.handler(task, context) == {"orderId": ID, "outcome": "AUTHORIZED"}
        assert world.stock.available == {"TEA-1": 3, "CUP-7": 0}
        assert {line["correlation_id"] for line in log.lines} == {ID}

    def test_order_above_the_limit_needs_approval(self, world: World, context: LambdaContext) -> None:
        record(world, items=[{"sku": "TEA-1", "name": "T", "quantity": 1, "unitPrice": LIMIT + 1}])
        assert validate_order.handler(event("workflow_task"), context)["approval"] is True

    def test_compensation_returns_stock_and_payment_once(self, world: World, context: LambdaContext) -> None:
        record(world)
        task = event("workflow_task")
        for item in ITEMS:
            reserve_stock.handler(task | item, context)
        authorize_payment.handler(task, context)
        assert release_stock.handler(task, context) == {"orderId": ID, "outcome": "RELEASED"}
        assert release_stock.handler(task, context) == {"orderId": ID, "outcome": "NOTHING_HELD"}
        assert void_payment.handler(task, context) == {"orderId": ID, "outcome": "VOIDED"}
        assert void_payment.handler(task, context) == {"orderId": ID, "outcome": "NOTHING_AUTHORIZED"}
        assert world.stock.available == {"TEA-1": 5, "CUP-7": 1}

    def test_compensation_without_reservations_blocks_late_tasks(
        self, world: World, context: LambdaContext
    ) -> None:
        record(world)
        task = event("workflow_task")
        assert release_stock.handler(task, context) == {"orderId": ID, "outcome": "NOTHING_HELD"}
        assert void_payment.handler(task, context) == {"orderId": ID, "outcome": "NOTHING_AUTHORIZED"}
        with pytest.raises(AlreadyCompensated, match=r"The order's stock was given back already"):
            reserve_stock.handler(task | ITEMS[0], context)
        with pytest.raises(AlreadyCompensated, match=r"The order's payment was given back already"):
            authorize_payment.handler(task, context)
        assert world.stock.available == {"TEA-1": 5, "CUP-7": 1}

    @pytest.mark.parametrize(
        ("module", "changes", "error"),
        [
            (
                validate_order,
                {"items": [{"sku": "GHOST", "name": "G", "quantity": 1, "unitPrice": 1}]},
                UnknownItem,
            ),
            (reserve_stock, {}, OutOfStock),
            (authorize_payment, {"cardToken": "tok_decline"}, PaymentDeclined),
            (authorize_payment, {"cardToken": "tok_timeout"}, PaymentTimeout),
        ],
        ids=["UnknownItem", "OutOfStock", "PaymentDeclined", "PaymentTimeout"],
    )
    def test_task_error_has_the_class_name_that_the_workflow_catches(
        self,
        world: World,
        context: LambdaContext,
        log: Log,
        module: ModuleType,
        changes: dict[str, object],
        error: type[Exception],
    ) -> None:
        record(world, **changes)
        with pytest.raises(error):
            module.handler({**event("workflow_task"), "sku": "TEA-1", "quantity": 6}, context)
        # Expected ends are no errors: alarms count those.
        assert [(line["level"], line["error"]) for line in log.lines] == [("INFO", error.__name__)]

    def test_task_of_a_missing_order_is_an_error(
        self, world: World, context: LambdaContext, log: Log
    ) -> None:
        with pytest.raises(InvalidOrder):
            reserve_stock.handler({"orderId": "x", "sku": "TEA-1", "quantity": 1}, context)
        with pytest.raises(OrderwireError, match="no item"):
            reserve_stock.handler(event("workflow_task"), context)
        with pytest.raises(Exception, match="You have no order with this id"):
            release_stock.handler(event("workflow_task"), context)
        assert [line["level"] for line in log.lines] == ["ERROR", "ERROR"]


class TestFulfilment:
    def report(self, **changes: object) -> dict[str, object]:
        return {**event("fulfilment_event"), **changes}

    def test_fulfilment_event_advances_the_order(
        self, world: World, context: LambdaContext, log: Log
    ) -> None:
        record(world)
        for target in (OrderStatus.VALIDATED, OrderStatus.CONFIRMED):
            world.store.change(ID, to(target))
        for _ in range(2):
            answer = record_fulfilment.handler(self.report(), context)
            assert answer == {"orderId": ID, "outcome": "SHIPPED"}
        state = world.store.state(ID)
        assert state is not None
        assert (state.version, state.status) == (5, OrderStatus.SHIPPED)
        assert [line["correlation_id"] for line in log.lines] == [ID, ID]

    @pytest.mark.parametrize(
        ("changes", "error"),
        [
            ({"detail-type": "OrderLost"}, "InvalidRequest"),
            ({"detail": {}}, "InvalidRequest"),
            ({}, "OrderNotFulfillable"),
        ],
    )
    def test_inapplicable_event_raises_and_writes_nothing(
        self,
        world: World,
        context: LambdaContext,
        log: Log,
        changes: dict[str, object],
        error: str,
    ) -> None:
        record(world)
        before = world.store.state(ID)
        with pytest.raises(OrderwireError) as raised:
            record_fulfilment.handler(self.report(**changes), context)
        assert type(raised.value).__name__ == error
        assert world.store.state(ID) == before
        assert [(line["level"], line["error"]) for line in log.lines] == [("WARNING", error)]


class TestSettleCancelled:
    def batch(self, *ids: str) -> Any:
        return {
            "Records": [
                {"eventName": "MODIFY", "dynamodb": {"SequenceNumber": str(n), "Keys": {"pk": {"S": pk}}}}
                for n, pk in enumerate(ids, 1)
            ]
        }

    def test_stock_and_payment_are_returned_once(
        self, world: World, context: LambdaContext, log: Log
    ) -> None:
        record(world)
        task = event("workflow_task")
        reserve_stock.handler(task | ITEMS[0], context)
        authorize_payment.handler(task, context)
        for _ in range(2):
            answer = settle_cancelled.handler(self.batch(f"ORDER#{ID}"), context)
            assert answer == {"batchItemFailures": []}
            assert world.stock.available["TEA-1"] == 5
            assert world.payments.ledger[ID] == "VOIDED"
        lines = [(line["released"], line["voided"]) for line in log.lines if "released" in line]
        assert lines == [(True, True), (False, False)]

    def test_failing_record_returns_with_those_after_it(
        self, world: World, context: LambdaContext, log: Log
    ) -> None:
        record(world)
        batch = self.batch(f"ORDER#{ID}", f"ORDER#{OTHER}", f"ORDER#{ID}")
        answer = settle_cancelled.handler(batch, context)
        assert answer == {"batchItemFailures": [{"itemIdentifier": "2"}]}


def test_reconcile_queues_orders_that_were_never_started(
    world: World, context: LambdaContext, log: Log
) -> None:
    record(world)
    world.clock.advance(60)
    assert reconcile.handler(event("scheduled"), context) == {"resubmitted": 0}
    world.clock.advance(1)
    assert reconcile.handler(event("scheduled"), context) == {"resubmitted": 1}
    assert world.queue.messages == [ID]
    assert [(line["level"], line["correlation_id"]) for line in log.lines] == [("WARNING", ID)]
