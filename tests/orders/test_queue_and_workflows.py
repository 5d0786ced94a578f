"""SQS and Step Functions as the core sees them, against a real engine."""

from __future__ import annotations

import json
from uuid import uuid4

import pytest

from orders.adapters.sqs import SQSOrderQueue, send_all
from orders.adapters.stepfunctions import StepFunctionsStarter
from orders.errors import NotQueued, StartThrottled
from orders.model import OrderId
from orders.origins import Workflow
from tests.orders.engine import ACCOUNT, Engine
from tests.orders.samples import an_order

pytestmark = pytest.mark.integration

DEFINITION = {"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 300, "End": True}}}


@pytest.fixture
def queue_url(engine: Engine) -> str:
    return engine.sqs().create_queue(QueueName=f"orders-{uuid4().hex[:12]}")["QueueUrl"]


@pytest.fixture
def state_machine(engine: Engine) -> str:
    return engine.stepfunctions().create_state_machine(
        name=f"orders-{uuid4().hex[:12]}",
        definition=json.dumps(DEFINITION),
        roleArn=f"arn:aws:iam::{ACCOUNT}:role/workflow",
    )["stateMachineArn"]


def test_orders_are_queued_in_batches_of_ten(engine: Engine, queue_url: str) -> None:
    queue = SQSOrderQueue(engine.sqs(), queue_url)
    ids = [an_order().order_id for _ in range(23)]
    queue.put(ids)
    assert queue.waiting() == 23
    order_ids: list[str] = []
    while len(order_ids) < 23:
        messages = engine.sqs().receive_message(QueueUrl=queue_url, MaxNumberOfMessages=10)["Messages"]
        order_ids += [message["Body"] for message in messages]
    assert sorted(order_ids) == sorted(f'{{"orderId":"{order_id}"}}' for order_id in ids)
    # What is in flight is still waiting for its worker to be done.
    assert queue.waiting() == 23
    queue.put([])
    assert queue.waiting() == 23


class PickySQS:
    """Takes all messages but those whose body is ``no``, with status 200."""

    def __init__(self) -> None:
        self.calls = 0

    def send_message_batch(self, *, QueueUrl: str, Entries: list[dict[str, str]]) -> dict[str, object]:  # noqa: N803
        self.calls += 1
        return {"Failed": [{"Id": entry["Id"]} for entry in Entries if entry["MessageBody"] == "no"]}


def test_refused_messages_are_named() -> None:
    sqs = PickySQS()
    bodies = ["yes"] * 25
    bodies[3] = bodies[21] = "no"
    with pytest.raises(NotQueued, match=r"SQS refused 2 of 25 messages\.") as error:
        send_all(sqs, "queue", bodies)  # type: ignore[arg-type]
    assert error.value.indexes == (3, 21)
    assert sqs.calls == 3


def test_order_is_started_once(engine: Engine, state_machine: str) -> None:
    starter = StepFunctionsStarter(engine.stepfunctions(), state_machine, "arn:express")
    order_id = an_order().order_id
    starter.start(order_id, Workflow.STANDARD)
    # AWS answers a running execution's own name and input as if it had just begun, or that it exists.
    starter.start(order_id, Workflow.STANDARD)
    executions = engine.stepfunctions().list_executions(stateMachineArn=state_machine)["executions"]
    assert [execution["name"] for execution in executions] == [order_id]
    arn = executions[0]["executionArn"]
    assert (
        engine.stepfunctions().describe_execution(executionArn=arn)["input"] == f'{{"orderId":"{order_id}"}}'
    )
    engine.stepfunctions().stop_execution(executionArn=arn)
    assert starter.start(order_id, Workflow.STANDARD) is False


class Throttled:
    """StartExecution at its quota."""

    class exceptions:  # noqa: N801 - boto3's own name
        class ExecutionAlreadyExists(Exception):
            pass

    def __init__(self, code: str) -> None:
        self.code = code

    def start_execution(self, **_: str) -> None:
        from botocore.exceptions import ClientError

        raise ClientError({"Error": {"Code": self.code, "Message": "Rate exceeded"}}, "StartExecution")


def throttled(code: str) -> StepFunctionsStarter:
    return StepFunctionsStarter(Throttled(code), "arn", "arn:express")  # type: ignore[arg-type]


def test_throttling_has_a_type_and_other_errors_keep_theirs() -> None:
    from botocore.exceptions import ClientError

    with pytest.raises(StartThrottled, match=r"StartExecution was throttled; the order stays in the queue\."):
        throttled("ThrottlingException").start(OrderId("x"), Workflow.STANDARD)
    with pytest.raises(ClientError, match="StateMachineDoesNotExist"):
        throttled("StateMachineDoesNotExist").start(OrderId("x"), Workflow.EXPRESS)
