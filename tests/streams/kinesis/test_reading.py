"""Iterators of all five types, what a read returns, and AWS's words about those that are wrong."""

from __future__ import annotations

import pytest

from localcloud.streams.kinesis.errors import ExpiredIterator, InvalidArgument, NotFound
from localcloud.streams.kinesis.sequence import parse
from tests.streams.kinesis.cloud import Cloud


@pytest.fixture
def filled(cloud: Cloud) -> Cloud:
    """A stream with a record a second: 0, 1, 2, 3."""
    cloud.create()
    cloud.service.scale.factor = None
    for number in range(4):
        cloud.put("a", b"%d" % number)
        cloud.seconds += 1
    return cloud


def numbers(cloud: Cloud) -> list[str]:
    return [record["SequenceNumber"] for record in cloud.get(cloud.iterator())["Records"]]


def test_each_type_of_iterator_begins_where_it_says(filled: Cloud) -> None:
    second = numbers(filled)[1]
    assert filled.data(filled.iterator("TRIM_HORIZON")) == [b"0", b"1", b"2", b"3"]
    assert filled.data(filled.iterator("AT_SEQUENCE_NUMBER", StartingSequenceNumber=second))[0] == b"1"
    assert filled.data(filled.iterator("AFTER_SEQUENCE_NUMBER", StartingSequenceNumber=second))[0] == b"2"
    moment = filled.seconds - 2
    assert filled.data(filled.iterator("AT_TIMESTAMP", Timestamp=moment)) == [b"2", b"3"]
    assert filled.data(filled.iterator("AT_TIMESTAMP", Timestamp=moment - 0.5)) == [b"2", b"3"]
    latest = filled.iterator("LATEST")
    filled.put("a", b"4")
    assert filled.data(latest) == [b"4"]


def test_a_shards_starting_number_is_before_its_first_record(filled: Cloud) -> None:
    start = filled.shards()[0]["SequenceNumberRange"]["StartingSequenceNumber"]
    for kind in ("AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER"):
        assert filled.data(filled.iterator(kind, StartingSequenceNumber=start))[0] == b"0"
    assert int(start) < int(numbers(filled)[0])


@pytest.mark.parametrize(
    ("text", "shard", "second"),
    [
        # As AWS's documentation of Lambda shows them.
        ("49590338271490256608559692538361571095921575989136588898", 6, 1545084650),
        ("49590338271490256608559692540925702759324208523137515618", 6, 1545084709),
        ("49546986683135544286507457936321625675700192471156785154", 0, 1421279386),
    ],
)
def test_sequence_numbers_are_those_of_aws(text: str, shard: int, second: int) -> None:
    number = parse(text)
    assert str(number) == text
    assert (number.shard, number.second) == (shard, second)


def test_an_iterator_expires_after_five_minutes(filled: Cloud) -> None:
    iterator = filled.iterator()
    filled.seconds += 300
    assert filled.get(iterator)["Records"]
    filled.seconds += 0.001
    with pytest.raises(ExpiredIterator, match="tolerated delay of 300000 milliseconds") as raised:
        filled.get(iterator)
    assert "The iterator was created at time Fri Jan 15 08:00:04 UTC 2027 while" in raised.value.message


def test_an_iterator_may_be_used_again(filled: Cloud) -> None:
    iterator = filled.iterator()
    assert filled.get(iterator)["Records"] == filled.get(iterator)["Records"]


@pytest.mark.parametrize("iterator", ["x", "AAAA", "AAAAAAAAAAHcd2ZpdmUgaHVuZHJlZCBieXRlcw=="])
def test_an_iterator_from_elsewhere_is_invalid(filled: Cloud, iterator: str) -> None:
    with pytest.raises(InvalidArgument, match=r"^Invalid ShardIterator\.$"):
        filled.get(iterator)


def test_iterator_of_a_recreated_stream_is_not_found(filled: Cloud) -> None:
    iterator = filled.iterator()
    filled("DeleteStream", StreamName="orders")
    filled.create()
    with pytest.raises(NotFound, match=r"^Shard shardId-000000000000 in stream orders under account"):
        filled.get(iterator)


def test_read_reports_how_far_it_is_behind(filled: Cloud) -> None:
    answer = filled.get(filled.iterator(), Limit=1)
    assert (len(answer["Records"]), answer["MillisBehindLatest"]) == (1, 3000)
    rest = filled.get(answer["NextShardIterator"])
    assert (len(rest["Records"]), rest["MillisBehindLatest"]) == (3, 0)
    assert filled.get(rest["NextShardIterator"])["Records"] == []


def test_a_read_returns_at_most_ten_mib(cloud: Cloud) -> None:
    cloud.create(MaxRecordSizeInKiB=4096)
    for _ in range(3):
        cloud.put("a", b"x" * ((4 << 20) - 1))
        cloud.seconds += 10
    answer = cloud.get(cloud.iterator())
    assert len(answer["Records"]) == 2
    cloud.seconds += 10
    assert len(cloud.get(answer["NextShardIterator"])["Records"]) == 1


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (
            {"kind": "LATEST", "StartingSequenceNumber": "1"},
            "Request specified LATEST and also a StartingSequenceNumber.",
        ),
        (
            {"kind": "AT_SEQUENCE_NUMBER"},
            "Request specified AT_SEQUENCE_NUMBER and no StartingSequenceNumber.",
        ),
        (
            {"kind": "AFTER_SEQUENCE_NUMBER", "StartingSequenceNumber": "5"},
            "StartingSequenceNumber 5 used in GetShardIterator on shard shardId-000000000000 in stream "
            "orders under account 000000000000 is invalid.",
        ),
        ({"kind": "AT_TIMESTAMP"}, "Current request has no timestamp parameter."),
        ({"kind": "AT_TIMESTAMP", "Timestamp": 9e9}, "timestampInMillis: 9000000000000, currentTimestamp"),
    ],
)
def test_invalid_start_is_refused(filled: Cloud, request_: dict[str, str], words: str) -> None:
    with pytest.raises(InvalidArgument) as raised:
        filled.iterator(**request_)
    assert words in raised.value.message


def test_a_number_of_another_shard_or_stream_is_refused(filled: Cloud) -> None:
    number = numbers(filled)[0]
    filled.create("other", shards=2)
    at = {"kind": "AT_SEQUENCE_NUMBER", "StartingSequenceNumber": number, "stream": "other"}
    with pytest.raises(InvalidArgument, match="because it did not come from this stream"):
        filled.iterator(**at)
    with pytest.raises(
        InvalidArgument, match=r"It encodes shardId-000000000000, while .* shardId-000000000001$"
    ):
        filled.iterator(**at, shard="1")


def test_missing_shard_is_not_found(filled: Cloud) -> None:
    with pytest.raises(
        NotFound, match=r"^Could not find shard nonsense in stream orders under account 0+\.$"
    ):
        filled.iterator(shard="nonsense")
    with pytest.raises(NotFound, match=r"^Shard shardId-000000000007 in stream orders .* does not exist$"):
        filled.iterator(shard="shardId-7")
