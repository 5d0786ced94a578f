"""The EventBridge data source on the real engine: a rule on the bus sends what arrives to a queue."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest

from localcloud.appsync.definition import JSON, DataSource, EventBridgeConfig
from localcloud.appsync.resolving import FieldError, FieldOutcome
from localcloud.aws import EngineAddress
from tests.appsync.resolvers import api, call, engine, unit

RESPONSE = "export const response = (ctx) => ({ result: ctx.result, error: ctx.error });\n"


async def ask(address: EngineAddress, bus: str, request: str) -> FieldOutcome:
    code = f"export const request = (ctx) => ({request});\n{RESPONSE}"
    source = DataSource("bus", "AMAZON_EVENTBRIDGE", EventBridgeConfig(bus))
    async with engine(api(unit(code, source="bus"), sources=(source,)), address=address) as resolvers:
        assert resolvers.warnings == []
        return await resolvers.resolve(call())


@pytest.fixture
def bus(address: EngineAddress) -> Iterator[tuple[str, Callable[[], list[dict[str, JSON]]]]]:
    """A bus's ARN, and what came over it."""
    events = address.client("events")
    sqs = address.client("sqs")
    arn = events.create_event_bus(Name="orders")["EventBusArn"]
    queue = sqs.create_queue(QueueName="seen")["QueueUrl"]
    target = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    events.put_rule(Name="all", EventBusName="orders", EventPattern=json.dumps({"source": ["shop"]}))
    events.put_targets(Rule="all", EventBusName="orders", Targets=[{"Id": "1", "Arn": target}])

    def received() -> list[dict[str, JSON]]:
        for _ in range(10):
            response = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=5)
            if response.get("Messages"):
                return [json.loads(message["Body"]) for message in response["Messages"]]
        return []

    yield arn, received
    events.remove_targets(Rule="all", EventBusName="orders", Ids=["1"])
    events.delete_rule(Name="all", EventBusName="orders")
    events.delete_event_bus(Name="orders")
    sqs.delete_queue(QueueUrl=queue)


@pytest.mark.integration
async def test_events_go_to_the_bus_of_the_data_source(
    address: EngineAddress, bus: tuple[str, Callable[[], list[dict[str, JSON]]]]
) -> None:
    arn, received = bus
    outcome = await ask(
        address,
        arn,
        """{
          operation: 'PutEvents',
          events: [
            { source: 'shop', detail: { order: { id: 1 } }, detailType: 'Placed', resources: ['r'],
              time: '2026-11-20T10:00:00Z' },
            { source: 'aws.forbidden', detail: {}, detailType: 'No' },
          ],
        }""",
    )
    assert outcome.errors == []
    assert isinstance(outcome.value, dict)
    assert outcome.value["error"] is None
    result = outcome.value["result"]
    assert isinstance(result, dict)
    assert result["FailedEntryCount"] == 1
    entries = result["Entries"]
    assert isinstance(entries, list)
    assert [sorted(entry) for entry in entries if isinstance(entry, dict)] == [
        ["EventId"],
        ["ErrorCode", "ErrorMessage"],
    ]
    (event,) = received()
    assert (event["source"], event["detail-type"]) == ("shop", "Placed")
    assert (event["detail"], event["resources"]) == ({"order": {"id": 1}}, ["r"])


@pytest.mark.integration
async def test_call_refused_by_eventbridge_becomes_ctx_error(address: EngineAddress) -> None:
    arn = "arn:aws:events:eu-west-1:123456789012:event-bus/default"
    entry = "{ source: 'shop', detail: {}, detailType: 'x' }"
    outcome = await ask(address, arn, f"{{ operation: 'PutEvents', events: [{', '.join([entry] * 11)}] }}")
    assert isinstance(outcome.value, dict)
    error = outcome.value["error"]
    assert isinstance(error, dict)
    assert error["type"] == "EventBridge:EventBridgeException"
    assert "(Service: EventBridge, Status Code: 400, Request ID: " in str(error["message"])


@pytest.mark.parametrize(
    ("request_document", "message"),
    [
        ("{ events: [] }", "Value for field '$[operation]' not found."),
        ("{ operation: 'Put' }", "Unsupported operation 'Put' for an EventBridge data source: PutEvents."),
        ("{ operation: 'PutEvents' }", "Value for field '$[events]' not found."),
        (
            "{ operation: 'PutEvents', events: [{ source: 's', detailType: 't', detail: '{}' }] }",
            "Unsupported value for field '$[events][0][detail]': an object is expected.",
        ),
        (
            "{ operation: 'PutEvents', events: [{ source: 's', detailType: 't', detail: {}, time: 'now' }] }",
            "Unsupported value for field '$[events][0][time]': an RFC 3339 timestamp is expected.",
        ),
    ],
)
async def test_invalid_document_fails_the_field(
    address: EngineAddress, request_document: str, message: str
) -> None:
    outcome = await ask(address, "arn:aws:events:eu-west-1:123456789012:event-bus/x", request_document)
    assert outcome.errors == [FieldError(message, "MappingTemplate")]
