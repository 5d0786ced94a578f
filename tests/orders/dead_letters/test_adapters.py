"""The ports of redriving on SQS and DynamoDB Streams, at the local engine."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast
from uuid import uuid4

import boto3
import pytest
from botocore.exceptions import ReadTimeoutError

from orders.adapters.dead_letter_queues import SqsDeadLetters
from orders.adapters.function_calls import LambdaFunctions
from orders.adapters.stream_batches import DynamoDBStreamBatches
from orders.caller import Caller
from orders.dead_letters.model import Move, Place, StreamBatch, Way
from orders.dead_letters.records import order_of
from orders.dead_letters.redriving import Desk
from orders.errors import NotHandled, RecordsGone
from orders.model import CustomerId
from tests.orders.dead_letters.fakes import ORDER_ID, OTHER, MemoryBuses, MemoryFunctions
from tests.orders.engine import Engine

if TYPE_CHECKING:
    from mypy_boto3_dynamodbstreams import DynamoDBStreamsClient
    from mypy_boto3_lambda import LambdaClient

STAFF = Caller(CustomerId("margaret"), is_staff=True)


def wait_until(condition: Callable[[], Any]) -> Any:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise TimeoutError("the condition never came true")


class Pipe:
    """A queue and its dead letters, and a desk that looks after them."""

    def __init__(self, engine: Engine, suffix: str = "") -> None:
        self.sqs = engine.sqs()
        self.queues = SqsDeadLetters(self.sqs)
        attributes: dict[str, str] = {"FifoQueue": "true"} if suffix else {}
        self.dead = self._queue(suffix, attributes)
        arn = self.sqs.get_queue_attributes(QueueUrl=self.dead, AttributeNames=["QueueArn"])
        policy = {"deadLetterTargetArn": arn["Attributes"]["QueueArn"], "maxReceiveCount": 1}
        self.url = self._queue(suffix, {**attributes, "RedrivePolicy": json.dumps(policy)})
        self.desk = Desk(
            (Place("orders", Way.MOVE, self.dead, self.url),),
            self.queues,
            DynamoDBStreamBatches(streams(engine)),
            MemoryFunctions(),
            MemoryBuses(),
            lambda: True,
        )

    def _queue(self, suffix: str, attributes: dict[str, str]) -> str:
        name = f"queue-{uuid4().hex[:12]}{suffix}"
        return self.sqs.create_queue(QueueName=name, Attributes=cast("Any", attributes))["QueueUrl"]

    def kill(self, *orders: str, **more: Any) -> None:
        for order in orders:
            self.sqs.send_message(QueueUrl=self.url, MessageBody=json.dumps({"orderId": order}), **more)

        def swept() -> bool:
            self.sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10, VisibilityTimeout=0)
            return self.queues.depth(self.dead) >= len(orders)

        wait_until(swept)

    def moved(self) -> Move:
        move: Move = wait_until(lambda: (m := self.queues.move(self.dead)) and not m.active and m)
        return move


def streams(engine: Engine) -> DynamoDBStreamsClient:
    session = boto3.session.Session(
        aws_access_key_id="000000000000", aws_secret_access_key="x", region_name="us-east-1"
    )
    return session.client("dynamodbstreams", endpoint_url=engine.endpoint)


@pytest.fixture
def pipe(engine: Engine) -> Iterator[Pipe]:
    yield Pipe(engine)


def test_place_is_read_without_changing_it(pipe: Pipe) -> None:
    pipe.kill(ORDER_ID, OTHER)
    [place] = pipe.desk.list_places(STAFF)
    assert place.depth == 2 and place.oldest_at is not None and place.move is None
    shown = pipe.desk.show("orders", STAFF, limit=10)
    assert {described.contents.orders for described in shown} == {(ORDER_ID,), (OTHER,)}
    assert {described.contents.attempts for described in shown} == {1}
    # Nothing is hidden from the next one.
    assert len(pipe.desk.show("orders", STAFF, limit=10)) == 2


def test_sqs_moves_all_messages(pipe: Pipe) -> None:
    pipe.kill(ORDER_ID, OTHER)
    assert pipe.desk.redrive("orders", STAFF).matched == 2
    moved = pipe.moved()
    assert (moved.status, moved.moved, moved.total) == ("COMPLETED", 2, 2)
    assert pipe.queues.depth(pipe.dead) == 0 and pipe.queues.depth(pipe.url) == 2


def test_running_move_is_not_started_again(pipe: Pipe) -> None:
    arns = [
        pipe.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        for url in (pipe.dead, pipe.url)
    ]
    pipe.kill(ORDER_ID, OTHER)
    # A message a second: it is still at work.
    pipe.sqs.start_message_move_task(
        SourceArn=arns[0], DestinationArn=arns[1], MaxNumberOfMessagesPerSecond=1
    )
    pipe.queues.start_move(pipe.dead, pipe.url)
    assert pipe.moved().moved >= 2


def test_message_of_one_order_returns_with_its_attributes(pipe: Pipe) -> None:
    attribute = {"orderId": {"DataType": "String", "StringValue": ORDER_ID}}
    pipe.kill(ORDER_ID, MessageAttributes=attribute)
    pipe.kill(OTHER)
    assert pipe.desk.redrive("orders", STAFF, only=ORDER_ID).redriven == 1
    [letter] = pipe.queues.take(pipe.url, seconds=0)
    assert letter.attributes == {"orderId": ORDER_ID} and json.loads(letter.body) == {"orderId": ORDER_ID}
    assert pipe.queues.depth(pipe.dead) == 1


def test_fifo_queue_accepts_a_letter_once(engine: Engine) -> None:
    pipe = Pipe(engine, ".fifo")
    pipe.kill(ORDER_ID, MessageGroupId="g", MessageDeduplicationId=ORDER_ID)
    [letter] = pipe.queues.take(pipe.dead, seconds=30)
    assert letter.group == "g"
    # A process that was killed before the delete sends it again.
    pipe.queues.send(pipe.url, letter)
    pipe.queues.send(pipe.url, replace(letter, receipt="another"))
    assert pipe.queues.depth(pipe.url) == 1


def test_records_of_a_batch_are_read_again(engine: Engine, orders_table: str) -> None:
    for order in (ORDER_ID, OTHER, ORDER_ID):
        engine.dynamodb().put_item(
            TableName=orders_table,
            Item={"pk": {"S": f"ORDER#{order}"}, "sk": {"S": "STATE"}, "n": {"S": uuid4().hex}},
        )
    client = streams(engine)
    arn = client.list_streams(TableName=orders_table)["Streams"][0]["StreamArn"]
    shard = client.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
    iterator = client.get_shard_iterator(StreamArn=arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON")
    page = client.get_records(ShardIterator=iterator["ShardIterator"])["Records"]
    first, second, _ = (record["dynamodb"]["SequenceNumber"] for record in page)
    batches = DynamoDBStreamBatches(client)
    records = batches.records(StreamBatch(arn, shard, first, second))
    assert [order_of(record) for record in records] == [ORDER_ID, OTHER]
    assert json.loads(json.dumps(records))[0]["eventSourceARN"] == arn
    with pytest.raises(RecordsGone):
        batches.records(StreamBatch(arn.replace(orders_table, "gone"), shard, first, second))


class ScriptedLambda:
    """Lambda's client, as it answers to one invocation."""

    def __init__(self, answer: object, error: str | None = None) -> None:
        self.answer = answer
        self.error = error
        self.events: list[object] = []

    def invoke(self, *, FunctionName: str, Payload: bytes) -> dict[str, object]:  # noqa: N803
        if isinstance(self.answer, Exception):
            raise self.answer
        self.events.append((FunctionName, json.loads(Payload)))
        answer: dict[str, object] = {"Payload": io.BytesIO(json.dumps(self.answer).encode())}
        return answer if self.error is None else {**answer, "FunctionError": self.error}


def functions(client: ScriptedLambda) -> LambdaFunctions:
    return LambdaFunctions(cast("LambdaClient", client))


def test_function_handles_an_event_and_returns_its_answer() -> None:
    client = ScriptedLambda({"batchItemFailures": []})
    assert functions(client).handle("arn:f", {"Records": []}) == {"batchItemFailures": []}
    assert client.events == [("arn:f", {"Records": []})]


def test_failing_function_is_named_by_its_error_alone() -> None:
    client = ScriptedLambda({"errorType": "Broken", "errorMessage": "tok_secret"}, "Unhandled")
    with pytest.raises(NotHandled) as raised:
        functions(client).handle("arn:f", {})
    assert str(raised.value) == "the function failed again: Broken"


def test_unanswered_function_leaves_the_event_unhandled() -> None:
    client = ScriptedLambda(ReadTimeoutError(endpoint_url="http://127.0.0.1"))
    with pytest.raises(NotHandled, match="in time"):
        functions(client).handle("arn:f", {})
