"""The answer is lost after the work was done, and botocore asks again: nothing happens twice."""

from __future__ import annotations

import json
from collections.abc import Iterator
from uuid import uuid4

import pytest

from orders.adapters.dynamodb_stock import DynamoDBStockRoom
from orders.adapters.dynamodb_store import DynamoDBOrderStore
from orders.adapters.sandbox_payments import SandboxPayments
from orders.adapters.stepfunctions import StepFunctionsStarter
from orders.errors import AlreadyCompensated, ChangeRefused, PaymentDeclined
from orders.model import OrderItem, received
from orders.origins import Workflow
from orders.status import OrderStatus
from orders.submission import record_order
from tests.orders.conftest import NewClient
from tests.orders.engine import ACCOUNT, Engine
from tests.orders.lossy_proxy import LossyProxy, lossy_proxy
from tests.orders.samples import an_order, to

pytestmark = pytest.mark.integration

ITEMS = [OrderItem("A", "A", 3, 1), OrderItem("B", "B", 1, 1)]


@pytest.fixture
def proxy(engine: Engine) -> Iterator[LossyProxy]:
    with lossy_proxy(engine.endpoint) as running:
        yield running


@pytest.fixture
def store(dynamodb: NewClient, proxy: LossyProxy, orders_table: str) -> Iterator[DynamoDBOrderStore]:
    client = dynamodb(Engine(proxy.url))
    yield DynamoDBOrderStore(client, orders_table)
    client.close()


@pytest.fixture
def stock(
    dynamodb: NewClient, proxy: LossyProxy, engine: Engine, fulfilment_table: str
) -> Iterator[DynamoDBStockRoom]:
    for sku in ("A", "B"):
        engine.dynamodb().put_item(
            TableName=fulfilment_table,
            Item={"pk": {"S": f"STOCK#{sku}"}, "sku": {"S": sku}, "available": {"N": "5"}},
        )
    client = dynamodb(Engine(proxy.url))
    yield DynamoDBStockRoom(client, fulfilment_table)
    client.close()


@pytest.fixture
def payments(dynamodb: NewClient, proxy: LossyProxy, fulfilment_table: str) -> Iterator[SandboxPayments]:
    client = dynamodb(Engine(proxy.url))
    yield SandboxPayments(client, fulfilment_table, timeout=3)
    client.close()


def stock_of(engine: Engine, table: str) -> tuple[int, ...]:
    def available(sku: str) -> int:
        item = engine.dynamodb().get_item(TableName=table, Key={"pk": {"S": f"STOCK#{sku}"}})["Item"]
        return int(item["available"]["N"])

    return available("A"), available("B")


def test_order_is_recorded_once_when_the_answer_is_lost(store: DynamoDBOrderStore, proxy: LossyProxy) -> None:
    order = an_order()
    proxy.lose_answer_of("TransactWriteItems")
    submitted = record_order(order, store)
    assert proxy.operations[:2] == ["TransactWriteItems", "TransactWriteItems"]
    assert (submitted.contents, submitted.state) == (order, received(order))
    assert store.state(order.order_id) == received(order)


def test_change_is_not_refused_when_its_answer_is_lost(store: DynamoDBOrderStore, proxy: LossyProxy) -> None:
    order = an_order()
    store.record(order, received(order))
    proxy.lose_answer_of("UpdateItem")
    state = store.change(order.order_id, to(OrderStatus.VALIDATED))
    assert proxy.operations[:2] == ["UpdateItem", "UpdateItem"]
    assert (state.version, state.status) == (2, OrderStatus.VALIDATED)
    assert store.state(order.order_id) == state


def test_change_of_another_run_is_refused_when_the_answer_is_lost(
    store: DynamoDBOrderStore, proxy: LossyProxy
) -> None:
    order = an_order()
    store.record(order, received(order))
    store.change(order.order_id, to(OrderStatus.VALIDATED, run="run-1"))
    proxy.lose_answer_of("UpdateItem")
    with pytest.raises(ChangeRefused):
        store.change(order.order_id, to(OrderStatus.VALIDATED, run="run-2"))


def test_stock_is_reserved_and_returned_once_when_answers_are_lost(
    engine: Engine, stock: DynamoDBStockRoom, proxy: LossyProxy, fulfilment_table: str
) -> None:
    order_id = an_order().order_id
    proxy.lose_answer_of("TransactWriteItems")
    for item in ITEMS:
        stock.reserve(order_id, item.sku, item.quantity)
    assert proxy.operations[:2] == ["TransactWriteItems", "TransactWriteItems"]
    assert stock_of(engine, fulfilment_table) == (2, 4)
    proxy.lose_answer_of("TransactWriteItems")
    stock.release(order_id, [item.sku for item in ITEMS])
    assert proxy.operations.count("TransactWriteItems") >= 2
    assert stock_of(engine, fulfilment_table) == (5, 5)
    with pytest.raises(AlreadyCompensated):
        stock.reserve(order_id, ITEMS[0].sku, ITEMS[0].quantity)


@pytest.mark.parametrize("card", ["tok_approve", "tok_decline"])
def test_payment_is_decided_once_when_the_answer_is_lost(
    payments: SandboxPayments, proxy: LossyProxy, card: str
) -> None:
    order_id = an_order().order_id
    proxy.lose_answer_of("PutItem")
    if card == "tok_decline":
        with pytest.raises(PaymentDeclined):
            payments.authorize(order_id, amount=1, currency="EUR", card_token=card)
        assert payments.void(order_id) is False
        return
    reference = payments.authorize(order_id, amount=1, currency="EUR", card_token=card)
    assert proxy.operations == ["PutItem", "PutItem", "GetItem"]
    assert reference == f"sandbox-{order_id}"
    proxy.lose_answer_of("UpdateItem")
    payments.void(order_id)
    with pytest.raises(AlreadyCompensated):
        payments.authorize(order_id, amount=1, currency="EUR", card_token=card)


def test_workflow_is_started_once_when_the_answer_is_lost(engine: Engine, proxy: LossyProxy) -> None:
    workflow = engine.stepfunctions().create_state_machine(
        name=f"lost-{uuid4().hex[:12]}",
        definition=json.dumps({"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}),
        roleArn=f"arn:aws:iam::{ACCOUNT}:role/workflow",
    )["stateMachineArn"]
    client = Engine(proxy.url).stepfunctions()
    proxy.lose_answer_of("StartExecution")
    StepFunctionsStarter(client, workflow, "arn:express").start(an_order().order_id, Workflow.STANDARD)
    assert proxy.operations == ["StartExecution", "StartExecution"]
    assert len(engine.stepfunctions().list_executions(stateMachineArn=workflow)["executions"]) == 1
    client.close()
