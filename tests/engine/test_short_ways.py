"""Frequent requests go round MiniStack: their answers and what comes of them are the same as through it."""

from __future__ import annotations

import http.client
import json
import socket
import zlib
from collections.abc import Iterator
from typing import Any

import pytest

from tests.engine.dynamodb_requests import TABLE, Requests
from tests.engine.rules import ask
from tests.engine.world import ACCOUNT, REGION, World

Answer = tuple[int, dict[str, str], Any]
# Random in each answer.
OWN = {"date", "x-amz-id-2", "x-amz-request-id", "x-amzn-requestid"}


# To each engine, by its port, one for all requests: as an SDK has it.
connections: dict[int, http.client.HTTPConnection] = {}


@pytest.fixture(scope="module")
def ministack() -> Iterator[World]:
    world = World(short_ways=False)
    try:
        yield world
    finally:
        world.close()
        for connection in connections.values():
            connection.close()


def send(world: World, target: str, body: bytes, service: str = "dynamodb", **more: str) -> Answer:
    scope = f"Credential={ACCOUNT}/20261129/{REGION}/{service}/aws4_request"
    headers = {
        "X-Amz-Target": target,
        "Content-Type": "application/x-amz-json-1.0",
        "Authorization": f"AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=0",
        **more,
    }
    if world.port not in connections:
        connections[world.port] = http.client.HTTPConnection("127.0.0.1", world.port, timeout=60)
    connection = connections[world.port]
    connection.request("POST", "/", body, {name: value for name, value in headers.items() if value})
    response = connection.getresponse()
    shown = {name.lower(): value for name, value in response.getheaders() if name.lower() not in OWN}
    text = response.read()
    # MiniStack lists some attributes in the order of a set.
    assert int(shown.pop("x-amz-crc32", zlib.crc32(text))) == zlib.crc32(text)
    try:
        document = json.loads(text)
    except ValueError:
        document = text
    return response.status, shown, document


def dynamodb(world: World, operation: str, data: dict[str, Any]) -> Answer:
    return send(world, f"DynamoDB_20120810.{operation}", json.dumps(data).encode())


def stream(world: World, table: str) -> list[dict[str, Any]]:
    """Return a table's stream records without what is random in each."""
    streams = world.client("dynamodbstreams")
    arn = world.client("dynamodb").describe_table(TableName=table)["Table"]["LatestStreamArn"]
    shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
    iterator = streams.get_shard_iterator(StreamArn=arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON")[
        "ShardIterator"
    ]
    records: list[dict[str, Any]] = []
    while True:
        _status, _headers, page = send(
            world,
            "DynamoDBStreams_20120810.GetRecords",
            json.dumps({"ShardIterator": iterator, "Limit": 100}).encode(),
        )
        if not page["Records"]:
            return records
        iterator = page["NextShardIterator"]
        for record in page["Records"]:
            del record["eventID"], record["dynamodb"]["ApproximateCreationDateTime"]
            del record["dynamodb"]["SequenceNumber"]
            records.append(record)


def contents(world: World, table: str) -> Any:
    items = world.client("dynamodb").scan(TableName=table)["Items"]
    return sorted(items, key=json.dumps)


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (1, 2))])
def test_generated_requests_have_the_answers_and_effects_of_ministack(
    world: World, ministack: World, seed: int
) -> None:
    table = f"short-ways-{seed}"
    for each in (world, ministack):
        each.client("dynamodb").create_table(TableName=table, **TABLE)
        ask(each, "DELETE", "meter")
    requests = Requests(seed, table)
    for _ in range(400):
        operation, data = requests.next()
        answers = [dynamodb(each, operation, data) for each in (world, ministack)]
        assert answers[0] == answers[1], (operation, data)
    assert contents(world, table) == contents(ministack, table)
    assert stream(world, table) == stream(ministack, table)
    capacity = [ask(each, "GET", "meter")[1]["capacity"][table] for each in (world, ministack)]
    assert capacity[0] == pytest.approx(capacity[1])


@pytest.mark.parametrize(
    ("target", "body", "headers"),
    [
        ("DynamoDB_20120810.GetItem", b'{"TableName": "none", "Key": {"pk": {"S": "a"}}}', {}),
        ("DynamoDB_20120810.GetItem", b"{", {}),
        ("DynamoDB_20120810.GetItem", b"", {}),
        ("DynamoDB_20120810.GetItem", b"[]", {}),
        ("DynamoDB_20120810.GetItem", b"\xff", {}),
        ("DynamoDB_20120810.GetItem", b"{}", {"Authorization": ""}),
        ("DynamoDB_20120810.GetItem", b"{}", {"Authorization": "nonsense"}),
        ("DynamoDBStreams_20120810.GetRecords", b'{"ShardIterator": "nonsense"}', {}),
        ("DynamoDBStreams_20120810.GetRecords", b'{"ShardIterator": "bm9uc2Vuc2U=", "Limit": 0}', {}),
        ("DynamoDBStreams_20120810.GetShardIterator", b"{}", {}),
        ("AWSStepFunctions.StartExecution", b'{"stateMachineArn": "none"}', {"service": "states"}),
        ("AWSStepFunctions.SendTaskSuccess", b'{"taskToken": "none", "output": "{}"}', {"service": "states"}),
        ("AWSStepFunctions.DescribeExecution", b'{"executionArn": "none"}', {"service": "states"}),
        ("AmazonSQS.SendMessage", b'{"QueueUrl": "http://127.0.0.1/0/none"}', {"service": "sqs"}),
        ("AmazonSQS.DeleteMessage", b"{", {"service": "sqs"}),
    ],
)
def test_single_request_has_the_answer_and_headers_of_ministack(
    world: World, ministack: World, target: str, body: bytes, headers: dict[str, str]
) -> None:
    assert send(world, target, body, **headers) == send(ministack, target, body, **headers)


def test_stream_operation_has_the_headers_of_ministack(world: World, ministack: World) -> None:
    kind, name = "application/x-amz-json-1.1", world.name("stream")

    def ask(engine: World, operation: str, request: dict[str, Any]) -> Answer:
        body = json.dumps(request).encode()
        return send(engine, f"Kinesis_20131202.{operation}", body, "kinesis", **{"Content-Type": kind})

    for engine in (world, ministack):
        engine.client("kinesis").create_stream(StreamName=name, ShardCount=1)
    record = {"StreamName": name, "PartitionKey": "a", "Data": "eA=="}
    for operation, request in (
        *(("PutRecord", record), ("PutRecord", {**record, "Data": "?"}), ("PutRecords", {})),
        *(("GetRecords", {"ShardIterator": "x"}), ("ListShards", {"StreamName": "nowhere"})),
    ):
        short, usual = (ask(engine, operation, request) for engine in (world, ministack))
        numbers = [answer[2].pop("SequenceNumber", None) for answer in (short, usual)]
        # They differ in length by the digits of a number alone.
        assert [len(number or "") for number in numbers] in ([0, 0], [56, 56])
        assert short == usual


def test_deleted_message_is_not_received_again(world: World) -> None:
    url = world.client("sqs").create_queue(QueueName=world.name("queue"))["QueueUrl"]

    def sqs(operation: str, **data: Any) -> Any:
        status, _headers, answer = send(
            world, f"AmazonSQS.{operation}", json.dumps({"QueueUrl": url, **data}).encode(), "sqs"
        )
        assert status == 200
        return answer

    sent = sqs("SendMessage", MessageBody="a", DelaySeconds=0)
    (message,) = sqs("ReceiveMessage", VisibilityTimeout=0)["Messages"]
    assert (message["MessageId"], message["Body"]) == (sent["MessageId"], "a")
    sqs("DeleteMessage", ReceiptHandle=message["ReceiptHandle"])
    assert not sqs("ReceiveMessage").get("Messages")


KEY = {"pk": {"S": "a"}, "sk": {"S": "1"}}
UPDATE = {"Key": KEY, "UpdateExpression": "SET n = :n", "ExpressionAttributeValues": {":n": {"N": "1"}}}


@pytest.mark.parametrize(
    ("operation", "data"),
    [
        ("UpdateItem", {**UPDATE, "ReturnValues": []}),
        ("UpdateItem", {**UPDATE, "ReturnConsumedCapacity": []}),
        ("UpdateItem", {**UPDATE, "ReturnValuesOnConditionCheckFailure": {}}),
        ("UpdateItem", {**UPDATE, "ExpressionAttributeValues": [":n"]}),
        ("TransactWriteItems", {"TransactItems": [{"Put": 5}]}),
        ("TransactWriteItems", {"TransactItems": [{"Put": None}], "ReturnConsumedCapacity": []}),
    ],
)
def test_field_of_another_type_is_handled_by_ministack(
    world: World, ministack: World, operation: str, data: dict[str, Any]
) -> None:
    for each in (world, ministack):
        names = each.client("dynamodb").list_tables()["TableNames"]
        if "other-types" not in names:
            each.client("dynamodb").create_table(TableName="other-types", **TABLE)
    data = data if operation == "TransactWriteItems" else {"TableName": "other-types", **data}
    assert dynamodb(world, operation, data) == dynamodb(ministack, operation, data)


@pytest.mark.parametrize("number", ["x", "0x1", " 1", "1e-131", "1.0", "007"])
def test_number_in_a_key_is_validated_as_by_ministack(world: World, ministack: World, number: str) -> None:
    for each in (world, ministack):
        if "numbers" not in each.client("dynamodb").list_tables()["TableNames"]:
            each.client("dynamodb").create_table(
                TableName="numbers",
                KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
                AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "N"}],
                BillingMode="PAY_PER_REQUEST",
            )
    keyed = {"TableName": "numbers", "Key": {"pk": {"N": number}}}
    for operation, data in (
        ("GetItem", keyed),
        ("TransactWriteItems", {"TransactItems": [{"Delete": keyed}]}),
    ):
        assert dynamodb(world, operation, data) == dynamodb(ministack, operation, data)


def test_requests_are_separated_by_account_and_region(world: World) -> None:
    name = world.name("table")
    world.client("dynamodb").create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    body = json.dumps({"TableName": name, "Key": {"pk": {"S": "a"}}}).encode()
    elsewhere = f"AWS4-HMAC-SHA256 Credential={ACCOUNT}/20261129/eu-west-1/dynamodb/aws4_request, Signature=0"
    other = f"AWS4-HMAC-SHA256 Credential=111111111111/20261129/{REGION}/dynamodb/aws4_request, Signature=0"
    get = "DynamoDB_20120810.GetItem"
    assert send(world, get, body)[0] == 200
    assert send(world, get, body, Authorization=elsewhere)[0] == 400
    assert send(world, get, body, Authorization=other)[0] == 400
    assert send(world, get, body)[0] == 200


def exchange(world: World, *parts: bytes) -> bytes:
    """Send parts of bytes over one connection, and return all that comes until it ends."""
    with socket.create_connection(("127.0.0.1", world.port), timeout=60) as connection:
        for part in parts:
            connection.sendall(part)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def request(body: bytes, *headers: str) -> bytes:
    lines = ["POST / HTTP/1.1", "Host: 127.0.0.1", "X-Amz-Target: DynamoDB_20120810.ListTables", *headers]
    lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


GET = request(b'{"TableName": "none", "Key": {}}').replace(b"ListTables", b"GetItem")
LAST = request(b"{}", "Connection: close")


def test_pipelined_requests_are_answered_in_order(world: World) -> None:
    # ListTables goes the usual way and takes longer; what comes behind it must not overtake it.
    answers = exchange(world, request(b"{}") + GET + GET + request(b"{}") + LAST)
    kinds = [b"TableNames" in answer for answer in answers.split(b"HTTP/1.1 ")[1:]]
    assert kinds == [True, False, False, True, True]


def test_request_may_arrive_in_pieces(world: World) -> None:
    whole = GET + LAST
    assert exchange(world, *(bytes([byte]) for byte in whole)).count(b"HTTP/1.1 ") == 2


def test_body_may_be_chunked_or_await_100_continue(world: World) -> None:
    chunked = GET.replace(b"Content-Length: 32", b"Transfer-Encoding: chunked").replace(
        b'\r\n\r\n{"TableName": "none", "Key": {}}',
        b'\r\n\r\n5\r\n{"Tab\r\n1b\r\nleName": "none", "Key": {}}\r\n0\r\n\r\n',
    )
    expecting = GET.replace(b"Content-Length", b"Expect: 100-continue\r\nContent-Length")
    answers = exchange(world, chunked, expecting, LAST)
    assert answers.count(b"Requested resource not found") == 2
    assert answers.count(b"HTTP/1.1 100 Continue") == 1


def test_client_that_disconnects_within_a_request_harms_no_other(world: World) -> None:
    with socket.create_connection(("127.0.0.1", world.port), timeout=60) as connection:
        connection.sendall(GET[:-4])
    assert exchange(world, LAST).startswith(b"HTTP/1.1 200 ")
