"""GetShardIterator and GetRecords."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from localcloud.streams.kinesis.errors import DryRun, InvalidArgument, NotFound, ThroughputExceeded
from localcloud.streams.kinesis.iterators import ShardIterator, read_iterator, write_iterator
from localcloud.streams.kinesis.limits import MOST_OUT, MOST_RECORDS_OUT, UNCOUNTED
from localcloud.streams.kinesis.measures import measure_get, measure_throttled_get
from localcloud.streams.kinesis.operations.putting import DRY_RUN, rate_exceeded
from localcloud.streams.kinesis.positions import position_of
from localcloud.streams.kinesis.reads import behind_latest, take, written
from localcloud.streams.kinesis.region import Region
from localcloud.streams.kinesis.shard import Shard, shard_id
from localcloud.streams.kinesis.stream import DataStream

Request = Mapping[str, Any]
OperationResult = dict[str, Any]


def get_shard_iterator(region: Region, request: Request) -> OperationResult:
    """Return an iterator that begins where the request says."""
    stream = region.stream(request)
    shard = region.shard(stream, request["ShardId"], by_reader=True)
    position = position_of(
        region,
        (stream, shard),
        request["ShardIteratorType"],
        request.get("StartingSequenceNumber"),
        request.get("Timestamp"),
    )
    if request.get("DryRun"):
        raise DryRun(DRY_RUN)
    if not (request.get(UNCOUNTED) or shard.reading.admit_iterator()):
        raise ThroughputExceeded(rate_exceeded(region, stream, shard))
    iterator = ShardIterator(stream.name, region.now, stream.created, shard.number, position)
    return {"ShardIterator": write_iterator(iterator)}


def get_records(region: Region, request: Request) -> OperationResult:
    """Return records from an iterator on, and the iterator that goes on behind them."""
    started = time.perf_counter()
    iterator = read_iterator(request["ShardIterator"], now=region.now)
    stream, shard = _place(region, iterator)
    if request.get("StreamARN") not in {None, stream.arn}:
        raise InvalidArgument("StreamARN names another stream than ShardIterator.")
    if request.get("DryRun"):
        raise DryRun(DRY_RUN)
    if not request.get(UNCOUNTED) and not shard.reading.admit():
        measure_throttled_get(region.ports.measures, stream, shard)
        raise ThroughputExceeded(rate_exceeded(region, stream, shard))
    limit = request.get("Limit") or MOST_RECORDS_OUT
    records, size = take(stream, shard, iterator.position, limit=limit, most=MOST_OUT)
    if not request.get(UNCOUNTED):
        shard.reading.count(size)
    position = records[-1].place + 1 if records else max(iterator.position, shard.log.first)
    behind = behind_latest(region, stream, shard, position)
    answer: OperationResult = {
        "Records": [written(stream, shard, record) for record in records],
        "MillisBehindLatest": behind,
    }
    if shard.open or position < shard.log.next or records:
        following = iterator._replace(issued=region.now, position=position)
        answer["NextShardIterator"] = write_iterator(following)
    else:
        answer["ChildShards"] = [child.described_as_child() for child in stream.children(shard)]
    age = region.now - records[-1].arrival if records else 0
    duration = (time.perf_counter() - started) * 1000
    measure_get(region.ports.measures, stream, shard, (size, len(records), age, duration))
    return answer


def _place(region: Region, iterator: ShardIterator) -> tuple[DataStream, Shard]:
    stream = region.streams.get(iterator.stream)
    shard = stream.shards.get(iterator.shard) if stream is not None else None
    if stream is None or shard is None or stream.created != iterator.created:
        raise NotFound(
            f"Shard {shard_id(iterator.shard)} in stream {iterator.stream} under account {region.account} "
            "does not exist"
        )
    return stream, shard
