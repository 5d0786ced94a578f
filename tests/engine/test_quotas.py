"""Token buckets, alone and in front of a running engine."""

from __future__ import annotations

import itertools

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from localcloud.engine.operations import OperationCall
from localcloud.engine.quotas import Quota, Quotas, parse_quotas
from localcloud.engine.rules import RulesError
from tests.engine.rules import ask, patient, quotas
from tests.engine.world import World

START = OperationCall("states", "StartExecution")
NOTHING = {"Done": {"Type": "Succeed"}}


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def admitted(kept: Quotas, calls: int) -> int:
    return sum(kept.admit(START) for _ in range(calls))


def test_quota_bucket_empties_and_refills() -> None:
    clock = Clock()
    kept = Quotas((Quota("states", "StartExecution", 5, 2),), clock)
    assert admitted(kept, 10) == 5
    clock.now += 1.5
    assert admitted(kept, 10) == 3
    clock.now += 3600
    assert admitted(kept, 10) == 5  # it never holds more than its size


def test_quota_leaves_other_operations_free() -> None:
    kept = Quotas((Quota("states", "StartExecution", 0, 0),))
    assert not kept.admit(START)
    assert kept.admit(OperationCall("states", "DescribeExecution"))
    assert kept.admit(OperationCall("sqs", "StartExecution"))


def test_call_takes_from_all_of_its_buckets_or_from_none() -> None:
    kept = Quotas((Quota("states", "*", 10, 0), Quota("states", "StartExecution", 2, 0)))
    assert admitted(kept, 5) == 2
    other = OperationCall("states", "DescribeExecution")
    assert sum(kept.admit(other) for _ in range(20)) == 8


@given(
    size=st.integers(1, 50),
    refill=st.integers(0, 50),
    waits=st.lists(st.floats(0, 2), min_size=1, max_size=80),
)
def test_quota_admits_at_most_size_and_refill(size: int, refill: int, waits: list[float]) -> None:
    clock = Clock()
    kept = Quotas((Quota("states", "StartExecution", size, refill),), clock)
    count = 0
    for wait in waits:
        clock.now += wait
        count += kept.admit(START)
    assert count <= size + refill * (clock.now - 1000.0) + 1e-6


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (None, ": expected an object, not None"),
        ({"quotas": [{"service": "states", "operation": "*"}]}, "quotas[0].bucket: is missing"),
        (
            {"quotas": [{"service": "states", "operation": "*", "bucket": -1, "refill_per_second": 1}]},
            "quotas[0].bucket: expected a number of at least 0, not -1",
        ),
        (
            {"quotas": [{"service": "states", "operation": "*", "bucket": 1, "refill_per_second": True}]},
            "quotas[0].refill_per_second: expected a number of at least 0, not True",
        ),
    ],
)
def test_invalid_quotas_name_the_place(document: object, message: str) -> None:
    with pytest.raises(RulesError) as refused:
        parse_quotas(document)
    assert str(refused.value) == message


def test_start_beyond_the_quota_is_throttled(world: World) -> None:
    machine = world.machine(NOTHING)
    states = world.client("stepfunctions")
    quota = {"service": "states", "operation": "StartExecution", "bucket": 2, "refill_per_second": 0}
    with quotas(world, quota):
        for _ in range(2):
            states.start_execution(stateMachineArn=machine)
        with pytest.raises(ClientError) as refused:
            states.start_execution(stateMachineArn=machine)
        assert ask(world, "GET", "quotas")[1] == {"quotas": [quota]}
    assert refused.value.response["Error"] == {"Code": "ThrottlingException", "Message": "Rate exceeded"}
    assert len(states.list_executions(stateMachineArn=machine)["executions"]) == 2
    states.start_execution(stateMachineArn=machine)


def test_botocore_waits_for_the_bucket(world: World) -> None:
    machine = world.machine(NOTHING)
    quota = {"service": "states", "operation": "StartExecution", "bucket": 1, "refill_per_second": 0}
    refused: list[str] = []

    def fill(response: tuple[object, dict[str, dict[str, str]]] | None, **_: object) -> None:
        """Refill the bucket after a refusal: in real time, a slow client would never meet an empty one."""
        if response is not None and "Error" in response[1]:
            refused.append(response[1]["Error"]["Code"])
            ask(world, "PUT", "quotas", {"quotas": [quota]})

    with quotas(world, quota), patient(world, "stepfunctions") as states:
        states.meta.events.register("needs-retry.sfn.StartExecution", fill)
        answers = [states.start_execution(stateMachineArn=machine) for _ in range(3)]
    assert refused == ["ThrottlingException"] * 2
    assert [answer["ResponseMetadata"]["RetryAttempts"] for answer in answers] == [0, 1, 1]
    assert len({answer["executionArn"] for answer in answers}) == 3


def test_quotas_apply_to_tasks(world: World) -> None:
    sqs = world.client("sqs")
    url = sqs.create_queue(QueueName=world.name("limited"))["QueueUrl"]
    states = {
        "Send": {
            "Type": "Task",
            "Resource": "arn:aws:states:::sqs:sendMessage",
            "Parameters": {"QueueUrl": url, "MessageBody": "hello"},
            "End": True,
        }
    }
    quota = {"service": "sqs", "operation": "SendMessage", "bucket": 1, "refill_per_second": 0}
    with quotas(world, quota):
        ended = [world.run(states) for _ in range(2)]
    assert [execution["status"] for execution in ended] == ["SUCCEEDED", "FAILED"]
    assert ended[1]["error"] == "SQS.RequestThrottledException"


def test_names_in_operations_are_case_sensitive() -> None:
    names = itertools.product(["states"], ["startExecution", "StartExecutions"])
    kept = Quotas((Quota("states", "StartExecution", 0, 0),))
    assert all(kept.admit(OperationCall(service, operation)) for service, operation in names)
