"""When changes were committed: exact to the microsecond, where a stream record has whole seconds."""

from __future__ import annotations

import time

from localcloud.engine.commits import Commits
from tests.engine.rules import ask
from tests.engine.test_dynamodb import STREAMED, table_of
from tests.engine.world import World


def test_each_stream_record_has_its_commit(world: World) -> None:
    stack = world.deploy({"Table": table_of(world, **STREAMED)}, {"Arn": {"Fn::GetAtt": "Table.StreamArn"}})
    arn, table = stack.outputs["Arn"], stack.physical_ids()["Table"]
    before = time.time()
    world.client("dynamodb").put_item(TableName=table, Item={"pk": {"S": "a"}})
    between = time.time()
    world.client("dynamodb").delete_item(TableName=table, Key={"pk": {"S": "a"}})
    after = time.time()
    status, answer = ask(world, "GET", f"commits?arn={arn}")
    assert (status, answer["arn"], answer["dropped"]) == (200, arn, 0)
    first, second = answer["commits"]
    assert before <= first["time"] <= between <= second["time"] <= after
    assert first["keys"] == second["keys"] == {"pk": {"S": "a"}}

    streams = world.client("dynamodbstreams")
    [shard] = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
    iterator = streams.get_shard_iterator(
        StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    records = [record["dynamodb"] for record in streams.get_records(ShardIterator=iterator)["Records"]]
    assert [record["SequenceNumber"] for record in records] == [first["sequence"], second["sequence"]]
    # As on AWS.
    assert {record["ApproximateCreationDateTime"].microsecond for record in records} == {0}

    assert ask(world, "GET", f"commits?arn={arn}&after={first['sequence']}")[1]["commits"] == [second]


def test_commits_require_a_stream_arn(world: World) -> None:
    problem = {"message": "commits takes ?arn= of a stream, and &after= a sequence number"}
    assert ask(world, "GET", "commits") == (400, problem)
    assert ask(world, "GET", "commits?arn=a&after=b") == (400, problem)
    assert ask(world, "DELETE", "commits") == (405, {"message": "commits takes GET"})


def test_oldest_commits_are_dropped() -> None:
    commits = Commits(latest=2, clock=lambda: 0.0)
    for number in range(5):
        commits.note("arn", str(number), {})
    described = commits.describe("arn")
    assert described["dropped"] == 3
    assert described["commits"] == [{"sequence": str(number), "time": 0.0, "keys": {}} for number in (3, 4)]
