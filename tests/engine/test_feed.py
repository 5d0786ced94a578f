"""The feed: every change that others act upon comes, and comes at once."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from typing import Any

import pytest

from localcloud.engine.feed import BACKLOG, Feed, Listener
from tests.engine.appsync_stack import ID, api_with
from tests.engine.test_dynamodb import STREAMED, table_of, update
from tests.engine.test_functions import mapped
from tests.engine.test_gateway_websocket import socket_api
from tests.engine.test_queues import queue
from tests.engine.world import World


def check_feed_streams(world: World) -> None:
    stack = world.deploy({"Table": table_of(world, **STREAMED)}, {"Arn": {"Fn::GetAtt": "Table.StreamArn"}})
    name, line = stack.physical_ids()["Table"], {"kind": "stream", "arn": stack.outputs["Arn"]}
    dynamodb = world.client("dynamodb")
    put = {"TableName": name, "Item": {"pk": {"S": "a"}}}
    writes: list[Any] = [
        lambda: dynamodb.put_item(**put),
        lambda: dynamodb.transact_write_items(TransactItems=[{"Put": put | {"Item": {"pk": {"S": "b"}}}}]),
        lambda: world.run(
            {
                "Write": {
                    "Type": "Task",
                    "Resource": "arn:aws:states:::dynamodb:updateItem",
                    "Parameters": {"TableName": name, **update("SET n = :two", two={"N": "2"})},
                    "End": True,
                }
            }
        ),
    ]
    for write in writes:
        with world.feed() as feed:
            write()
            assert feed.wait_for(line)


def test_feed_announces_stream_records(world: World) -> None:
    check_feed_streams(world)


def test_feed_line_of_a_stream_arrives_within_milliseconds(world: World) -> None:
    stack = world.deploy({"Table": table_of(world, **STREAMED)}, {"Arn": {"Fn::GetAtt": "Table.StreamArn"}})
    name, line = stack.physical_ids()["Table"], {"kind": "stream", "arn": stack.outputs["Arn"]}
    seconds = [1.0]
    # Once is enough: on a busy machine most of them wait for the processor.
    for number in range(40):
        if min(seconds) < 0.05:
            break
        with world.feed() as feed:
            started = time.monotonic()
            world.client("dynamodb").put_item(TableName=name, Item={"pk": {"S": str(number)}})
            assert feed.wait_for(line)
            seconds.append(time.monotonic() - started)
    assert min(seconds) < 0.05, seconds


def check_arrivals(world: World) -> None:
    url, arn = queue(world)
    sqs, line = world.client("sqs"), {"kind": "queue", "arn": arn}
    with world.feed() as feed:
        sqs.send_message(QueueUrl=url, MessageBody="now")
        assert feed.wait_for(line)
    [message] = sqs.receive_message(QueueUrl=url, VisibilityTimeout=30)["Messages"]
    with world.feed() as feed:
        sqs.change_message_visibility(
            QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0
        )
        assert feed.wait_for(line)
    sns = world.client("sns")
    topic = sns.create_topic(Name=world.name("topic"))["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    with world.feed() as feed:
        sns.publish(TopicArn=topic, Message="told")
        assert feed.wait_for(line)
    events, rule = world.client("events"), world.name("rule")
    events.put_rule(Name=rule, EventPattern=json.dumps({"source": [rule]}))
    events.put_targets(Rule=rule, Targets=[{"Id": "1", "Arn": arn}])
    with world.feed() as feed:
        events.put_events(Entries=[{"Source": rule, "DetailType": "x", "Detail": "{}"}])
        assert feed.wait_for(line)


def test_feed_announces_messages_from_every_sender(world: World) -> None:
    check_arrivals(world)


@pytest.mark.parametrize("how", ["delay", "visibility"])
def test_feed_announces_a_message_that_becomes_visible(world: World, how: str) -> None:
    url, arn = queue(world)
    sqs = world.client("sqs")
    with world.feed() as feed:
        sqs.send_message(QueueUrl=url, MessageBody="later", DelaySeconds=1 if how == "delay" else 0)
        if how == "visibility":
            assert feed.wait_for({"kind": "queue", "arn": arn})
            feed.lines.clear()
            sqs.receive_message(QueueUrl=url, VisibilityTimeout=1)
        assert feed.wait_for({"kind": "queue", "arn": arn})
        assert sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"] == "later"


def check_feed_functions(world: World) -> None:
    with world.feed() as feed:
        name = world.function(lambda event: event)
        assert feed.wait_for({"kind": "functions"})
    with world.feed() as feed:
        world.client("lambda").invoke(FunctionName=name)["Payload"].read()
        assert not feed.wait_for({"kind": "functions"}, timeout=0.1)
    resources = mapped(world)
    with world.feed() as feed:
        stack = world.deploy(resources)
        assert feed.wait_for({"kind": "functions"})
        assert feed.wait_for({"kind": "mappings"})
    with world.feed() as feed:
        mapping = stack.physical_ids()["Mapping"]
        world.client("lambda").update_event_source_mapping(UUID=mapping, BatchSize=3)
        assert feed.wait_for({"kind": "mappings"})
    with world.feed() as feed:
        stack.delete()
        assert feed.wait_for({"kind": "mappings"})


def test_feed_announces_changes_of_functions_and_mappings(world: World) -> None:
    check_feed_functions(world)


def check_feed_appsync(world: World) -> None:
    resources = api_with(world, Schema=("GraphQLSchema", {"Definition": "type Query { a: Int }"}))
    stack = world.deploy(resources, ID)
    line = {"kind": "appsync", "api": stack.outputs["Id"]}
    with world.feed() as feed:
        resources["Schema"]["Properties"]["Definition"] = "type Query { b: Int }"
        world.deploy(resources, stack=stack.name)
        assert feed.wait_for(line)
    with world.feed() as feed:
        world.client("appsync").create_api_key(apiId=stack.outputs["Id"])
        assert feed.wait_for(line)
    with world.feed() as feed:
        world.client("appsync").list_api_keys(apiId=stack.outputs["Id"])
        assert not feed.wait_for(line, timeout=0.1)
    with world.feed() as feed:
        stack.delete()
        assert feed.wait_for(line)


def test_feed_announces_changes_of_appsync_apis(world: World) -> None:
    check_feed_appsync(world)


def check_feed_gateway(world: World) -> None:
    line = {"kind": "gateway"}
    with world.feed() as feed:
        stack = world.deploy(socket_api(), {"Api": {"Ref": "Api"}})
        assert feed.wait_for(line)
    gateway = world.client("apigatewayv2")
    with world.feed() as feed:
        gateway.update_api(ApiId=stack.outputs["Api"], Name="other")
        assert feed.wait_for(line)
    with world.feed() as feed:
        world.client("apigateway").create_rest_api(name="told")
        assert feed.wait_for(line)
    with world.feed() as feed:
        gateway.get_apis()
        assert not feed.wait_for(line, timeout=0.1)
    with world.feed() as feed:
        stack.delete()
        assert feed.wait_for(line)


def test_feed_announces_changes_of_gateway_apis(world: World) -> None:
    check_feed_gateway(world)


# --- the feed itself ---


async def test_equal_feed_changes_are_one_line() -> None:
    feed = Feed()
    feed.attach(asyncio.get_running_loop())
    listener = feed.listen()
    for change in ({"kind": "functions"}, {"kind": "mappings"}, {"kind": "functions"}):
        feed.publish(change)
    chunks = listener.chunks()
    assert await anext(chunks) == b'{"kind":"functions"}\n{"kind":"mappings"}\n'
    await chunks.aclose()


async def test_feed_accepts_changes_from_any_thread() -> None:
    feed = Feed()
    feed.attach(asyncio.get_running_loop())
    listener = feed.listen()
    chunks = listener.chunks()
    thread = threading.Thread(target=feed.publish, args=({"kind": "functions"},))
    thread.start()
    assert await asyncio.wait_for(anext(chunks), 60) == b'{"kind":"functions"}\n'
    thread.join()
    await chunks.aclose()


async def test_silent_feed_sends_keep_alives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("localcloud.engine.feed.KEEP_ALIVE_SECONDS", 0.01)
    chunks = Listener().chunks()
    for _ in range(2):
        assert await anext(chunks) == b'{"kind":"ka"}\n'
    await chunks.aclose()


async def test_slow_listener_is_closed() -> None:
    listener = Listener()
    for number in range(BACKLOG + 1):
        listener.offer(b"%d\n" % number)
    assert [chunk async for chunk in listener.chunks()] == []


async def test_closed_feed_ends_its_listeners() -> None:
    feed = Feed()
    feed.attach(asyncio.get_running_loop())
    listener = feed.listen()
    feed.close()
    assert [chunk async for chunk in listener.chunks()] == []
