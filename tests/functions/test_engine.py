"""The whole service beside the real engine: artefacts, a queue, a table's stream, credentials."""

from __future__ import annotations

import asyncio
import io
import json
import zipfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any

import pytest
import pytest_asyncio

from localcloud.aws import EngineAddress, new_credentials
from localcloud.calls import feed
from localcloud.engine_process.process import start_engine
from localcloud.functions import LambdaService, Settings
from localcloud.network.ports import bind

# All tests share one engine, so each gives what it makes a name of its own.
pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]

ACCOUNT, REGION = "123456789012", "eu-west-1"
CODE = """
import json, os

def sqs():
    import boto3  # half a second, which functions that only fail need not take
    return boto3.client("sqs")

def forward(event, context):
    for record in event["Records"]:
        sqs().send_message(QueueUrl=os.environ["SEEN"], MessageBody=json.dumps(record))

def forward_event(event, context):
    sqs().send_message(QueueUrl=os.environ["SEEN"], MessageBody=json.dumps(event))

def fail(event, context):
    raise ValueError("no")

def picky(event, context):
    if any(record["dynamodb"]["Keys"]["pk"]["S"] == "bad" for record in event["Records"]):
        raise ValueError("no")

def choosy(event, context):
    if any(record["kinesis"]["partitionKey"] == "bad" for record in event["Records"]):
        raise ValueError("no")

def orderly(event, context):
    # Stops a group at its first failure, as Powertools' processor does with skip_group_on_error.
    failed, groups, queues = [], set(), sqs()
    for record in event["Records"]:
        group, count = (record["attributes"][n] for n in ("MessageGroupId", "ApproximateReceiveCount"))
        if group in groups or (json.loads(record["body"]) == "bad" and int(count) < 3):
            groups.add(group)
            failed.append({"itemIdentifier": record["messageId"]})
            handle = record["receiptHandle"]
            queues.change_message_visibility(
                QueueUrl=os.environ["JOBS"], ReceiptHandle=handle, VisibilityTimeout=0
            )
        else:
            queues.send_message(QueueUrl=os.environ["SEEN"], MessageBody=record["body"])
    return {"batchItemFailures": failed}

def variable(event, context):
    return [os.environ["COLOUR"], os.getpid()]

def names(event, context):
    return sqs().list_queues()["QueueUrls"]
"""


class Cloud:
    """An engine and a Lambda service, joined by the feed."""

    def __init__(self, engine: EngineAddress, service: LambdaService) -> None:
        self.engine = engine
        self.service = service
        self.sqs = engine.client("sqs")
        self.functions = engine.client("lambda")

    def make_queue(self, name: str, **value: str) -> tuple[str, str]:
        fifo = {"FifoQueue": "true", "ContentBasedDeduplication": "true"}
        attributes: Any = {**value, **(fifo if name.endswith(".fifo") else {})}
        url = self.sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
        read = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
        return url, read["QueueArn"]

    def make_function(self, name: str, handler: str, **variables: str) -> None:
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as zipped:
            zipped.writestr("work.py", CODE)
        self.functions.create_function(
            FunctionName=name,
            Runtime="python3.13",
            Handler=handler,
            Role=f"arn:aws:iam::{ACCOUNT}:role/{name}",
            Timeout=20,
            Code={"ZipFile": archive.getvalue()},
            Environment={"Variables": variables},
        )

    def receive_whole(self, url: str) -> Any:
        """Wait for one message (a long poll of the engine), and return it."""
        for _ in range(2):
            answer = self.sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20, MessageAttributeNames=["All"])
            for message in answer.get("Messages", []):
                self.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                return message
        raise AssertionError("nothing arrived")

    def receive(self, url: str) -> Any:
        """Wait for one message, and return its body."""
        return json.loads(self.receive_whole(url)["Body"])


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Cloud]:
    bound = bind(0)
    port = bound.getsockname()[1]
    engine = EngineAddress(f"http://127.0.0.1:{port}", REGION, ACCOUNT, new_credentials(ACCOUNT))
    async with AsyncExitStack() as stack:
        service = LambdaService(engine, settings=settings)
        stack.push_async_callback(service.stop)
        await service.start()
        child = await start_engine(
            engine,
            port=port,
            lambda_url=service.url,
            control_url="http://127.0.0.1:1",
            on_line=lambda _: None,
            bound=bound,
        )
        stack.push_async_callback(child.stop)
        following = asyncio.create_task(feed.follow(engine.endpoint, service.notify))
        await service.connect()
        yield Cloud(engine, service)
        following.cancel()
        with suppress(asyncio.CancelledError):
            await following


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def cloud(joined_parent: None) -> AsyncIterator[Cloud]:
    async with running(Settings()) as cloud:
        yield cloud


async def test_artefact_runs_and_calls_the_engine_in_its_role(cloud: Cloud) -> None:
    url, _ = await asyncio.to_thread(cloud.make_queue, "there")
    await asyncio.to_thread(cloud.make_function, "names", "work.names")
    result = await cloud.service.invoke("names", b"{}")
    assert result.function_error is None
    assert url in json.loads(result.payload)


async def test_invocation_through_the_engine_reaches_the_service(cloud: Cloud) -> None:
    await asyncio.to_thread(cloud.make_function, "list", "work.names")
    answer = await asyncio.to_thread(lambda: cloud.functions.invoke(FunctionName="list", Payload=b"{}"))
    assert answer["StatusCode"] == 200
    assert isinstance(json.loads(answer["Payload"].read()), list)


async def test_message_reaches_its_function_and_is_deleted(cloud: Cloud) -> None:
    queue_url, _ = await asyncio.to_thread(cloud.make_queue, "seen")
    jobs, arn = await asyncio.to_thread(cloud.make_queue, "jobs")
    await asyncio.to_thread(cloud.make_function, "forward", "work.forward", SEEN=queue_url)
    await asyncio.to_thread(
        lambda: cloud.functions.create_event_source_mapping(FunctionName="forward", EventSourceArn=arn)
    )
    await asyncio.to_thread(lambda: cloud.sqs.send_message(QueueUrl=jobs, MessageBody="pack"))
    record = await asyncio.to_thread(cloud.receive, queue_url)
    assert (record["body"], record["eventSource"], record["eventSourceARN"]) == ("pack", "aws:sqs", arn)
    assert record["attributes"]["ApproximateReceiveCount"] == "1"


async def test_table_change_reaches_its_function(cloud: Cloud) -> None:
    queue_url, _ = await asyncio.to_thread(cloud.make_queue, "changes")
    dynamodb = cloud.engine.client("dynamodb")
    table = await asyncio.to_thread(
        lambda: dynamodb.create_table(
            TableName="orders",
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        )
    )
    arn = table["TableDescription"]["LatestStreamArn"]
    await asyncio.to_thread(cloud.make_function, "forward-changes", "work.forward", SEEN=queue_url)
    await asyncio.to_thread(
        lambda: cloud.functions.create_event_source_mapping(
            FunctionName="forward-changes", EventSourceArn=arn, StartingPosition="LATEST"
        )
    )
    # A stream is read from where its reader begins; from here on, it has begun.
    await cloud.service.refresh()
    await asyncio.to_thread(
        lambda: dynamodb.put_item(TableName="orders", Item={"pk": {"S": "1"}, "raw": {"B": b"\x00\xff"}})
    )
    record = await asyncio.to_thread(cloud.receive, queue_url)
    assert (record["eventName"], record["eventSourceARN"]) == ("INSERT", arn)
    assert record["dynamodb"]["NewImage"] == {"pk": {"S": "1"}, "raw": {"B": "AP8="}}


async def test_redeployed_function_runs_its_new_code(cloud: Cloud) -> None:
    await asyncio.to_thread(cloud.make_function, "variable", "work.variable", COLOUR="blue")

    async def answered() -> tuple[str, int]:
        result = await cloud.service.invoke("variable", b"{}")
        assert result.function_error is None, result.payload
        colour, pid = json.loads(result.payload)
        return colour, pid

    first, again = await answered(), await answered()
    assert first == again == ("blue", first[1])
    await asyncio.to_thread(
        lambda: cloud.functions.update_function_configuration(
            FunctionName="variable", Environment={"Variables": {"COLOUR": "green"}}
        )
    )
    await until_answered(answered, lambda answer: answer[0] == "green" and answer[1] != first[1])
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as zipped:
        zipped.writestr("work.py", CODE.replace('os.environ["COLOUR"]', "os.environ['COLOUR'].upper()"))
    await asyncio.to_thread(
        lambda: cloud.functions.update_function_code(FunctionName="variable", ZipFile=archive.getvalue())
    )
    await until_answered(answered, lambda answer: answer[0] == "GREEN")


async def until_answered(
    ask: Callable[[], Awaitable[tuple[str, int]]], wanted: Callable[[tuple[str, int]], bool]
) -> None:
    """Ask until the answer is the wanted one: the feed tells the service of a change a moment after it."""
    async with asyncio.timeout(60):
        while not wanted(await ask()):
            await asyncio.sleep(0.01)
