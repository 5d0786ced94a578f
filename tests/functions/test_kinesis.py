"""A data stream that invokes a function: its events, positions, filters, shards, failures."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import localcloud
from localcloud.calls import ServiceRefused
from localcloud.functions import InvokeResult
from localcloud.functions.mappings.records import KinesisRecords, event_of
from localcloud.functions.streams import KINESIS, PAGE_LIMIT, StreamRecord
from tests.functions.fakes import World, function_arn, queue_arn
from tests.functions.helpers import event, until
from tests.functions.shards import CLICKS, FAILED, MAPPING, ROLE, Stream, texts


@pytest.fixture
async def stream(world: World) -> AsyncIterator[Stream]:
    world.kinesis.add_shard(CLICKS)
    stream = Stream(world)
    yield stream
    await stream.manager.stop()


def test_kinesis_records_have_the_shape_of_aws() -> None:
    for record in event("kinesis_event.json")["Records"]:
        data = record["kinesis"]
        sent: StreamRecord = {
            "SequenceNumber": data["sequenceNumber"],
            "ApproximateArrivalTimestamp": data["approximateArrivalTimestamp"],
            "Data": data["data"],
            "PartitionKey": data["partitionKey"],
            "EncryptionType": "NONE",
        }
        source, region, role = record["eventSourceARN"], record["awsRegion"], record["invokeIdentityArn"]
        whole = KinesisRecords("shardId-000000000006", source, region, role).event_record(sent)
        assert json.loads(event_of([whole])) == {"Records": [record]}


def test_mapping_reads_have_the_header_that_kinesis_does_not_count() -> None:
    ((name, _),) = KINESIS.headers
    adapter = (
        Path(localcloud.__file__).parent / "engine" / "streams" / "adapter.py"
    )  # of the engine's environment
    assert f'READER: Final = "{name}"' in adapter.read_text(encoding="utf-8")


async def test_event_names_its_shard_role_and_source(stream: Stream) -> None:
    await stream.map(MAPPING)
    (number,) = stream.put("a")
    await until(lambda: stream.events)
    (record,) = stream.events[0]["Records"]
    assert (record["eventID"], record["invokeIdentityArn"]) == (f"shardId-1:{number}", ROLE)
    assert (record["eventSourceARN"], record["awsRegion"]) == (CLICKS, "eu-west-1")
    assert record["kinesis"]["approximateArrivalTimestamp"] == stream.clock.time


@pytest.mark.parametrize(
    ("position", "expected"),
    [("TRIM_HORIZON", ["old", "older", "new"]), ("LATEST", ["new"]), ("AT_TIMESTAMP", ["older", "new"])],
)
async def test_mapping_starts_at_its_position(stream: Stream, position: str, expected: list[str]) -> None:
    stream.put("old")
    stream.wait(1)
    at = stream.clock.time
    stream.put("older")
    stream.wait(1)
    await stream.map(replace(MAPPING, starting_position=position, starting_timestamp=at))
    stream.put("new")
    await until(lambda: stream.received[-1:] == ["new"])
    assert stream.received == expected


async def test_consumer_is_read_like_its_stream(stream: Stream) -> None:
    consumer, dead = f"{CLICKS}/consumer/reader:1763661600", queue_arn("dead")
    stream.answer = lambda _event: FAILED
    await stream.map(replace(MAPPING, source_arn=consumer, maximum_retries=0, on_failure=dead))
    stream.put("a")
    await until(lambda: stream.world.targets.sent(dead))
    assert stream.events[0]["Records"][0]["eventSourceARN"] == consumer
    assert json.loads(stream.world.targets.sent(dead)[0][0])["KinesisBatchInfo"]["streamArn"] == CLICKS


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ({"data": {"kind": ["paid"]}}, ['{"kind":"paid"}']),
        ({"data": ["plain"]}, ["plain"]),
        ({"partitionKey": ["plain"]}, ["plain"]),
        ({"data": {"total": [{"numeric": [">", 5]}]}, "eventName": ["aws:kinesis:record"]}, ['{"total":7}']),
    ],
)
async def test_filter_matches_the_decoded_data(
    stream: Stream, pattern: dict[str, Any], expected: list[str]
) -> None:
    stream.put('{"kind":"paid"}', "plain", '{"total":7}', '{"total":5}')
    stream.world.kinesis.send(CLICKS, ("binary", b"\xff\xfe"), at=stream.clock.time)
    await stream.map(replace(MAPPING, filters=(json.dumps(pattern),)))
    await until(lambda: stream.received == expected)


async def test_batch_stays_within_the_payload_limit(stream: Stream) -> None:
    stream.put(*(str(number) * 1_000_000 for number in range(8)), key="k")
    await stream.map(MAPPING)
    await until(lambda: len(stream.received) == 8)
    assert [len(event["Records"]) for event in stream.events] == [4, 4]


async def test_record_beyond_the_payload_limit_is_warned_of(stream: Stream) -> None:
    await stream.map(MAPPING)
    (number,) = stream.put("x" * 5_000_000, key="k")
    await until(lambda: stream.events)
    (warning,) = stream.warnings
    assert f"the record {number} makes an event of 6" in warning


async def test_batching_window_ends_with_a_full_payload(stream: Stream) -> None:
    stream.put(*(str(number) * 1_000_000 for number in range(5)), key="k")
    await stream.map(replace(MAPPING, window=300))
    await until(lambda: stream.events)
    assert len(stream.events[0]["Records"]) == 4


async def test_batching_window_reads_records_together(stream: Stream) -> None:
    await stream.map(replace(MAPPING, window=300, batch_size=20))
    reads = stream.world.kinesis.reads
    for number in range(20):
        stream.put(str(number))
        await asyncio.sleep(0)
    await until(lambda: len(stream.received) == 20)
    assert len(stream.events) == 1
    assert stream.world.kinesis.reads <= reads + 3


async def test_shard_with_new_records_alone_is_read(stream: Stream) -> None:
    stream.world.kinesis.add_shard(CLICKS, "shardId-2")
    await stream.map(MAPPING)
    reads = stream.world.kinesis.reads
    stream.put("a", shard="shardId-2")
    await until(lambda: stream.received == ["a"])
    assert stream.world.kinesis.reads == reads + 1


async def test_next_page_is_read_while_the_function_handles_a_batch(stream: Stream) -> None:
    names = [str(number) for number in range(2 * PAGE_LIMIT)]
    reads: list[int] = []

    def answer(_event: dict[str, Any]) -> InvokeResult:
        reads.append(stream.world.kinesis.reads)
        return InvokeResult(b"null")

    stream.answer = answer
    stream.put(*names)
    await stream.map(replace(MAPPING, batch_size=PAGE_LIMIT // 2))
    await until(lambda: len(stream.received) == len(names))
    assert stream.received == names
    assert reads[:2] == [1, 2]


async def test_children_of_a_split_wait_for_their_parent(stream: Stream) -> None:
    stream.put("parent")
    stream.answer = lambda _event: FAILED
    await stream.map(MAPPING)
    for shard in ("shardId-2", "shardId-3"):
        stream.world.kinesis.add_shard(CLICKS, shard, "shardId-1")
        stream.put(shard, shard=shard)
    stream.close("shardId-1")
    await until(lambda: len(stream.events) > 3)
    assert set(stream.received) == {"parent"}
    stream.answer = lambda _event: InvokeResult(b"null")
    await until(lambda: {"shardId-2", "shardId-3"} <= set(stream.received))


async def test_merged_shard_waits_for_both_of_its_parents(stream: Stream) -> None:
    kinesis = stream.world.kinesis
    kinesis.add_shard(CLICKS, "shardId-2")
    kinesis.add_shard(CLICKS, "shardId-3", "shardId-1", "shardId-2")
    stream.put("merged", shard="shardId-3")
    await stream.map(MAPPING)
    stream.put("first")
    stream.close("shardId-1")
    await until(lambda: stream.received == ["first"])
    stream.put("second", shard="shardId-2")
    stream.close("shardId-2")
    await until(lambda: len(stream.received) == 3)
    assert stream.received == ["first", "second", "merged"]


async def test_shard_with_an_expired_parent_is_read_at_once(stream: Stream) -> None:
    await stream.map(MAPPING)
    await stream.map(replace(MAPPING, enabled=False))
    stream.world.kinesis.shard_list[CLICKS].clear()
    stream.world.kinesis.add_shard(CLICKS, "shardId-2", "shardId-1")
    stream.put("child", shard="shardId-2")
    await stream.map(MAPPING)
    await until(lambda: stream.received == ["child"])


async def test_partition_key_keeps_its_order_in_parallel_batches(stream: Stream) -> None:
    records = [f"{key}{number}" for number in range(5) for key in "abcdef"]
    for record in records:
        stream.put(record, key=record[0])
    await stream.map(replace(MAPPING, parallelization=10, batch_size=2))
    await until(lambda: len(stream.received) == len(records))
    for key in "abcdef":
        assert [record for record in stream.received if record[0] == key] == [f"{key}{n}" for n in range(5)]


async def test_throttled_stream_is_read_again(stream: Stream) -> None:
    await stream.map(MAPPING)
    throttled = ServiceRefused("GetRecords", 400, {"__type": "ProvisionedThroughputExceededException"})
    stream.world.kinesis.errors = [throttled]
    stream.put("a")
    await until(lambda: stream.received == ["a"])


async def test_poison_record_is_given_up_and_its_shard_continues(stream: Stream) -> None:
    dead = queue_arn("dead")

    def late(sent: dict[str, Any]) -> InvokeResult:
        stream.clock.time += 10  # a retry comes later
        return FAILED if "poison" in texts(sent) else InvokeResult(b"null")

    stream.answer = late
    numbers = stream.put("a", "b", "poison", "c")
    await stream.map(replace(MAPPING, bisect=True, maximum_retries=1, on_failure=dead))
    await until(lambda: stream.world.targets.sent(dead))
    await until(lambda: stream.received[-1] == "c")
    stream.put("fresh")
    await until(lambda: stream.received[-1] == "fresh")

    tried = [texts(sent) for sent in stream.events]
    assert tried == [
        ["a", "b", "poison", "c"],
        ["a", "b"],
        ["poison", "c"],
        ["poison"],
        ["poison"],
        ["c"],
        ["fresh"],
    ]
    # The age rises while the poison holds the shard up, and falls behind it.
    assert stream.ages == [0, 10_000, 20_000, 30_000, 40_000, 50_000, 0]
    ((body, _),) = stream.world.targets.sent(dead)
    record = json.loads(body)
    assert record["requestContext"] == {
        "requestId": "r-1",
        "functionArn": function_arn("work"),
        "condition": "RetryAttemptsExhausted",
        "approximateInvokeCount": 2,
    }
    batch = record["KinesisBatchInfo"]
    assert batch.pop("approximateArrivalOfFirstRecord") == batch.pop("approximateArrivalOfLastRecord")
    assert batch == {
        "shardId": "shardId-1",
        "startSequenceNumber": numbers[2],
        "endSequenceNumber": numbers[2],
        "batchSize": 1,
        "streamArn": CLICKS,
    }


async def test_bucket_receives_the_event_of_an_abandoned_batch(stream: Stream) -> None:
    bucket = "arn:aws:s3:::failures"
    stream.answer = lambda _event: FAILED
    stream.put("a")
    await stream.map(replace(MAPPING, maximum_retries=0, on_failure=bucket))
    await until(lambda: stream.world.targets.objects)
    ((key, body),) = stream.world.targets.objects[bucket]
    assert key.startswith("aws/lambda/m-1/shardId-1/")
    assert texts(json.loads(json.loads(body)["payload"])) == ["a"]


async def test_reported_records_are_delivered_again(stream: Stream) -> None:
    numbers = stream.put("a", "b", "c")
    reports = [f'{{"batchItemFailures":[{{"itemIdentifier":"{numbers[1]}"}}]}}'.encode(), b"{}"]
    stream.answer = lambda _event: InvokeResult(reports.pop(0))
    await stream.map(replace(MAPPING, partial=True))
    await until(lambda: len(stream.events) == 2)
    assert [texts(sent) for sent in stream.events] == [["a", "b", "c"], ["b", "c"]]
