"""A Kinesis stream as the source: shards, splits, throttling, and going on after a stop."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from localcloud.journal import Journal
from localcloud.streams.firehose.facade import CallFailed, FirehoseError, Keeping
from tests.streams.firehose.world import FUNCTION, ROLE, START, Shop, extended, processing

STREAM = "arn:aws:kinesis:us-east-1:000000000000:stream/changes"


class Kinesis:
    """Shards with their records; a shard that is closed ends behind its last record."""

    def __init__(self) -> None:
        self.shards: dict[str, list[str]] = {"0": []}
        self.parents: dict[str, str] = {}
        self.closed: set[str] = set()
        self.refusals: list[CallFailed] = []
        self.reads = 0

    def __call__(self, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        if operation == "ListShards":
            shards = [
                {
                    "ShardId": name,
                    **({"ParentShardId": self.parents[name]} if name in self.parents else {}),
                }
                for name in self.shards
            ]
            return {"Shards": shards}
        if operation == "GetShardIterator":
            first = int(request.get("StartingSequenceNumber", -1)) + 1
            return {"ShardIterator": f"{request['ShardId']}:{first}"}
        self.reads += 1
        if self.refusals:
            raise self.refusals.pop(0)
        shard, _, start = str(request["ShardIterator"]).partition(":")
        records = [
            {
                "SequenceNumber": str(number),
                "PartitionKey": "key",
                "ApproximateArrivalTimestamp": START,
                "Data": base64.b64encode(data.encode()).decode(),
            }
            for number, data in enumerate(self.shards[shard])
            if number >= int(start)
        ]
        answer: dict[str, Any] = {"Records": records, "MillisBehindLatest": 0}
        if shard not in self.closed:
            answer["NextShardIterator"] = f"{shard}:{len(self.shards[shard])}"
        return answer


def reading(keeping: Keeping | None = None) -> tuple[Shop, Kinesis]:
    shop, kinesis = Shop(keeping), Kinesis()
    shop.services.kinesis_pages = kinesis
    return shop, kinesis


def create(shop: Shop, **destination: Any) -> None:
    request = {
        "DeliveryStreamName": "orders",
        "DeliveryStreamType": "KinesisStreamAsSource",
        "KinesisStreamSourceConfiguration": {"KinesisStreamARN": STREAM, "RoleARN": ROLE},
        "ExtendedS3DestinationConfiguration": extended(**destination),
    }
    shop.service.answer("CreateDeliveryStream", request)


async def test_stream_records_are_delivered_and_direct_puts_refused() -> None:
    shop, kinesis = reading()
    kinesis.shards["0"] = ["a", "b"]
    create(shop)
    await shop.clock.pass_on(61)
    assert shop.bodies() == [b"ab"]
    with pytest.raises(FirehoseError, match="not permitted on KinesisStreamAsSource"):
        shop.put(b"c")


async def test_the_children_of_a_split_shard_are_read_after_it() -> None:
    shop, kinesis = reading()
    kinesis.shards["0"] = ["a"]
    create(shop)
    await shop.clock.pass_on(2)
    kinesis.shards["0"].append("b")
    kinesis.closed.add("0")
    kinesis.shards |= {"1": ["c"], "2": ["d"]}
    kinesis.parents |= {"1": "0", "2": "0"}
    shop.services.new += 1
    await shop.clock.pass_on(60)
    assert shop.bodies() == [b"abcd"]


async def test_flush_during_a_read_takes_no_record_twice() -> None:
    shop, kinesis = reading()
    kinesis.shards["0"] = ["a", "b"]
    create(shop)
    await shop.service.streams["orders"].flush()
    await shop.clock.pass_on(61)
    assert shop.bodies() == [b"ab"]


async def test_idle_stream_is_read_rarely() -> None:
    shop, kinesis = reading()
    create(shop)
    await shop.clock.pass_on(2)
    reads = kinesis.reads
    await shop.clock.pass_on(12)
    assert kinesis.reads == reads
    kinesis.shards["0"].append("a")
    shop.services.new += 1
    await shop.clock.pass_on(1)
    assert shop.service.streams["orders"].waiting[0] == 1


async def test_throttled_read_is_repeated_a_second_later() -> None:
    shop, kinesis = reading()
    kinesis.shards["0"] = ["a"]
    kinesis.refusals = [CallFailed("ProvisionedThroughputExceededException", "slow")]
    create(shop)
    await shop.clock.pass_on(62)
    assert shop.bodies() == [b"a"]


async def test_reading_continues_at_its_position_and_buffers_are_delivered_once(tmp_path: Path) -> None:
    journal = Journal.open(tmp_path)
    shop, kinesis = reading(Keeping(journal))
    kinesis.shards["0"] = ["a"]
    create(shop)
    await shop.clock.pass_on(2)
    shop.service.streams["orders"].stop()
    journal.close()

    kinesis.shards["0"].append("b")
    journal = Journal.open(tmp_path)
    keeping = Keeping(journal)
    again, _ = reading(keeping)
    again.services.kinesis_pages = kinesis
    for key, document in keeping.streams():
        again.service.restore(key.rpartition("/")[2], document)
    again.service.streams["orders"].read_source()
    await again.clock.pass_on(61)
    assert again.bodies() == [b"ab"]
    again.service.streams["orders"].stop()
    journal.close()


async def test_a_function_sees_where_a_record_came_from() -> None:
    shop, kinesis = reading()
    kinesis.shards["0"] = ["a"]
    create(shop, ProcessingConfiguration=processing(FUNCTION))
    await shop.clock.pass_on(2)
    (event,) = shop.services.invocations
    assert event["sourceKinesisStreamArn"] == STREAM
    assert event["records"][0]["kinesisRecordMetadata"]["shardId"] == "0"
