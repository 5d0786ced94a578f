"""What a reader gets from a place in a shard on."""

from __future__ import annotations

from typing import Any

from localcloud.streams.kinesis.log import Record
from localcloud.streams.kinesis.protocol import Moment
from localcloud.streams.kinesis.region import Region
from localcloud.streams.kinesis.shard import Shard
from localcloud.streams.kinesis.stream import DataStream

OperationResult = dict[str, Any]


def take(
    stream: DataStream, shard: Shard, position: int, *, limit: int, most: int
) -> tuple[list[Record], int]:
    """Return records from an index on, at most so many and not many more bytes, and their bytes."""
    records: list[Record] = []
    size = 0
    for record in stream.read(shard, position):
        if len(records) >= limit or (records and size + record.size > most):
            break
        records.append(record)
        size += record.size
    return records, size


def behind_latest(region: Region, stream: DataStream, shard: Shard, position: int) -> int:
    """Return how many milliseconds a reader is behind who has read up to an index."""
    arrival = shard.log.arrival_at(position, since=stream.horizon())
    return 0 if arrival is None else max(0, region.now - arrival)


def written(stream: DataStream, shard: Shard, record: Record) -> OperationResult:
    """Return a record as readers see it."""
    answer: OperationResult = {
        "SequenceNumber": shard.sequence(record.place, record.arrival),
        "ApproximateArrivalTimestamp": Moment(record.arrival / 1000),
        "Data": record.data,
        "PartitionKey": record.key,
    }
    if stream.settings.key_id:
        answer["EncryptionType"] = "KMS"
    return answer
