"""What each service is asked for, and what goes along."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from localcloud.deliveries.events.interfaces import ServiceReply
from tests.deliveries.events.house import ACCOUNT, EVENT, QUEUE, ROLE, House

TRACE = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"


def arn(service: str, resource: str) -> str:
    return f"arn:aws:{service}:us-east-1:{ACCOUNT}:{resource}"


@pytest.fixture
def house() -> House:
    return House()


def only(house: House) -> tuple[str, dict[str, Any]]:
    [call] = house.services.calls
    return call


async def test_fifo_message_has_a_group_and_one_id_for_all_attempts(house: House) -> None:
    house.services.replies["sqs.SendMessage"] = [ServiceReply(500)]
    await house.deliver(f"{QUEUE}.fifo", SqsParameters={"MessageGroupId": "g"})
    first, second = house.services.sent(f"{QUEUE}.fifo")
    assert first == second
    assert first["MessageGroupId"] == "g"
    assert first["MessageDeduplicationId"] == "e-1-t"


async def test_trace_is_passed_on(house: House) -> None:
    await house.deliver(QUEUE, trace=TRACE)
    assert only(house)[1]["MessageSystemAttributes"]["AWSTraceHeader"]["StringValue"] == TRACE
    await house.deliver(arn("lambda", "function:f"), trace=TRACE)
    assert house.services.places[-1].trace == TRACE
    await house.deliver(arn("states", "stateMachine:m"), RoleArn=ROLE, trace=TRACE)
    assert house.services.calls[-1][1]["traceHeader"] == TRACE


async def test_execution_has_one_name_for_all_attempts(house: House) -> None:
    house.services.replies["states.StartExecution"] = [
        ServiceReply(500),
        ServiceReply(400, "ExecutionAlreadyExists", ""),
    ]
    await house.deliver(arn("states", "stateMachine:m"), RoleArn=ROLE)
    (_, first), (_, second) = house.services.calls
    assert first == second
    assert first["name"].startswith("e-1_")
    assert house.dead_letters() == []


@pytest.mark.parametrize("kind", ["lambda", "states"])
async def test_text_that_is_no_json_is_a_dead_letter(house: House, kind: str) -> None:
    target = arn("lambda", "function:f") if kind == "lambda" else arn("states", "stateMachine:m")
    transformer = {"InputPathsMap": {"o": "$.detail.order"}, "InputTemplate": "order <o>"}
    await house.deliver(target, RoleArn=ROLE, InputTransformer=transformer)
    [(_, attributes)] = house.dead_letters()
    assert attributes["ERROR_CODE"] == "INVALID_JSON"


@pytest.mark.parametrize(
    ("parameters", "key"),
    [
        ({}, "e-1"),
        ({"PartitionKeyPath": "$.detail.order"}, "o-1"),
        ({"PartitionKeyPath": "$.detail.total"}, "7"),
        ({"PartitionKeyPath": "$.detail.nothing"}, "e-1"),
    ],
)
async def test_record_has_the_key_at_its_path(house: House, parameters: dict[str, str], key: str) -> None:
    await house.deliver(arn("kinesis", "stream/s"), RoleArn=ROLE, KinesisParameters=parameters)
    name, document = only(house)
    assert (name, document["StreamName"], document["PartitionKey"]) == ("kinesis.PutRecord", "s", key)
    assert json.loads(base64.b64decode(document["Data"])) == EVENT


async def test_missing_log_stream_is_created(house: House) -> None:
    house.services.replies["logs.PutLogEvents"] = [ServiceReply(400, "ResourceNotFoundException", "")]
    await house.deliver(arn("logs", "log-group:/aws/events/all:*"))
    assert [name for name, _ in house.services.calls] == [
        "logs.PutLogEvents",
        "logs.CreateLogStream",
        "logs.PutLogEvents",
    ]
    document = house.services.calls[-1][1]
    assert document["logGroupName"] == "/aws/events/all"
    [entry] = document["logEvents"]
    assert (entry["timestamp"], json.loads(entry["message"])) == (1_769_860_800_000, EVENT)


async def test_template_may_set_time_and_message_of_a_log_event(house: House) -> None:
    template = {
        "InputPathsMap": {"o": "$.detail.order"},
        "InputTemplate": '{"timestamp": 5, "message": "order <o>"}',
    }
    await house.deliver(arn("logs", "log-group:all"), InputTransformer=template)
    assert only(house)[1]["logEvents"] == [{"timestamp": 5, "message": "order o-1"}]


async def test_event_from_another_bus_reaches_no_third_bus(house: House) -> None:
    bus = arn("events", "event-bus/audit")
    house.services.buses = {bus}
    await house.deliver(bus)
    assert house.services.forwarded == [("e-1", bus)]
    await house.deliver(bus, buses=("default",))
    assert len(house.services.forwarded) == 1
    [(_, attributes)] = house.dead_letters()
    assert attributes["ERROR_CODE"] == "THIRD_ACCOUNT_HOP_DETECTED"
