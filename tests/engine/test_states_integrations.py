"""Integrations against a running engine: requests that it reads, replies that botocore reads."""

from __future__ import annotations

import asyncio
import http.client
from collections.abc import Callable
from typing import Any

import pytest

from localcloud.states.integrations import InvocationType, InvokeReply, TaskReply, call, integration
from localcloud.states.integrations.models import signing_name
from localcloud.states.language.errors import StatesError
from tests.engine.world import ACCOUNT, REGION, World
from tests.states.integrations.transports import CONTEXT

Caller = Callable[..., Any]


class EngineTransport:
    """Sends requests to the engine over HTTP, unsigned but for the scope."""

    def __init__(self, port: int) -> None:
        self._port = port

    async def send(
        self, service: str, operation: str, *, method: str, path: str, headers: dict[str, str], body: bytes
    ) -> TaskReply:
        scope = f"{ACCOUNT}/20260101/{REGION}/{signing_name(service)}/aws4_request"
        signed = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"
        return await asyncio.to_thread(
            self._exchange, method, path, {**headers, "Authorization": signed}, body
        )

    def _exchange(self, method: str, path: str, headers: dict[str, str], body: bytes) -> TaskReply:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return TaskReply(answer.status, dict(answer.getheaders()), answer.read())
        finally:
            connection.close()

    async def invoke(
        self,
        function: str,
        payload: bytes,
        *,
        kind: InvocationType,
        client_context: str | None,
        limit: float | None,
    ) -> InvokeReply:
        raise NotImplementedError

    async def fetch(self, method: str, url: str, headers: dict[str, str], body: bytes) -> TaskReply:
        raise NotImplementedError


@pytest.fixture
def task(world: World) -> Caller:
    transport = EngineTransport(world.port)

    async def run(resource: str, arguments: Any) -> Any:
        return await call(integration(f"arn:aws:states:::{resource}"), arguments, transport, context=CONTEXT)

    return run


@pytest.fixture
def table(world: World) -> str:
    name = world.name("table")
    world.client("dynamodb").create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return name


async def test_dynamodb_item_is_written_and_read_by_both_integrations(task: Caller, table: str) -> None:
    key = {"id": {"S": "o-1"}}
    await task(
        "dynamodb:putItem", {"TableName": table, "Item": {**key, "n": {"N": "1"}, "on": {"BOOL": True}}}
    )
    plain = await task("aws-sdk:dynamodb:getItem", {"TableName": table, "Key": key})
    assert plain["Item"] == {**key, "n": {"N": "1"}, "on": {"Bool": True}}
    optimized = await task("dynamodb:getItem", {"TableName": table, "Key": key})
    assert optimized["Item"]["on"] == {"BOOL": True}
    assert optimized["SdkHttpMetadata"]["HttpStatusCode"] == 200


async def test_failed_dynamodb_condition_has_the_error_of_each_integration(task: Caller, table: str) -> None:
    arguments = {
        "TableName": table,
        "Key": {"id": {"S": "none"}},
        "UpdateExpression": "SET n = :n",
        "ConditionExpression": "attribute_exists(id)",
        "ExpressionAttributeValues": {":n": {"N": "1"}},
    }
    names = []
    for resource in ("dynamodb:updateItem", "aws-sdk:dynamodb:updateItem"):
        with pytest.raises(StatesError) as failure:
            await task(resource, arguments)
        names.append(failure.value.error)
    assert names == [
        "DynamoDB.ConditionalCheckFailedException",
        "DynamoDb.ConditionalCheckFailedException",
    ]


async def test_sns_message_reaches_its_queue_with_attributes(world: World, task: Caller) -> None:
    queue = world.client("sqs").create_queue(QueueName=world.name("queue"))["QueueUrl"]
    arn = world.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
    topic = world.client("sns").create_topic(Name=world.name("topic"))["TopicArn"]
    world.client("sns").subscribe(
        TopicArn=topic,
        Protocol="sqs",
        Endpoint=arn["Attributes"]["QueueArn"],
        Attributes={"RawMessageDelivery": "true"},
    )
    attributes = {"kind": {"DataType": "String", "StringValue": "order"}}
    sent = await task("sns:publish", {"TopicArn": topic, "Message": "m", "MessageAttributes": attributes})
    received = await task(
        "aws-sdk:sqs:receiveMessage",
        {"QueueUrl": queue, "MessageAttributeNames": ["All"], "WaitTimeSeconds": 5},
    )
    message = received["Messages"][0]
    assert sent["MessageId"]
    assert (message["Body"], message["MessageAttributes"]) == ("m", attributes)


async def test_sqs_queue_that_does_not_exist_is_an_error(world: World, task: Caller) -> None:
    with pytest.raises(StatesError) as failure:
        await task("sqs:sendMessage", {"QueueUrl": f"{world.endpoint}/{ACCOUNT}/none", "MessageBody": "x"})
    assert failure.value.error == "SQS.QueueDoesNotExistException"


async def test_s3_object_is_written_and_read_as_text(world: World, task: Caller) -> None:
    bucket = world.name("bucket")
    await task("aws-sdk:s3:createBucket", {"Bucket": bucket})
    await task("aws-sdk:s3:putObject", {"Bucket": bucket, "Key": "a/b c", "Body": {"x": 1}})
    result = await task("aws-sdk:s3:getObject", {"Bucket": bucket, "Key": "a/b c"})
    listed = await task("aws-sdk:s3:listObjectsV2", {"Bucket": bucket})
    assert (result["Body"], [item["Key"] for item in listed["Contents"]]) == ('{"x":1}', ["a/b c"])
    with pytest.raises(StatesError) as failure:
        await task("aws-sdk:s3:getObject", {"Bucket": bucket, "Key": "none"})
    assert failure.value.error == "S3.NoSuchKeyException"


async def test_put_event_is_accepted(task: Caller) -> None:
    event = {"Detail": {"a": 1}, "DetailType": "t", "Source": "orders", "EventBusName": "default"}
    result = await task("events:putEvents", {"Entries": [event]})
    assert result["FailedEntryCount"] == 0


async def test_services_of_each_protocol_answer(task: Caller) -> None:
    secret = await task("aws-sdk:secretsmanager:createSecret", {"Name": "integrations", "SecretString": "s"})
    assert secret["Arn"].startswith("arn:aws:secretsmanager:")
    vpcs = await task("aws-sdk:ec2:describeVpcs", {})
    assert isinstance(vpcs["Vpcs"], list)
    role = await task("aws-sdk:sts:getCallerIdentity", {})
    assert role["Account"] == ACCOUNT
