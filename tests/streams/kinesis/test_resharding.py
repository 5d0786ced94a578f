"""Split, merge and scaling: parents close, children open, nothing is lost, and each key keeps its order."""

from __future__ import annotations

import itertools
import sys
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Semaphore

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from localcloud.streams.kinesis.errors import InvalidArgument, LimitExceeded, NotFound, Validation
from localcloud.streams.kinesis.hashing import HASHES
from tests.examples import examples
from tests.streams.kinesis.cloud import PLACE, Cloud


def spans(cloud: Cloud) -> list[tuple[int, int]]:
    """The ranges of the shards that are open."""
    ranges = [shard["HashKeyRange"] for shard in cloud.shards(ShardFilter={"Type": "AT_LATEST"})]
    return sorted((int(each["StartingHashKey"]), int(each["EndingHashKey"])) for each in ranges)


def split(cloud: Cloud, shard: str, at: int) -> None:
    cloud("SplitShard", StreamName="orders", ShardToSplit=shard, NewStartingHashKey=str(at))


def test_a_parent_closes_and_its_reader_learns_of_the_children(cloud: Cloud) -> None:
    cloud.create()
    cloud.put("a", b"1")
    split(cloud, "shardId-000000000000", 1 << 127)
    parent, low, high = cloud.shards()
    ending = int(parent["SequenceNumberRange"]["EndingSequenceNumber"])
    for child in (low, high):
        assert child["ParentShardId"] == "shardId-000000000000"
        assert int(child["SequenceNumberRange"]["StartingSequenceNumber"]) > ending
    assert low["HashKeyRange"] == {"StartingHashKey": "0", "EndingHashKey": str((1 << 127) - 1)}
    answer = cloud.get(cloud.iterator())
    assert [record["Data"] for record in answer["Records"]] == [b"1"]
    assert "ChildShards" not in answer
    last = cloud.get(answer["NextShardIterator"])
    assert "NextShardIterator" not in last and last["Records"] == []
    assert [child["ShardId"] for child in last["ChildShards"]] == [low["ShardId"], high["ShardId"]]
    assert last["ChildShards"][1]["ParentShards"] == ["shardId-000000000000"]


def test_two_neighbours_merge_into_a_child_of_both(cloud: Cloud) -> None:
    cloud.create(shards=3)
    cloud("MergeShards", StreamName="orders", ShardToMerge="0", AdjacentShardToMerge="1")
    child = cloud.shards()[-1]
    assert (child["ParentShardId"], child["AdjacentParentShardId"]) == (
        "shardId-000000000000",
        "shardId-000000000001",
    )
    assert len(spans(cloud)) == 2
    assert cloud.changes[-2:] == [
        (cloud.arn("orders"), "shardId-000000000000"),
        (cloud.arn("orders"), "shardId-000000000001"),
    ]


def test_shards_that_cannot_be_split_or_merged_are_refused(cloud: Cloud) -> None:
    cloud.create(shards=3)
    for first, second in (("0", "2"), ("1", "0"), ("1", "1")):
        with pytest.raises(
            InvalidArgument, match=r"are not an adjacent pair of shards eligible for merging$"
        ):
            cloud("MergeShards", StreamName="orders", ShardToMerge=first, AdjacentShardToMerge=second)
    with pytest.raises(
        InvalidArgument, match="is not both greater than one plus the shard's StartingHashKey 0"
    ):
        split(cloud, "0", 1)
    with pytest.raises(NotFound, match=r"^Could not find shard shardId-000000000009 in stream orders under"):
        split(cloud, "9", 5)
    split(cloud, "0", 1000)
    with pytest.raises(InvalidArgument, match="has already been merged or split"):
        split(cloud, "0", 1000)
    cloud("CreateStream", StreamName="free", StreamModeDetails={"StreamMode": "ON_DEMAND"})
    with pytest.raises(Validation, match="is in On-Demand mode"):
        cloud("SplitShard", StreamName="free", ShardToSplit="0", NewStartingHashKey="5")


def test_scaling_leaves_shards_of_the_same_size(cloud: Cloud) -> None:
    cloud.create(shards=2)
    for count in (3, 6, 4, 2, 1):
        answer = cloud(
            "UpdateShardCount", StreamName="orders", TargetShardCount=count, ScalingType="UNIFORM_SCALING"
        )
        assert answer["TargetShardCount"] == count
        assert spans(cloud) == [
            (HASHES // count * n, (HASHES // count * (n + 1) if n < count - 1 else HASHES) - 1)
            for n in range(count)
        ]


def test_scaling_has_its_limits(cloud: Cloud) -> None:
    cloud.create(shards=4)

    def scale(count: int) -> None:
        cloud("UpdateShardCount", StreamName="orders", TargetShardCount=count, ScalingType="UNIFORM_SCALING")

    with pytest.raises(InvalidArgument, match=r"Current open shard count: 4 Target shard count: 9$"):
        scale(9)
    with pytest.raises(InvalidArgument, match="below half your current open shard count"):
        scale(1)
    for turn in range(10):
        scale(5 - turn % 2)
    with pytest.raises(LimitExceeded):
        scale(6)
    cloud.seconds += 86_401
    scale(6)


def test_a_stream_on_demand_grows_where_records_are_refused(cloud: Cloud) -> None:
    cloud("CreateStream", StreamName="orders", StreamModeDetails={"StreamMode": "ON_DEMAND"})
    records = [{"PartitionKey": str(number), "Data": b"x"} for number in range(500)]

    def failures() -> int:
        return sum(
            cloud("PutRecords", StreamName="orders", Records=records)["FailedRecordCount"] for _ in range(12)
        )

    assert failures() > 0
    assert len(spans(cloud)) > 4
    cloud.seconds += 60
    assert failures() == 0


def test_a_stream_on_demand_is_not_divided_for_a_single_key(cloud: Cloud) -> None:
    cloud("CreateStream", StreamName="orders", StreamModeDetails={"StreamMode": "ON_DEMAND"})
    records = [{"PartitionKey": "hot", "Data": b"x"}] * 500
    for _ in range(5):
        cloud("PutRecords", StreamName="orders", Records=records)
    assert len(spans(cloud)) == 4


def follow(cloud: Cloud, read: dict[str, list[int]], iterators: dict[str, str | None]) -> None:
    """Read each shard that is open to a reader to its end; a child once its parents are read."""
    while True:
        for shard in cloud.shards():
            name = shard["ShardId"]
            parents = [shard[key] for key in ("ParentShardId", "AdjacentParentShardId") if key in shard]
            if name not in iterators and all(iterators.get(parent, "") is None for parent in parents):
                iterators[name] = cloud.iterator(shard=name)
        progress = False
        for name, iterator in list(iterators.items()):
            place = iterator
            while place is not None:
                answer = cloud.get(place)
                place = answer.get("NextShardIterator")
                progress = progress or bool(answer["Records"]) or place is None
                for record in answer["Records"]:
                    read[record["PartitionKey"]].append(int(record["Data"]))
                if not answer["Records"]:
                    break
            iterators[name] = place
        if not progress:
            return


@contextmanager
def quick_turns() -> Iterator[None]:
    """Have threads take turns in the middle of what they do."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def test_writers_on_threads_lose_nothing_while_shards_split_and_merge() -> None:
    cloud = Cloud()
    cloud.service.scale.factor = None
    cloud.create(shards=2)
    written = {f"k{writer}": list(range(150)) for writer in range(4)}
    allowed, done = Semaphore(0), Semaphore(0)

    def write(key: str) -> None:
        for number in written[key]:
            assert allowed.acquire(timeout=60)
            cloud.put(key, b"%d" % number)
            done.release()

    with ThreadPoolExecutor() as pool, quick_turns():
        writers = [pool.submit(write, key) for key in written]
        for _ in range(60):
            allowed.release(10)
            shard = cloud.service.region(*PLACE).streams["orders"].open_shards[0]
            split(cloud, shard.id, shard.middle)
            low, high = cloud.service.region(*PLACE).streams["orders"].open_shards[:2]
            cloud("MergeShards", StreamName="orders", ShardToMerge=low.id, AdjacentShardToMerge=high.id)
            for _ in range(10):
                assert done.acquire(timeout=60)
        for writer in writers:
            writer.result()
    read: defaultdict[str, list[int]] = defaultdict(list)
    follow(cloud, read, {})
    assert read == written


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.integers(0, 19), st.integers(1, 5)),
        st.tuples(st.just("split"), st.integers(0, 99), st.integers(1, 99)),
        st.tuples(st.just("merge"), st.integers(0, 99), st.just(0)),
        st.tuples(st.just("scale"), st.integers(1, 9), st.just(0)),
        st.tuples(st.just("read"), st.just(0), st.just(0)),
    ),
    max_size=40,
)


@settings(max_examples=examples(100), deadline=None)
@given(STEPS)
def test_reader_loses_nothing_and_keeps_the_order_of_each_key(
    steps: list[tuple[str, int, int]],
) -> None:
    cloud = Cloud()
    cloud.service.scale.factor = None
    cloud.create(shards=2)
    written: defaultdict[str, list[int]] = defaultdict(list)
    read: defaultdict[str, list[int]] = defaultdict(list)
    iterators: dict[str, str | None] = {}
    count = 0
    for action, first, second in steps:
        stream = cloud.service.region(*PLACE).streams["orders"]
        shards = stream.open_shards
        match action:
            case "put":
                records = []
                for _ in range(second):
                    count += 1
                    records.append({"PartitionKey": f"k{first}", "Data": b"%d" % count})
                    written[f"k{first}"].append(count)
                cloud("PutRecords", StreamName="orders", Records=records)
            case "split":
                shard = shards[first % len(shards)]
                size = shard.last_hash - shard.first_hash
                split(cloud, shard.id, shard.first_hash + size * second // 100)
            case "merge" if len(shards) > 1:
                place = first % (len(shards) - 1)
                pair = {"ShardToMerge": shards[place].id, "AdjacentShardToMerge": shards[place + 1].id}
                cloud("MergeShards", StreamName="orders", **pair)
            case "scale" if len(shards) <= 2 * first and first <= 2 * len(shards):
                stream.scalings.clear()
                scaling = {"TargetShardCount": first, "ScalingType": "UNIFORM_SCALING"}
                cloud("UpdateShardCount", StreamName="orders", **scaling)
            case "read":
                cloud.seconds += 0.25
                follow(cloud, read, iterators)
        ranges = spans(cloud)
        assert ranges[0][0] == 0 and ranges[-1][1] == HASHES - 1
        assert all(before[1] + 1 == after[0] for before, after in itertools.pairwise(ranges))
    follow(cloud, read, iterators)
    assert read == written
