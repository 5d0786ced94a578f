"""What is older than the retention period is gone, and what a journal brings back."""

from __future__ import annotations

from pathlib import Path

import pytest

from localcloud.journal import Journal
from localcloud.streams.kinesis.errors import InvalidArgument
from localcloud.streams.kinesis.interfaces import ProcessInterfaces
from localcloud.streams.kinesis.keeping import JournalKeeping, restore
from localcloud.streams.kinesis.log import SEGMENT_RECORDS, Log
from tests.streams.kinesis.cloud import PLACE, Cloud

DAY = 86_400


def split(cloud: Cloud) -> None:
    cloud("SplitShard", StreamName="orders", ShardToSplit="0", NewStartingHashKey=str(1 << 127))


def test_a_record_is_read_for_a_day_and_no_longer(cloud: Cloud) -> None:
    cloud.create()
    cloud.put("a", b"1")
    cloud.seconds += DAY - 1
    cloud.put("a", b"2")
    assert cloud.data(cloud.iterator()) == [b"1", b"2"]
    cloud.seconds += 2
    assert cloud.data(cloud.iterator()) == [b"2"]


def test_a_longer_retention_keeps_records_and_a_shorter_drops_them(cloud: Cloud) -> None:
    cloud.create()
    cloud("IncreaseStreamRetentionPeriod", StreamName="orders", RetentionPeriodHours=48)
    cloud.put("a", b"1")
    cloud.seconds += DAY + 1
    cloud.put("a", b"2")
    assert cloud.data(cloud.iterator()) == [b"1", b"2"]
    cloud("DecreaseStreamRetentionPeriod", StreamName="orders", RetentionPeriodHours=24)
    assert cloud.data(cloud.iterator()) == [b"2"]


def test_invalid_retention_is_refused(cloud: Cloud) -> None:
    cloud.create()
    with pytest.raises(InvalidArgument, match=r"^Minimum allowed retention period is 24 hours. Requested"):
        cloud("IncreaseStreamRetentionPeriod", StreamName="orders", RetentionPeriodHours=1)
    with pytest.raises(InvalidArgument, match="can not be longer than existing retention period"):
        cloud("DecreaseStreamRetentionPeriod", StreamName="orders", RetentionPeriodHours=25)
    cloud("IncreaseStreamRetentionPeriod", StreamName="orders", RetentionPeriodHours=8760)
    with pytest.raises(InvalidArgument, match="can not be shorter than existing retention period"):
        cloud("IncreaseStreamRetentionPeriod", StreamName="orders", RetentionPeriodHours=8759)


def test_a_closed_shard_is_listed_until_its_records_are_too_old(cloud: Cloud) -> None:
    cloud.create()
    split(cloud)
    cloud.seconds += DAY - 1
    assert len(cloud.shards()) == 3
    cloud.seconds += 2
    assert [shard["ShardId"] for shard in cloud.shards()] == ["shardId-000000000001", "shardId-000000000002"]


def test_filters_list_the_shards_of_their_time(cloud: Cloud) -> None:
    cloud.create()
    cloud.seconds += 100
    split(cloud)
    at = cloud.seconds
    cloud.seconds += 100

    def listed(kind: str, **more: float) -> list[int]:
        shards = cloud.shards(ShardFilter={"Type": kind, **more})
        return [int(shard["ShardId"].removeprefix("shardId-")) for shard in shards]

    assert listed("AT_LATEST") == [1, 2]
    assert listed("AT_TRIM_HORIZON") == [0]
    assert listed("FROM_TRIM_HORIZON") == [0, 1, 2]
    assert listed("AT_TIMESTAMP", Timestamp=at - 1) == [0]
    assert listed("AT_TIMESTAMP", Timestamp=at + 1) == [1, 2]
    assert listed("FROM_TIMESTAMP", Timestamp=at - 1) == [0, 1, 2]
    assert listed("FROM_TIMESTAMP", Timestamp=at + 1) == [1, 2]


def test_log_drops_whole_segments_and_keeps_counting() -> None:
    log = Log()
    for number in range(SEGMENT_RECORDS + 1):
        log.append("a", b"x", 1000 + number)
    assert log.segments == [1, SEGMENT_RECORDS + 1]
    assert log.trim(1000 + SEGMENT_RECORDS) == [1]
    assert [record.place for record in log.read(1, since=0)] == [SEGMENT_RECORDS + 1]
    assert log.trim(10**6) == [SEGMENT_RECORDS + 1]
    assert log.append("a", b"x", 10**6) == SEGMENT_RECORDS + 2


def durable(folder: Path) -> tuple[Cloud, Journal]:
    """A service that finds again what the one before it wrote."""
    journal = Journal.open(folder)
    cloud = Cloud(ProcessInterfaces(keeping=JournalKeeping(journal)))
    restore(cloud.service, journal)
    return cloud, journal


def test_streams_survive_a_restart(tmp_path: Path) -> None:
    cloud, journal = durable(tmp_path)
    cloud.create(Tags={"a": "1"})
    arn = cloud.arn("orders")
    consumer = cloud("RegisterStreamConsumer", StreamARN=arn, ConsumerName="reader")["Consumer"]
    before = cloud.put("a", b"\x00\xff")
    split(cloud)
    cloud("PutRecords", StreamName="orders", Records=[{"PartitionKey": key, "Data": b"2"} for key in "abc"])
    shards, iterator = cloud.shards(), cloud.iterator()
    journal.close()

    again, journal = durable(tmp_path)
    assert again.shards() == shards
    assert [record["SequenceNumber"] for record in again.get(iterator)["Records"]] == [
        before["SequenceNumber"]
    ]
    assert again.data(iterator) == [b"\x00\xff"]
    read = [again.get(again.iterator(shard=number))["Records"] for number in ("1", "2")]
    assert sorted(record["PartitionKey"] for records in read for record in records) == ["a", "b", "c"]
    described = again("DescribeStreamConsumer", ConsumerARN=consumer["ConsumerARN"])
    assert described["ConsumerDescription"]["ConsumerName"] == "reader"
    assert again("ListTagsForStream", StreamName="orders")["Tags"] == [{"Key": "a", "Value": "1"}]
    numbers = {record["SequenceNumber"] for records in read for record in records}
    assert again.put("a")["SequenceNumber"] not in numbers
    again("DeleteStream", StreamName="orders", EnforceConsumerDeletion=True)
    journal.close()

    last, journal = durable(tmp_path)
    assert last("ListStreams")["StreamNames"] == []
    assert journal.spaces("kinesis/") == []
    journal.close()


def test_shard_keeps_counting_after_all_its_records_were_dropped(tmp_path: Path) -> None:
    cloud, journal = durable(tmp_path)
    cloud.create()
    number = cloud.put("a")["SequenceNumber"]
    cloud.seconds += DAY + 100
    cloud("ListStreams")
    later = cloud.seconds
    journal.close()

    again, journal = durable(tmp_path)
    again.seconds = later
    assert again.data(again.iterator()) == []
    assert int(again.put("a")["SequenceNumber"]) > int(number)
    after = again.iterator("AFTER_SEQUENCE_NUMBER", StartingSequenceNumber=number)
    assert again.data(after) == [b"x"]
    journal.close()


def test_segments_are_restored_and_dropped_in_the_journal(tmp_path: Path) -> None:
    cloud, journal = durable(tmp_path)
    cloud.service.scale.factor = None
    cloud.create()
    count = SEGMENT_RECORDS + 10
    entries = [{"PartitionKey": "a", "Data": b"%d" % number} for number in range(count)]
    for begin in range(0, count, 500):
        cloud("PutRecords", StreamName="orders", Records=entries[begin : begin + 500])
        cloud.seconds += DAY / 10
    expected, later = cloud.data(cloud.iterator()), cloud.seconds
    journal.close()

    again, journal = durable(tmp_path)
    again.service.scale.factor, again.seconds = None, later
    assert again.data(again.iterator()) == expected
    assert expected == [b"%d" % number for number in range(count)]
    again.seconds += DAY / 8
    again("ListStreams")
    kept = again.data(again.iterator())
    assert expected[-len(kept) :] == kept and len(kept) < count
    again.seconds += DAY
    again("ListStreams")
    journal.close()

    last, journal = durable(tmp_path)
    assert journal.spaces("kinesis/records/") == []
    (shard,) = last.service.region(*PLACE).streams["orders"].shards.values()
    assert (shard.log.first, shard.log.next, shard.log.segments) == (count + 1, count + 1, [])
    journal.close()
