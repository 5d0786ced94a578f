"""What can be changed of a stream: retention, mode, encryption, monitoring."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from localcloud.streams.kinesis.errors import InvalidArgument, Validation
from localcloud.streams.kinesis.operations.streams import (
    check_distribution,
    check_warm_throughput,
)
from localcloud.streams.kinesis.region import Region
from localcloud.streams.kinesis.stream import PROVISIONED, DataStream

Request = Mapping[str, Any]
OperationResult = dict[str, Any]
SHORTEST_HOURS: Final = 24
LONGEST_HOURS: Final = 8760
METRICS: Final = (
    *("IncomingBytes", "IncomingRecords", "OutgoingBytes", "OutgoingRecords"),
    *("WriteProvisionedThroughputExceeded", "ReadProvisionedThroughputExceeded", "IteratorAgeMilliseconds"),
)


def increase_retention(region: Region, request: Request) -> OperationResult:
    """Keep records longer."""
    stream, hours = _retention(region, request)
    now = stream.settings.retention_hours
    if hours < now:
        raise InvalidArgument(
            f"Requested retention period ({hours} hours) for stream {stream.name} can not be shorter than "
            f"existing retention period ({now} hours). Use DecreaseRetentionPeriod API."
        )
    return _retain(region, stream, hours)


def decrease_retention(region: Region, request: Request) -> OperationResult:
    """Keep records for a shorter time: what is older than that is gone."""
    stream, hours = _retention(region, request)
    now = stream.settings.retention_hours
    if hours > now:
        raise InvalidArgument(
            f"Requested retention period ({hours} hours) for stream {stream.name} can not be longer than "
            f"existing retention period ({now} hours). Use IncreaseRetentionPeriod API."
        )
    return _retain(region, stream, hours)


def _retention(region: Region, request: Request) -> tuple[DataStream, int]:
    stream, hours = region.stream(request), request["RetentionPeriodHours"]
    if hours < SHORTEST_HOURS:
        raise InvalidArgument(
            f"Minimum allowed retention period is {SHORTEST_HOURS} hours. Requested retention period "
            f"({hours} hours) is too short."
        )
    if hours > LONGEST_HOURS:
        raise InvalidArgument(
            f"Maximum allowed retention period is {LONGEST_HOURS} hours. Requested retention period "
            f"({hours} hours) is too long."
        )
    return stream, hours


def _retain(region: Region, stream: DataStream, hours: int) -> OperationResult:
    stream.settings.retention_hours = hours
    trim(region, stream)
    return _retention_answer(region, stream)


def trim(region: Region, stream: DataStream) -> None:
    """Drop what is too old."""
    segments, removed = stream.trim()
    for shard, dropped in segments:
        region.ports.keeping.trimmed(stream, shard, dropped)
    if removed:
        region.ports.keeping.forget_shards(stream, removed)
        region.ports.keeping.stream(stream)


def update_stream_mode(region: Region, request: Request) -> OperationResult:
    """Go from shards that are counted to shards on demand, or back."""
    stream = region.stream(request)
    stream.settings.mode = request["StreamModeDetails"]["StreamMode"]
    if stream.settings.mode == PROVISIONED:
        stream.settings.warm_mibps, stream.settings.distribution = None, "USER_PARTITION_KEY"
    return _retention_answer(region, stream)


def update_max_record_size(region: Region, request: Request) -> OperationResult:
    """Take larger records, or only smaller ones from now on."""
    stream = region.stream(request)
    stream.settings.max_record_kib = request["MaxRecordSizeInKiB"]
    return _retention_answer(region, stream)


def update_distribution(region: Region, request: Request) -> OperationResult:
    """Heed partition keys, or do not."""
    stream = region.stream(request)
    before = stream.settings.distribution
    stream.settings.distribution = request["RecordDistributionStrategy"]
    try:
        check_distribution(stream.settings)
    except InvalidArgument:
        stream.settings.distribution = before
        raise
    return _retention_answer(region, stream)


def update_warm_throughput(region: Region, request: Request) -> OperationResult:
    """Note what throughput a stream on demand should be ready for."""
    stream = region.stream(request)
    check_warm_throughput(region, stream.settings)
    stream.settings.warm_mibps = request["WarmThroughputMiBps"]
    warm = {"TargetMiBps": stream.settings.warm_mibps, "CurrentMiBps": stream.settings.warm_mibps}
    _retention_answer(region, stream)
    return {"StreamARN": stream.arn, "StreamName": stream.name, "WarmThroughput": warm}


def start_encryption(region: Region, request: Request) -> OperationResult:
    """Note the key that records are encrypted with; here they are kept as they are."""
    stream = region.stream(request)
    if request["EncryptionType"] != "KMS":
        raise InvalidArgument("EncryptionType must be KMS.")
    stream.settings.key_id = request["KeyId"]
    return _retention_answer(region, stream)


def stop_encryption(region: Region, request: Request) -> OperationResult:
    """Forget the key."""
    stream = region.stream(request)
    if request["EncryptionType"] != "KMS":
        raise InvalidArgument("EncryptionType must be KMS.")
    stream.settings.key_id = ""
    return _retention_answer(region, stream)


def enable_monitoring(region: Region, request: Request) -> OperationResult:
    """Measure shards as well."""
    stream = region.stream(request)
    requested = _metrics(request)
    return _monitored(region, stream, [*stream.settings.metrics, *requested])


def disable_monitoring(region: Region, request: Request) -> OperationResult:
    """Measure shards no more."""
    stream = region.stream(request)
    unwanted = _metrics(request)
    return _monitored(region, stream, [name for name in stream.settings.metrics if name not in unwanted])


def _metrics(request: Request) -> list[str]:
    names = list(request["ShardLevelMetrics"])
    for name in names:
        if name not in {*METRICS, "ALL"}:
            listed = ", ".join((*METRICS, "ALL"))
            raise Validation(
                f"1 validation error detected: Value '{names}' at 'shardLevelMetrics' failed to "
                "satisfy constraint: Member must satisfy constraint: "
                f"[Member must satisfy enum value set: [{listed}]]"
            )
    return list(METRICS) if "ALL" in names else names


def _monitored(region: Region, stream: DataStream, names: list[str]) -> OperationResult:
    before = stream.settings.metrics
    stream.settings.metrics = [name for name in METRICS if name in names]
    _retention_answer(region, stream)
    return {
        "StreamName": stream.name,
        "CurrentShardLevelMetrics": before,
        "DesiredShardLevelMetrics": list(stream.settings.metrics),
        "StreamARN": stream.arn,
    }


def _retention_answer(region: Region, stream: DataStream) -> OperationResult:
    region.ports.keeping.stream(stream)
    return {}
