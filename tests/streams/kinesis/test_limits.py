"""What a shard takes and gives, and what is said to those that want more."""

from __future__ import annotations

import pytest

from localcloud.streams.kinesis.errors import InvalidArgument, ThroughputExceeded, Validation
from tests.streams.kinesis.cloud import Cloud, Json

MIB = 1 << 20
RATE = "Rate exceeded for shard shardId-000000000000 in stream orders under account 000000000000."


def entries(count: int, size: int = 1, key: str = "a") -> list[Json]:
    return [{"Data": b"x" * size, "PartitionKey": key} for _ in range(count)]


def put(cloud: Cloud, records: list[Json]) -> Json:
    return cloud("PutRecords", StreamName="orders", Records=records)


def test_shard_accepts_a_thousand_records_a_second(cloud: Cloud) -> None:
    cloud.create()
    assert [put(cloud, entries(400))["FailedRecordCount"] for _ in range(3)] == [0, 0, 200]
    with pytest.raises(ThroughputExceeded, match=RATE):
        cloud.put("a")
    cloud.seconds += 0.5
    assert put(cloud, entries(500))["FailedRecordCount"] == 0
    cloud.seconds += 60
    assert [put(cloud, entries(500))["FailedRecordCount"] for _ in range(3)] == [0, 0, 500]


def test_refused_record_fails_alone(cloud: Cloud) -> None:
    cloud.create(shards=2)
    low, high = ({"ExplicitHashKey": str(hashed)} for hashed in (0, 1 << 127))
    for _ in range(2):
        put(cloud, [{**entry, **low} for entry in entries(500)])
    answer = put(cloud, [{**entries(1)[0], **low}, {**entries(1)[0], **high}])
    assert answer["FailedRecordCount"] == 1
    refused, accepted = answer["Records"]
    assert refused == {"ErrorCode": "ProvisionedThroughputExceededException", "ErrorMessage": RATE}
    assert accepted["ShardId"] == "shardId-000000000001"


def test_shard_accepts_a_mebibyte_a_second(cloud: Cloud) -> None:
    cloud.create()
    assert put(cloud, entries(3, size=MIB // 2 - 1))["FailedRecordCount"] == 1
    cloud.seconds += 0.5
    assert put(cloud, entries(1, size=MIB // 2 - 1))["FailedRecordCount"] == 0


def test_a_large_record_is_paid_off_by_the_seconds_behind_it(cloud: Cloud) -> None:
    cloud.create(MaxRecordSizeInKiB=10240)
    cloud.put("a", b"x" * (4 * MIB))
    cloud.seconds += 3
    with pytest.raises(ThroughputExceeded):
        cloud.put("a")
    cloud.seconds += 0.1
    cloud.put("a")


def test_a_shard_is_read_five_times_a_second(cloud: Cloud) -> None:
    cloud.create()
    iterator = cloud.iterator()
    for _ in range(5):
        cloud.get(iterator)
    with pytest.raises(ThroughputExceeded, match=RATE):
        cloud.get(iterator)
    cloud.seconds += 0.2
    cloud.get(iterator)


def test_a_shard_has_five_new_iterators_a_second(cloud: Cloud) -> None:
    cloud.create()
    for _ in range(5):
        cloud.iterator()
    with pytest.raises(ThroughputExceeded, match=RATE):
        cloud.iterator()
    cloud.seconds += 0.2
    cloud.iterator()


def test_a_shard_gives_two_mebibytes_a_second(cloud: Cloud) -> None:
    cloud.create()
    for _ in range(3):
        cloud.put("a", b"x" * (MIB - 1))
        cloud.seconds += 1
    iterator = cloud.iterator()
    for _ in range(2):
        iterator = cloud.get(iterator, Limit=1)["NextShardIterator"]
    with pytest.raises(ThroughputExceeded):
        cloud.get(iterator)
    cloud.seconds += 0.5
    assert len(cloud.get(iterator)["Records"]) == 1


def test_read_of_ten_mebibytes_pauses_the_shard_for_five_seconds(cloud: Cloud) -> None:
    cloud.create()
    for _ in range(10):
        cloud.put("a", b"x" * (MIB - 1))
        cloud.seconds += 1
    answer = cloud.get(cloud.iterator())
    assert len(answer["Records"]) == 10
    cloud.seconds += 4.9
    with pytest.raises(ThroughputExceeded):
        cloud.get(answer["NextShardIterator"])
    cloud.seconds += 0.2
    cloud.get(answer["NextShardIterator"])


def test_limits_can_be_scaled_or_removed(cloud: Cloud) -> None:
    cloud.create()
    cloud.service.scale.factor = 2.0
    assert [put(cloud, entries(500))["FailedRecordCount"] for _ in range(5)] == [0, 0, 0, 0, 500]
    cloud.service.scale.factor = None
    assert put(cloud, entries(500))["FailedRecordCount"] == 0
    for _ in range(9):
        cloud.get(cloud.iterator(), Limit=1)


def test_oversized_request_is_refused(cloud: Cloud) -> None:
    cloud.create()
    with pytest.raises(Validation, match=r"at 'data' failed .* length less than or equal to 1048576"):
        cloud.put("a", b"x" * MIB)
    with pytest.raises(Validation, match=r"at 'records.2.member.data' failed"):
        put(cloud, [*entries(1), *entries(1, size=MIB)])
    cloud.create("large", MaxRecordSizeInKiB=10240)
    with pytest.raises(InvalidArgument, match=r"^Records size exceeds 10 MB limit$"):
        cloud("PutRecords", StreamName="large", Records=entries(2, size=5 * MIB))
    with pytest.raises(Validation, match=r"at 'records' failed to satisfy .* less than or equal to 500"):
        put(cloud, entries(501))


def test_invalid_hash_or_number_is_refused(cloud: Cloud) -> None:
    cloud.create()
    with pytest.raises(
        InvalidArgument, match=r"must be in the range: \[0, 2\^128-1\]. Specified value was 34"
    ):
        cloud.put("a", ExplicitHashKey=str(1 << 128))
    with pytest.raises(
        InvalidArgument, match=r"^ExclusiveMinimumSequenceNumber 7 used in PutRecord on stream"
    ):
        cloud.put("a", SequenceNumberForOrdering="7")
    first = cloud.put("a")["SequenceNumber"]
    assert int(cloud.put("a", SequenceNumberForOrdering=first)["SequenceNumber"]) > int(first)
