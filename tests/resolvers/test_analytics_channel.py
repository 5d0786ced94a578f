"""The analytics' channel, and what the consumer asks of SQS and Kinesis, against a server."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError

from orders.adapters.kinesis import KinesisStream
from orders.adapters.kinesis_batches import EveryStream, KinesisBatches
from orders.adapters.queue_depths import REMEMBERED, QueueDepths
from orders.adapters.signing import Keys, Role
from orders.dead_letters.model import Letter, StreamBatch
from orders.dead_letters.reading import batch_of
from orders.dead_letters.records import order_of, wanted
from orders.errors import PublishFailed, RecordsGone, TryAgain
from orders.events import MalformedEvent, parse_order_event
from orders.model import OrderStatusChanged, Timestamp, changed, received
from orders.status import OrderStatus
from resolvers.channels.analytics import AnalyticsChannel
from tests.orders.samples import an_order, to
from tests.orders.webhooks.http_server import Request, Server, serving

ROLE = Role(Keys("AKIDEXAMPLE", "secret", None))
REGION = "eu-west-1"
ORDER = "3f2b8c1e-9a4d-4e0f-8b7a-5c6d7e8f9a0b"
STREAM = "arn:aws:kinesis:eu-west-1:000000000000:stream/changes"
CHANGES = changed(received(an_order(ORDER)), to(OrderStatus.VALIDATED)).changes_after(0)


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as running:
        running.answer = accept
        yield running


@pytest.fixture
def channel(server: Server) -> Iterator[AnalyticsChannel]:
    opened = AnalyticsChannel(KinesisStream("changes", REGION, ROLE, endpoint=server.url))
    opened.prepare()
    yield opened
    opened.close()


def results_of(request: Request, *refused: int) -> list[dict[str, str]]:
    count = len(json.loads(request.body)["Records"])
    throttled = {"ErrorCode": "ProvisionedThroughputExceededException", "ErrorMessage": "Rate exceeded"}
    sequence = {"SequenceNumber": "1", "ShardId": "shardId-000000000000"}
    return [throttled if place in refused else sequence for place in range(count)]


def accept(request: Request) -> tuple[int, dict[str, str], bytes]:
    return 200, {}, json.dumps({"Records": results_of(request)}).encode()


def publish(channel: AnalyticsChannel, *changes: OrderStatusChanged) -> dict[int, Exception]:
    return dict(channel.publish_batch(changes, deadline=time.monotonic() + 60))


def test_changes_are_records_with_the_key_of_their_order(server: Server, channel: AnalyticsChannel) -> None:
    assert publish(channel, *CHANGES) == {}
    [request] = server.requests
    document = json.loads(request.body)
    assert document["StreamName"] == "changes"
    assert {record["PartitionKey"] for record in document["Records"]} == {ORDER}
    events = [parse_order_event(json.loads(base64.b64decode(r["Data"]))) for r in document["Records"]]
    assert [(event.version, event.status) for event in events] == [(1, "RECEIVED"), (2, "VALIDATED")]
    assert request.headers["x-amz-target"] == "Kinesis_20131202.PutRecords"
    assert f"/{REGION}/kinesis/aws4_request, " in request.headers["authorization"]


def test_refused_record_is_redelivered_alone(server: Server, channel: AnalyticsChannel) -> None:
    without_order = replace(CHANGES[0], order=None)
    server.answer = lambda request: (
        200,
        {},
        json.dumps({"Records": results_of(request, 1)}).encode(),
    )
    refused = publish(channel, CHANGES[0], without_order, CHANGES[1])
    assert refused.keys() == {1, 2}
    assert isinstance(refused[1], MalformedEvent)
    assert "ProvisionedThroughputExceededException" in str(refused[2])


@pytest.mark.parametrize(
    ("status", "body"), [(400, b'{"__type": "ResourceNotFoundException"}'), (200, b"{}"), (200, b"nothing")]
)
def test_answer_without_record_results_fails_all(
    server: Server, channel: AnalyticsChannel, status: int, body: bytes
) -> None:
    server.answer = lambda request: (status, {}, body)
    with pytest.raises(PublishFailed, match=f"Kinesis answered {status}"):
        publish(channel, *CHANGES)


def test_queue_depths_are_added_up_and_cached(server: Server) -> None:
    server.answer = lambda request: (
        200,
        {},
        b'{"Attributes": {"ApproximateNumberOfMessages": "2"}}',
    )
    now = [0.0]
    arns = ["arn:aws:sqs:eu-west-1:000000000000:one", "arn:aws:sqs:eu-west-1:000000000000:two"]
    depths = QueueDepths(arns, REGION, ROLE, endpoint=server.url, clock=lambda: now[0])
    assert depths.depth() == depths.depth() == 4
    urls = [json.loads(request.body)["QueueUrl"] for request in server.requests]
    assert urls == [f"{server.url}/000000000000/one", f"{server.url}/000000000000/two"]
    now[0] = REMEMBERED
    server.answer = lambda request: (400, {}, b'{"__type": "QueueDoesNotExist"}')
    with pytest.raises(TryAgain, match="SQS answered 400"):
        depths.depth()
    depths.close()


class ScriptedKinesis:
    """Kinesis' client, with a shard's records on pages of one."""

    def __init__(self, *data: bytes) -> None:
        self.data = data

    def get_shard_iterator(self, **request: str) -> dict[str, str]:
        if request["ShardId"] != "shard":
            raise ClientError({"Error": {"Code": "ResourceNotFoundException", "Message": "no"}}, "x")
        return {"ShardIterator": str(int(request["StartingSequenceNumber"]) - 1)}

    def get_records(self, **request: str) -> dict[str, Any]:
        number = int(request["ShardIterator"])
        record = {
            "SequenceNumber": str(number + 1),
            "PartitionKey": "key",
            "Data": self.data[number],
            "ApproximateArrivalTimestamp": datetime(2026, 11, 30, tzinfo=UTC),
        }
        return {"Records": [record], "NextShardIterator": str(number + 1)}


def test_records_named_by_a_letter_are_read_again() -> None:
    event = json.dumps({"orderId": ORDER}).encode()
    streams = EveryStream(
        {"kinesis": lambda: KinesisBatches(cast("Any", ScriptedKinesis(b"x", event, b"no event", event)))}
    )
    info = {"streamArn": STREAM, "shardId": "shard", "startSequenceNumber": "2", "endSequenceNumber": "3"}
    letter = Letter("m", "r", json.dumps({"KinesisBatchInfo": info}), Timestamp("2026-11-30T07:00:00.000Z"))
    batch = batch_of(letter)
    assert batch == StreamBatch(STREAM, "shard", "2", "3")
    records = streams.records(batch)
    assert [order_of(record) for record in records] == [ORDER, None]
    assert all(wanted("analytics", record) for record in records)
    assert json.loads(json.dumps(records))[0]["eventID"] == "shard:2"


def test_expired_records_raise_records_gone() -> None:
    streams = EveryStream({"kinesis": lambda: KinesisBatches(cast("Any", ScriptedKinesis()))})
    for batch in (StreamBatch(STREAM, "gone", "1", "2"), StreamBatch("arn:aws:other:x", "shard", "1", "2")):
        with pytest.raises(RecordsGone):
            streams.records(batch)
