"""Orders through the deployed workflow, on the real engine with the real handlers: each path once."""

from __future__ import annotations

import pytest

from orders.errors import OrderNotCancellable
from orders.model import OrderId
from tests.shape.shop import Shop, deployed

pytestmark = pytest.mark.integration
GOOD_LIFE = ["RECEIVED", "VALIDATED", "CONFIRMED", "PACKED", "SHIPPED", "DELIVERED"]
TASKS = ["validate_order", "reserve_stock", "authorize_payment", "release_stock", "void_payment"]


@pytest.fixture
def tea(shop: Shop, request: pytest.FixtureRequest) -> str:
    """A sku of this test's own, ten on the shelf."""
    sku = f"tea-{abs(hash(request.node.name)) % 10**9}"
    shop.stock(sku, 10)
    return sku


def test_deployed_definition_has_its_numbers_filled_in(shop: Shop) -> None:
    settings = deployed(shop)["States"]["Validate"]["ResultSelector"]
    assert settings == {
        "items.$": "$.Payload.items",
        "approval.$": "$.Payload.approval",
        "paceSeconds.$": "States.StringToJson('0')",
        "paymentTaskSeconds.$": "States.MathAdd(States.StringToJson('1'), 5)",
        "approvalSeconds.$": "States.StringToJson('259200')",
        "fulfilment": "demonstration",
    }


def test_valid_order_is_delivered(shop: Shop, tea: str) -> None:
    run = shop.run(shop.record({tea: 3}))
    assert (run.status, run.life, run.reason) == ("SUCCEEDED", GOOD_LIFE, None)
    assert sorted(run.calls) == sorted(TASKS[:3])
    assert shop.available(tea) == 7
    assert shop.fulfilment(f"PAYMENT#{run.order_id}")["status"] == {"S": "AUTHORIZED"}
    origin = run.state.last_change
    assert origin is not None
    assert (origin.execution.rsplit(":", 1)[1], origin.state) == (run.order_id, "MarkDelivered")
    assert run.order_id not in shop.store.pending_since(run.state.updated_at, 100)


@pytest.mark.parametrize(
    ("card", "reason"), [("tok_decline", "PAYMENT_DECLINED"), ("tok_timeout", "PAYMENT_TIMEOUT")]
)
def test_declined_payment_returns_the_stock(shop: Shop, tea: str, card: str, reason: str) -> None:
    run = shop.run(shop.record({tea: 3}, card))
    assert (run.status, run.life, run.reason) == ("SUCCEEDED", ["RECEIVED", "VALIDATED", "FAILED"], reason)
    assert run.calls.count("authorize_payment") == 1
    assert shop.available(tea) == 10
    assert shop.fulfilment(f"RESERVATION#{run.order_id}#{tea}")["status"] == {"S": "RELEASED"}


def test_missing_stock_voids_the_payment(shop: Shop, tea: str) -> None:
    run = shop.run(shop.record({tea: 11}))
    assert (run.status, run.reason) == ("SUCCEEDED", "OUT_OF_STOCK")
    assert run.life == ["RECEIVED", "VALIDATED", "FAILED"]
    assert shop.available(tea) == 10
    assert shop.fulfilment(f"PAYMENT#{run.order_id}")["status"] == {"S": "VOIDED"}


def test_missing_item_returns_the_others(shop: Shop, tea: str) -> None:
    others = {f"{tea}-{n}": n + 1 for n in range(7)}
    for sku in others:
        shop.stock(sku, 10)
    run = shop.run(shop.record({**others, tea: 11}))
    assert (run.status, run.reason) == ("SUCCEEDED", "OUT_OF_STOCK")
    assert run.calls.count("reserve_stock") == 8
    assert {shop.available(sku) for sku in [tea, *others]} == {10}


def test_many_items_are_reserved_once_each(shop: Shop, tea: str) -> None:
    quantities = {f"{tea}-{n}": n % 3 + 1 for n in range(12)}
    for sku in quantities:
        shop.stock(sku, 10)
    order_id = shop.record(quantities)
    shop.failing[("reserve_stock", order_id)] = [ConnectionError("for a moment")] * 2
    run = shop.run(order_id)
    assert (run.status, run.life) == ("SUCCEEDED", GOOD_LIFE)
    assert run.calls.count("reserve_stock") == 14
    assert {sku: 10 - shop.available(sku) for sku in quantities} == quantities


def test_order_failing_in_both_branches_has_the_reason_of_the_stock(shop: Shop, tea: str) -> None:
    run = shop.run(shop.record({tea: 11}, "tok_decline"))
    assert (run.status, run.reason) == ("SUCCEEDED", "OUT_OF_STOCK")
    assert sorted(run.calls) == sorted(TASKS)


def test_unknown_item_ends_the_order_before_any_reservation(shop: Shop, tea: str) -> None:
    run = shop.run(shop.record({tea: 1, "unheard-of": 1}))
    assert (run.status, run.life, run.reason) == ("SUCCEEDED", ["RECEIVED", "FAILED"], "UNKNOWN_ITEM")
    assert run.calls == ["validate_order"]


@pytest.mark.parametrize("task", TASKS[:3])
@pytest.mark.parametrize("when", ["before", "after"])
def test_cancellation_during_a_task_returns_stock_and_payment(
    shop: Shop, tea: str, task: str, when: str
) -> None:
    order_id = shop.record({tea: 3})
    getattr(shop, when)[(task, order_id)] = shop.cancel
    run = shop.run(order_id)
    assert run.status == "SUCCEEDED"
    assert run.life == (["RECEIVED"] if task == "validate_order" else ["RECEIVED", "VALIDATED"]) + [
        "CANCELLED"
    ]
    assert run.reason == "CUSTOMER_REQUEST"
    assert shop.available(tea) == 10
    assert shop.fulfilment(f"PAYMENT#{order_id}")["status"] == {"S": "VOIDED"}


def test_cancellation_before_the_start_reserves_nothing(shop: Shop, tea: str) -> None:
    order_id = shop.record({tea: 3})
    shop.cancel(order_id)
    run = shop.run(order_id)
    assert (run.status, run.life) == ("SUCCEEDED", ["RECEIVED", "CANCELLED"])
    assert shop.available(tea) == 10


def test_confirmed_order_can_be_cancelled_and_a_packed_one_cannot(shop: Shop, tea: str) -> None:
    paced = shop.paced(1)
    confirmed, packed = shop.record({tea: 3}), shop.record({tea: 4})
    executions = {order_id: shop.start(order_id, paced) for order_id in (confirmed, packed)}
    shop.wait_for(confirmed, "CONFIRMED")
    shop.cancel(confirmed)
    shop.wait_for(packed, "PACKED")
    with pytest.raises(OrderNotCancellable, match="PACKED"):
        shop.cancel(packed)
    run = shop.finish(confirmed, executions[confirmed])
    assert (run.status, run.life) == ("SUCCEEDED", ["RECEIVED", "VALIDATED", "CONFIRMED", "CANCELLED"])
    assert shop.finish(packed, executions[packed]).life == GOOD_LIFE
    assert shop.available(tea) == 6


def test_cancellation_during_compensation_stands(shop: Shop, tea: str) -> None:
    order_id = shop.record({tea: 3}, "tok_decline")
    shop.before[("release_stock", order_id)] = shop.cancel
    run = shop.run(order_id)
    assert (run.status, run.life) == ("SUCCEEDED", ["RECEIVED", "VALIDATED", "CANCELLED"])
    assert shop.available(tea) == 10


def test_write_with_a_lost_answer_is_no_cancellation(shop: Shop, tea: str) -> None:
    """The write is made in the workflow's name before it makes it: its own then fails its condition."""
    order_id = shop.record({tea: 3})
    execution = shop.machine.replace(":stateMachine:", ":execution:") + f":{order_id}"

    def write_it_already(_: OrderId) -> None:
        shop.world.client("dynamodb").update_item(
            TableName=shop.outputs["OrdersTableName"],
            Key={"pk": {"S": f"ORDER#{order_id}"}, "sk": {"S": "STATE"}},
            UpdateExpression="SET #status = :status, version = version + :one, lastChange = :change, "
            "history = list_append(history, :entry) REMOVE pendingKey, pendingSince",
            ExpressionAttributeNames={"#status": "status"},
            ExpressionAttributeValues={
                ":status": {"S": "VALIDATED"},
                ":one": {"N": "1"},
                ":entry": {
                    "L": [{"M": {"status": {"S": "VALIDATED"}, "at": {"S": "2026-11-20T18:00:00.000Z"}}}]
                },
                ":change": {"M": {"execution": {"S": execution}, "state": {"S": "MarkValidated"}}},
            },
        )

    shop.after[("validate_order", order_id)] = write_it_already
    run = shop.run(order_id)
    assert (run.status, run.life) == ("SUCCEEDED", GOOD_LIFE)
    assert run.calls.count("reserve_stock") == 1


@pytest.mark.parametrize("task", TASKS[:3])
def test_temporarily_failing_task_is_retried(shop: Shop, tea: str, task: str) -> None:
    order_id = shop.record({tea: 3})
    shop.failing[(task, order_id)] = [ConnectionError("for a moment")]
    run = shop.run(order_id)
    assert (run.status, run.life) == ("SUCCEEDED", GOOD_LIFE)
    assert run.calls.count(task) == 2
    assert shop.available(tea) == 7


def test_unexpected_error_is_compensated_reported_and_fails_the_execution(shop: Shop, tea: str) -> None:
    order_id = shop.record({tea: 3})
    shop.failing[("authorize_payment", order_id)] = [RuntimeError("broken")] * 4
    run = shop.run(order_id)
    assert (run.status, run.error) == ("FAILED", "InternalError")
    assert (run.life, run.reason) == (["RECEIVED", "VALIDATED", "FAILED"], "INTERNAL_ERROR")
    assert shop.available(tea) == 10


def test_compensation_is_retried_until_it_succeeds(shop: Shop, tea: str) -> None:
    order_id = shop.record({tea: 3}, "tok_decline")
    shop.failing[("release_stock", order_id)] = [ConnectionError("for a moment")]
    run = shop.run(order_id)
    assert (run.status, run.reason) == ("SUCCEEDED", "PAYMENT_DECLINED")
    assert shop.available(tea) == 10


def test_repeated_start_runs_the_order_once(shop: Shop, tea: str) -> None:
    order_id = shop.record({tea: 3})
    assert shop.run(order_id).life == GOOD_LIFE
    states = shop.world.client("stepfunctions")
    with pytest.raises(states.exceptions.ExecutionAlreadyExists):
        shop.start(order_id)
    assert shop.available(tea) == 7
