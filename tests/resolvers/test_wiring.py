"""The composition root with a real engine behind it: only the environment says where that is."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import fields
from typing import Any
from uuid import uuid4

import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext

from orders.adapters import clients
from orders.errors import ConfigurationError, OutOfStock
from resolvers import (
    authorize_payment,
    enqueue_order,
    fanout,
    publishing,
    reconcile,
    release_stock,
    reserve_stock,
    start_orders,
    validate_order,
    void_payment,
    wiring,
)
from resolvers.settings import ChannelSettings
from tests.orders.engine import (
    ACCOUNT,
    Engine,
    forget_client,
    make_connections_table,
    make_tables,
    running_engine,
)
from tests.resolvers.conftest import event
from tests.resolvers.fake_appsync import fake_appsync

ROOTS = (
    wiring.order_store,
    wiring.stock_room,
    wiring.authorizing_provider,
    wiring.voiding_provider,
    wiring.order_queue,
    wiring.workflows,
    publishing.channels,
    publishing.connections,
    clients._build,
    fanout._dispatcher,
)
DEFINITION = {"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 300, "End": True}}}


@pytest.fixture(autouse=True)
def cold() -> Iterator[None]:
    """A new Lambda environment for each test."""
    forget_client()
    for root in ROOTS:
        root.cache_clear()
    yield
    forget_client()
    for root in ROOTS:
        root.cache_clear()


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with running_engine() as running:
        yield running


@pytest.fixture
def deployed(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> str:
    """Tables, queue and workflow, and an environment that names them; returns their suffix."""
    name = uuid4().hex[:12]
    make_tables(engine.dynamodb(), orders=f"orders-{name}", fulfilment=f"fulfilment-{name}")
    make_connections_table(engine.dynamodb(), f"connections-{name}")
    for sku, available in (("TEA-1", 5), ("CUP-7", 1)):
        engine.dynamodb().put_item(
            TableName=f"fulfilment-{name}",
            Item={"pk": {"S": f"STOCK#{sku}"}, "sku": {"S": sku}, "available": {"N": str(available)}},
        )
    off = dict.fromkeys((field.name.upper() for field in fields(ChannelSettings)), "")
    variables = (
        off
        | engine.environment()
        | {
            "ORDERS_TABLE": f"orders-{name}",
            "FULFILMENT_TABLE": f"fulfilment-{name}",
            "CONNECTIONS_TABLE": f"connections-{name}",
            "PAYMENT_TIMEOUT_SECONDS": "3",
            "APPROVAL_LIMIT": "100000",
            "FLAGGED_COUNTRIES": "none",
            "EXPRESS_MACHINE_ARN": "arn:aws:states:us-east-1:000000000000:stateMachine:express",
            "DURABLE_FUNCTION_ARN": "arn:aws:lambda:us-east-1:000000000000:function:run-order:live",
            "ORCHESTRATOR": "workflow",
            "EXPRESS_ORDERS": "false",
            "PACE_SECONDS": "0",
            "ORDER_QUEUE_URL": engine.sqs().create_queue(QueueName=f"orders-{name}")["QueueUrl"],
            "REDELIVERY_QUEUE_URL": engine.sqs().create_queue(QueueName=f"redelivery-{name}")["QueueUrl"],
            "STATE_MACHINE_ARN": engine.stepfunctions().create_state_machine(
                name=f"orders-{name}",
                definition=json.dumps(DEFINITION),
                roleArn=f"arn:aws:iam::{ACCOUNT}:role/workflow",
            )["stateMachineArn"],
        }
    )
    for variable, value in variables.items():
        monkeypatch.setenv(variable, value)
    return name


@pytest.mark.integration
def test_order_runs_from_its_submission_to_its_compensation(
    engine: Engine, deployed: str, context: LambdaContext
) -> None:
    order = enqueue_order.handler(event("enqueue_order"), context)["order"]
    queue = engine.sqs().get_queue_url(QueueName=f"orders-{deployed}")["QueueUrl"]
    messages = engine.sqs().receive_message(QueueUrl=queue)["Messages"]
    document = event("order_queue")
    document["Records"] = [document["Records"][0] | {"body": messages[0]["Body"]}]
    assert start_orders.handler(document, context) == {"batchItemFailures": []}
    executions = engine.stepfunctions().list_executions(stateMachineArn=os.environ["STATE_MACHINE_ARN"])[
        "executions"
    ]
    assert [execution["name"] for execution in executions] == [order["id"]]

    task = event("workflow_task")
    for _ in range(2):
        for item in validate_order.handler(task, context)["items"]:
            reserve_stock.handler({"orderId": task["orderId"], **item}, context)
        authorize_payment.handler(task, context)
    second = event("enqueue_order")
    second["input"]["clientToken"] = str(uuid4())
    other = enqueue_order.handler(second, context)["order"]
    cup: Any = {"orderId": other["id"], "sku": "CUP-7", "quantity": 1}
    with pytest.raises(OutOfStock, match=r"Too little stock of CUP-7\."):
        reserve_stock.handler(cup, context)
    assert release_stock.handler(task, context)["outcome"] == "RELEASED"
    assert void_payment.handler(task, context)["outcome"] == "VOIDED"
    reserve_stock.handler(cup, context)


@pytest.mark.integration
def test_reconciler_queues_orders_that_were_never_started(
    engine: Engine, deployed: str, context: LambdaContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    enqueue_order.handler(event("enqueue_order"), context)
    assert reconcile.handler(event("scheduled"), context) == {"resubmitted": 0}
    monkeypatch.setattr(reconcile, "OLDER_THAN", -reconcile.OLDER_THAN)
    monkeypatch.setattr(reconcile, "LIMIT", 1)
    # The queue holds as many messages as a run adds: the order is not lost, just waiting.
    assert reconcile.handler(event("scheduled"), context) == {"resubmitted": 0}
    engine.sqs().purge_queue(QueueUrl=engine.sqs().get_queue_url(QueueName=f"orders-{deployed}")["QueueUrl"])
    assert reconcile.handler(event("scheduled"), context) == {"resubmitted": 1}


@pytest.mark.integration
def test_stream_is_published_and_failures_are_queued(
    engine: Engine, deployed: str, context: LambdaContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue = engine.sqs().get_queue_url(QueueName=f"redelivery-{deployed}")["QueueUrl"]
    with fake_appsync() as server:
        monkeypatch.setenv("GRAPHQL_URL", server.url)
        assert fanout.handler(event("orders_stream"), context) == {"batchItemFailures": []}
        assert len(server.bodies) == 6
        server.status, server.answer = 500, b"{}"
        assert fanout.handler(event("orders_stream"), context) == {"batchItemFailures": []}
    messages = engine.sqs().receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]
    assert len(messages) == 6
    assert {json.loads(message["Body"])["channel"] for message in messages} == {"appsync"}
    for channel in publishing.channels():
        channel.close()  # type: ignore[attr-defined]


def test_channel_with_an_empty_address_is_omitted(monkeypatch: pytest.MonkeyPatch) -> None:
    for field in fields(ChannelSettings):
        monkeypatch.setenv(field.name.upper(), "")
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    assert publishing.channels() == ()
    publishing.channels.cache_clear()
    monkeypatch.setenv("CONNECTIONS_TABLE", "connections")
    assert [channel.name for channel in publishing.channels()] == ["websocket"]


def test_missing_variable_is_named_at_the_first_request(
    context: LambdaContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FULFILMENT_TABLE", raising=False)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    with pytest.raises(ConfigurationError) as error:
        void_payment.handler(event("workflow_task"), context)
    assert str(error.value) == "Set FULFILMENT_TABLE in the function's environment (FulfilmentSettings)."
