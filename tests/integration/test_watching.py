"""What is watched of the running application: alarms that fire and clear, and traces."""

from __future__ import annotations

import asyncio
import json
import time
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.integration.conftest import Shop, ask, order_input
from tests.integration.test_orders import GOOD_END, SUBMIT, until_final

pytestmark = pytest.mark.integration


@pytest.fixture
def fast(shop: Shop) -> Iterator[None]:
    """Alarms run sixty times faster than time."""
    set_factor(shop, 60)
    yield
    set_factor(shop, 1)


def set_factor(shop: Shop, factor: int) -> None:
    request = urllib.request.Request(
        f"{shop.cloud.engine}/_localcloud/alarms", json.dumps({"factor": factor}).encode(), method="PUT"
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        assert answer.status < 300


def client(shop: Shop, service: str) -> Any:
    return shop.cloud.session().client(service, endpoint_url=shop.cloud.engine)  # type: ignore[call-overload]


def resource(shop: Shop, logical_id: str) -> str:
    described = client(shop, "cloudformation").describe_stack_resource(
        StackName=str(shop.cloud.ready["stack"]), LogicalResourceId=logical_id
    )
    return str(described["StackResourceDetail"]["PhysicalResourceId"])


async def until(condition: Callable[[], Any], seconds: float = 120) -> Any:
    deadline = time.monotonic() + seconds
    while not (value := await asyncio.to_thread(condition)):
        assert time.monotonic() < deadline, "not within time"
        await asyncio.sleep(0.2)
    return value


@pytest.mark.usefixtures("fast")
async def test_dead_letter_fires_its_alarm_and_a_redrive_clears_it(shop: Shop) -> None:
    letters, alarm = resource(shop, "OrderDeadLetters"), resource(shop, "OrderDeadLettersAlarm")
    cloudwatch, sns = client(shop, "cloudwatch"), client(shop, "sns")
    pager = shop.sqs.create_queue(QueueName=f"pager-{uuid.uuid4().hex[:8]}")["QueueUrl"]
    arn = shop.sqs.get_queue_attributes(QueueUrl=pager, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    topic = shop.cloud.outputs["AlarmTopicArn"]
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": topic}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": statement})
    shop.sqs.set_queue_attributes(QueueUrl=pager, Attributes={"Policy": policy})
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    states: list[tuple[str, str]] = []

    def is_told(name: str, state: str) -> bool:
        for message in shop.sqs.receive_message(QueueUrl=pager, MaxNumberOfMessages=10).get("Messages", []):
            document = json.loads(json.loads(message["Body"])["Message"])
            states.append((document["AlarmName"], document["NewStateValue"]))
            shop.sqs.delete_message(QueueUrl=pager, ReceiptHandle=message["ReceiptHandle"])
        return (name, state) in states

    shop.sqs.send_message(QueueUrl=letters, MessageBody=json.dumps({"orderId": str(uuid.uuid4())}))
    await until(lambda: is_told(alarm, "ALARM"))
    [described] = cloudwatch.describe_alarms(AlarmNames=[alarm])["MetricAlarms"]
    assert described["AlarmDescription"].startswith("Means: orders could not be started")
    shop.sqs.purge_queue(QueueUrl=letters)
    await until(lambda: is_told(alarm, "OK"))


HOPS = ("Mutation.submitOrder", "recordOrder", "startExecution", "Validate", "ReserveItem", "MarkDelivered")
CHANNELS = {"appsync", "websocket", "events", "iot", "bus"}


async def test_order_is_one_trace_from_its_request_to_each_channel(shop: Shop) -> None:
    ada = shop.person("ada")
    shop.stock("lamp", 10)
    order = order_input("lamp")
    async with shop.following(ada, str(order["clientToken"])) as changes, shop.as_person(ada) as session:
        await session.execute(ask(SUBMIT, {"input": order}))
        await until_final(changes)
    item = shop.dynamodb.get_item(
        TableName=shop.cloud.outputs["OrdersTableName"],
        Key={"pk": {"S": f"ORDER#{order['clientToken']}"}, "sk": {"S": "STATE"}},
    )["Item"]
    root = item["trace"]["S"].split(";")[0].removeprefix("Root=")
    xray = client(shop, "xray")

    def whole() -> list[dict[str, Any]] | None:
        parts = [
            part
            for trace in xray.batch_get_traces(TraceIds=[root])["Traces"]
            for segment in trace["Segments"]
            for part in parts_of(json.loads(segment["Document"]))
        ]
        published = [part for part in parts if part["name"] in {"orderwire-fanout", "orderwire-webhooks"}]
        return parts if len(published) == 12 and part_starts(parts).keys() >= set(HOPS) else None

    parts = await until(whole)
    times = [part_starts(parts)[name] for name in HOPS]
    assert times == sorted(times)
    changes_told = {}
    for part in parts:
        if part["name"] == "orderwire-fanout":
            assert part["annotations"]["order_id"] == order["clientToken"]
            assert {channel["name"] for channel in part["subsegments"]} == CHANNELS
            changes_told[part["annotations"]["version"]] = part["annotations"]["status"]
        if part["name"] == "orderwire-webhooks":
            assert [channel["name"] for channel in part["subsegments"]] == ["webhook"]
    assert changes_told == dict(enumerate(GOOD_END, 1))
    # Functions say which order they work for.
    handled = [part for part in parts if part["name"] == "## handler"]
    assert {part["annotations"]["order_id"] for part in handled} == {order["clientToken"]}


async def test_outcomes_of_orders_are_counted_by_the_application(shop: Shop) -> None:
    ada = shop.person("ada")
    shop.stock("vase", 10)
    order = order_input("vase", card="tok_decline")
    start = datetime.now(UTC) - timedelta(minutes=2)
    async with shop.following(ada, str(order["clientToken"])) as changes, shop.as_person(ada) as session:
        await session.execute(ask(SUBMIT, {"input": order}))
        await until_final(changes)
    cloudwatch = client(shop, "cloudwatch")

    def total(name: str) -> float:
        answer = cloudwatch.get_metric_statistics(
            Namespace=f"Orderwire/{shop.cloud.ready['stack']}",
            MetricName=name,
            Dimensions=[{"Name": "service", "Value": "orderwire"}],
            StartTime=start,
            EndTime=datetime.now(UTC) + timedelta(minutes=2),
            Period=60,
            Statistics=["Sum"],
        )
        return float(sum(point["Sum"] for point in answer["Datapoints"]))

    await until(lambda: total("OrdersFailed") >= 1)
    assert total("OrdersReceived") >= 1
    assert total("OrdersFailedInternally") == 0
    for channel in (*CHANNELS, "webhook"):
        assert total(f"PublishTime.{channel}") > 0


def parts_of(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield document
    for part in document.get("subsegments", []):
        yield from parts_of(part)


def part_starts(parts: list[dict[str, Any]]) -> dict[str, float]:
    """Return when each part began first."""
    first: dict[str, float] = {}
    for part in parts:
        first[part["name"]] = min(part["start_time"], first.get(part["name"], float("inf")))
    return first


def test_stack_is_verified(shop: Shop, verified: Callable[[Shop], tuple[int, str]]) -> None:
    code, printed = verified(shop)
    assert code == 0, printed
    assert printed.count("ok ") == 7
