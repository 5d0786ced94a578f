"""DynamoDB: TTL, streams, and update expressions that AWS refuses."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.engine.world import World


def table_of(world: World, **properties: Any) -> dict[str, Any]:
    return {
        "Type": "AWS::DynamoDB::Table",
        "Properties": {
            "TableName": world.name("table"),
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
            **properties,
        },
    }


STREAMED = {"StreamSpecification": {"StreamViewType": "NEW_AND_OLD_IMAGES"}}


def check_ttl(world: World) -> None:
    resources = {
        "Table": table_of(world, TimeToLiveSpecification={"AttributeName": "expiresAt", "Enabled": True})
    }
    stack = world.deploy(resources, {"Name": {"Ref": "Table"}})
    dynamodb = world.client("dynamodb")

    def read() -> Any:
        return dynamodb.describe_time_to_live(TableName=stack.outputs["Name"])["TimeToLiveDescription"]

    assert read() == {"TimeToLiveStatus": "ENABLED", "AttributeName": "expiresAt"}
    del resources["Table"]["Properties"]["TimeToLiveSpecification"]
    world.deploy(resources, stack=stack.name)
    assert read()["TimeToLiveStatus"] == "DISABLED"


def test_ttl_of_a_template_is_enabled_and_disabled(world: World) -> None:
    check_ttl(world)


def update(expression: str, **values: Any) -> dict[str, Any]:
    arguments: dict[str, Any] = {"Key": {"pk": {"S": "a"}}, "UpdateExpression": expression}
    if values:
        arguments["ExpressionAttributeValues"] = {f":{name}": value for name, value in values.items()}
    if "#h" in expression:
        arguments["ExpressionAttributeNames"] = {"#h": "history"}
    return arguments


ONE_ELEMENT = {"L": [{"S": "one"}]}
OVERLAPPING = [
    (
        update("SET #h = list_append(#h, :new) REMOVE #h[0]", new=ONE_ELEMENT),
        "Two document paths overlap with each other; must remove or rewrite one of these paths; "
        "path one: [history], path two: [history, [0]]",
    ),
    (
        update("SET a = :new, a.b = :new", new=ONE_ELEMENT),
        "Two document paths overlap with each other; must remove or rewrite one of these paths; "
        "path one: [a], path two: [a, b]",
    ),
    (
        update("SET a = :new SET b = :new", new=ONE_ELEMENT),
        'The "SET" section can only be used once in an update expression;',
    ),
]


def check_overlapping_paths(world: World) -> None:
    name = world.deploy({"Table": table_of(world)}).physical_ids()["Table"]
    dynamodb = world.client("dynamodb")
    dynamodb.put_item(TableName=name, Item={"pk": {"S": "a"}, "history": ONE_ELEMENT, "a": {"M": {}}})
    for arguments, message in OVERLAPPING:
        # AWS says so before it looks at the condition.
        condition = {"ConditionExpression": "attribute_not_exists(pk)"}
        for call in (
            lambda parameters=arguments | condition: dynamodb.update_item(TableName=name, **parameters),
            lambda parameters=arguments: dynamodb.transact_write_items(
                TransactItems=[{"Update": {"TableName": name, **parameters}}]
            ),
        ):
            with pytest.raises(ClientError) as refused:
                call()
            assert refused.value.response["Error"] == {
                "Code": "ValidationException",
                "Message": f"Invalid UpdateExpression: {message}",
            }


def test_overlapping_paths_of_an_update_are_refused(world: World) -> None:
    check_overlapping_paths(world)


def test_paths_that_do_not_overlap_are_accepted(world: World) -> None:
    name = world.deploy({"Table": table_of(world)}).physical_ids()["Table"]
    dynamodb = world.client("dynamodb")
    dynamodb.put_item(
        TableName=name, Item={"pk": {"S": "a"}, "history": ONE_ELEMENT, "a": {"M": {}}, "n": {"N": "1"}}
    )
    dynamodb.update_item(
        TableName=name,
        **update(
            "SET #h = list_append(#h, :new), a.b = if_not_exists(a.c, :new), ab = :new "
            "ADD n :one REMOVE gone, x.y",
            new=ONE_ELEMENT,
            one={"N": "1"},
        ),
    )
    item = dynamodb.get_item(TableName=name, Key={"pk": {"S": "a"}})["Item"]
    assert item["history"] == {"L": [{"S": "one"}, {"S": "one"}]}
    assert (item["n"], item["ab"], item["a"]) == ({"N": "2"}, ONE_ELEMENT, {"M": {"b": ONE_ELEMENT}})


# --- streams, as the Lambda service reads them ---


def test_stream_is_described_as_on_aws(world: World) -> None:
    stack = world.deploy({"Table": table_of(world, **STREAMED)}, {"Arn": {"Fn::GetAtt": "Table.StreamArn"}})
    arn, name = stack.outputs["Arn"], stack.physical_ids()["Table"]
    dynamodb, streams = world.client("dynamodb"), world.client("dynamodbstreams")
    [listed] = streams.list_streams(TableName=name)["Streams"]
    assert listed["StreamArn"] == arn
    described = streams.describe_stream(StreamArn=arn)["StreamDescription"]
    assert (described["StreamStatus"], described["StreamViewType"]) == ("ENABLED", "NEW_AND_OLD_IMAGES")
    assert described["KeySchema"] == [{"AttributeName": "pk", "KeyType": "HASH"}]
    [shard] = described["Shards"]
    assert "EndingSequenceNumber" not in shard["SequenceNumberRange"]

    def iterator(kind: str, **arguments: str) -> str:
        answer = streams.get_shard_iterator(
            StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType=kind, **arguments
        )
        shard_iterator: str = answer["ShardIterator"]
        return shard_iterator

    latest = iterator("LATEST")
    started = int(time.time())
    dynamodb.put_item(TableName=name, Item={"pk": {"S": "a"}, "n": {"N": "1"}})
    dynamodb.update_item(TableName=name, **update("SET n = :two", two={"N": "2"}))
    dynamodb.update_item(TableName=name, **update("SET n = :two", two={"N": "2"}))
    dynamodb.delete_item(TableName=name, Key={"pk": {"S": "a"}})
    answer = streams.get_records(ShardIterator=latest)
    records = answer["Records"]
    # The update that changed nothing has no record.
    assert [record["eventName"] for record in records] == ["INSERT", "MODIFY", "REMOVE"]
    insert, modify, remove = (record["dynamodb"] for record in records)
    assert (insert["NewImage"]["n"], "OldImage" in insert) == ({"N": "1"}, False)
    assert (modify["OldImage"]["n"], modify["NewImage"]["n"]) == ({"N": "1"}, {"N": "2"})
    assert (remove["OldImage"]["n"], "NewImage" in remove) == ({"N": "2"}, False)
    for record in records:
        assert record["dynamodb"]["Keys"] == {"pk": {"S": "a"}}
        assert (record["eventSource"], record["awsRegion"]) == ("aws:dynamodb", "us-east-1")
        moment = record["dynamodb"]["ApproximateCreationDateTime"]
        assert isinstance(moment, datetime)
        assert started <= moment.astimezone(UTC).timestamp() <= time.time()
    numbers = [record["dynamodb"]["SequenceNumber"] for record in records]
    assert numbers == sorted(numbers, key=int)
    assert streams.get_records(ShardIterator=answer["NextShardIterator"])["Records"] == []
    after = streams.get_records(ShardIterator=iterator("AFTER_SEQUENCE_NUMBER", SequenceNumber=numbers[0]))
    assert [record["eventName"] for record in after["Records"]] == ["MODIFY", "REMOVE"]
    first = streams.get_records(ShardIterator=iterator("TRIM_HORIZON"), Limit=1)
    assert [record["eventName"] for record in first["Records"]] == ["INSERT"]


def check_stream_size(world: World) -> None:
    stack = world.deploy({"Table": table_of(world, **STREAMED)}, {"Arn": {"Fn::GetAtt": "Table.StreamArn"}})
    world.client("dynamodb").put_item(
        TableName=stack.physical_ids()["Table"], Item={"pk": {"S": "abc"}, "text": {"S": "12345"}}
    )
    streams = world.client("dynamodbstreams")
    [shard] = streams.describe_stream(StreamArn=stack.outputs["Arn"])["StreamDescription"]["Shards"]
    iterator = streams.get_shard_iterator(
        StreamArn=stack.outputs["Arn"], ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    [record] = streams.get_records(ShardIterator=iterator)["Records"]
    assert record["dynamodb"]["SizeBytes"] > 0


def test_stream_records_have_a_size(world: World) -> None:
    check_stream_size(world)


def test_deleted_table_has_a_closed_stream(world: World) -> None:
    resources = {"Table": table_of(world, **STREAMED), "Other": table_of(world)}
    stack = world.deploy(resources, {"Arn": {"Fn::GetAtt": "Table.StreamArn"}})
    name = stack.physical_ids()["Table"]
    world.client("dynamodb").put_item(TableName=name, Item={"pk": {"S": "a"}})
    world.client("dynamodb").delete_table(TableName=name)
    described = world.client("dynamodbstreams").describe_stream(StreamArn=stack.outputs["Arn"])
    assert described["StreamDescription"]["StreamStatus"] == "DISABLED"


def test_long_stream_is_readable_from_its_start(world: World) -> None:
    dynamodb, streams = world.client("dynamodb"), world.client("dynamodbstreams")
    arn = dynamodb.create_table(
        TableName="long",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )["TableDescription"]["LatestStreamArn"]
    for start in range(0, 400, 25):
        puts = [{"PutRequest": {"Item": {"pk": {"S": str(start + n)}}}} for n in range(25)]
        dynamodb.batch_write_item(RequestItems={"long": puts})
    [shard] = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
    iterator = streams.get_shard_iterator(
        StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    records = streams.get_records(ShardIterator=iterator)["Records"]
    changes = [record["dynamodb"] for record in records]
    assert [change["NewImage"] for change in changes] == [{"pk": {"S": str(n)}} for n in range(400)]
    assert len({change["SequenceNumber"] for change in changes}) == 400
