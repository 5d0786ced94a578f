"""What CloudWatch shows of streams and, with enhanced monitoring, of shards.

Source: https://docs.aws.amazon.com/streams/latest/dev/monitoring-with-cloudwatch.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from localcloud.streams.kinesis.interfaces import MetricSink
    from localcloud.streams.kinesis.shard import Shard
    from localcloud.streams.kinesis.stream import DataStream

NAMESPACE: Final = "AWS/Kinesis"
_BYTES, _COUNT, _MILLISECONDS = "Bytes", "Count", "Milliseconds"
_INCOMING: Final = (("IncomingBytes", _BYTES), ("IncomingRecords", _COUNT))
_EXCEEDED: Final = ("WriteProvisionedThroughputExceeded", _COUNT)
_PUT: Final = (
    *(("PutRecord.Bytes", _BYTES), ("PutRecord.Success", _COUNT), ("PutRecord.Latency", _MILLISECONDS)),
    *(_EXCEEDED, *_INCOMING),
)
_PUTS: Final = (
    *(("PutRecords.Bytes", _BYTES), ("PutRecords.Records", _COUNT), ("PutRecords.Success", _COUNT)),
    ("PutRecords.Latency", _MILLISECONDS),
    *(("PutRecords.TotalRecords", _COUNT), ("PutRecords.SuccessfulRecords", _COUNT)),
    *(("PutRecords.FailedRecords", _COUNT), ("PutRecords.ThrottledRecords", _COUNT)),
    *(_EXCEEDED, *_INCOMING),
)
_GET: Final = (
    *(("GetRecords.Bytes", _BYTES), ("GetRecords.Records", _COUNT), ("GetRecords.Success", _COUNT)),
    *(("GetRecords.IteratorAgeMilliseconds", _MILLISECONDS), ("GetRecords.Latency", _MILLISECONDS)),
    ("ReadProvisionedThroughputExceeded", _COUNT),
)
_GET_REFUSED: Final = (("GetRecords.Success", _COUNT), ("ReadProvisionedThroughputExceeded", _COUNT))
_SUBSCRIBE: Final = (("SubscribeToShard.Success", _COUNT), ("SubscribeToShard.RateExceeded", _COUNT))
_EVENT: Final = (
    *(("SubscribeToShardEvent.Bytes", _BYTES), ("SubscribeToShardEvent.Records", _COUNT)),
    *(("SubscribeToShardEvent.Success", _COUNT), ("SubscribeToShardEvent.MillisBehindLatest", _MILLISECONDS)),
)


def measure_put(
    measures: MetricSink, stream: DataStream, shard: Shard, put: tuple[int, float], *, throttled: bool
) -> None:
    """Measure a record that was put, or not: its bytes, and what that took, in milliseconds."""
    size, duration = put
    incoming = (0.0, 0.0) if throttled else (float(size), 1.0)
    values = (float(size), float(not throttled), duration, float(throttled), *incoming)
    measures.put_several(NAMESPACE, _of(stream), _PUT, values)
    _shard(measures, stream, shard, (*_INCOMING, _EXCEEDED), (*incoming, float(throttled)))


def measure_puts(
    measures: MetricSink,
    stream: DataStream,
    counts: Mapping[Shard, tuple[int, int]],
    refused: Sequence[Shard],
    duration: float,
) -> None:
    """Measure records that were put together.

    Parameters
    ----------
    counts
        By shard, how many records it took, and their bytes.
    refused
        The shard of each record that was not taken.
    duration
        Milliseconds.
    """
    records = float(sum(count for count, _ in counts.values()))
    size = float(sum(bytes_ for _, bytes_ in counts.values()))
    failed = float(len(refused))
    values = (
        *(size, records, float(records > 0), duration),
        *(records + failed, records, failed, failed, failed, size, records),
    )
    measures.put_several(NAMESPACE, _of(stream), _PUTS, values)
    if stream.settings.metrics:
        for shard in {*counts, *refused}:
            count, bytes_ = counts.get(shard, (0, 0))
            shares = (float(bytes_), float(count), float(refused.count(shard)))
            _shard(measures, stream, shard, (*_INCOMING, _EXCEEDED), shares)


def measure_get(
    measures: MetricSink, stream: DataStream, shard: Shard, read: tuple[int, int, int, float]
) -> None:
    """Measure a read: bytes, records, age of the last record and latency in milliseconds."""
    size, records, age, duration = read
    values = (float(size), float(records), 1.0, float(age), duration, 0.0)
    measures.put_several(NAMESPACE, _of(stream), _GET, values)
    names = (
        *(("OutgoingBytes", _BYTES), ("OutgoingRecords", _COUNT)),
        *(("IteratorAgeMilliseconds", _MILLISECONDS), _GET[5]),
    )
    _shard(measures, stream, shard, names, (float(size), float(records), float(age), 0.0))


def measure_throttled_get(measures: MetricSink, stream: DataStream, shard: Shard) -> None:
    """Measure a read that a shard refused."""
    measures.put_several(NAMESPACE, _of(stream), _GET_REFUSED, (0.0, 1.0))
    _shard(measures, stream, shard, _GET[5:], (1.0,))


def measure_subscription(measures: MetricSink, stream: DataStream, consumer: str, *, accepted: bool) -> None:
    """Measure a call of SubscribeToShard."""
    dimensions = (("ConsumerName", consumer), *_of(stream))
    measures.put_several(NAMESPACE, dimensions, _SUBSCRIBE, (float(accepted), float(not accepted)))


def measure_event(
    measures: MetricSink, stream: DataStream, consumer: str, read: tuple[int, int, int]
) -> None:
    """Measure an event of a subscription: bytes, records, milliseconds behind the latest."""
    size, records, behind = read
    dimensions = (("ConsumerName", consumer), *_of(stream))
    measures.put_several(NAMESPACE, dimensions, _EVENT, (float(size), float(records), 1.0, float(behind)))


def _of(stream: DataStream) -> tuple[tuple[str, str], ...]:
    return (("StreamName", stream.name),)


def _shard(
    measures: MetricSink,
    stream: DataStream,
    shard: Shard,
    names: tuple[tuple[str, str], ...],
    values: tuple[float, ...],
) -> None:
    """Measure a shard, as far as enhanced monitoring requires."""
    selected = stream.settings.metrics
    if not selected:
        return
    pairs = [(name, value) for name, value in zip(names, values, strict=True) if name[0] in selected]
    if pairs:
        dimensions = (("ShardId", shard.id), *_of(stream))
        enabled = tuple(name for name, _ in pairs)
        measures.put_several(NAMESPACE, dimensions, enabled, [value for _, value in pairs])
