"""Streams: created, deleted, described, listed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from localcloud.streams.kinesis.errors import InUse, InvalidArgument, LimitExceeded
from localcloud.streams.kinesis.operations.tagging import checked_tags
from localcloud.streams.kinesis.protocol import Moment
from localcloud.streams.kinesis.region import Region
from localcloud.streams.kinesis.stream import ON_DEMAND, ON_DEMAND_SHARDS, PROVISIONED, DataStream, Settings

Request = Mapping[str, Any]
OperationResult = dict[str, Any]
SHARD_LIMIT: Final = 20_000
ON_DEMAND_LIMIT: Final = 50
DESCRIBED: Final = 100


def create_stream(region: Region, request: Request) -> OperationResult:
    """Create a stream: it is there, and active, at once."""
    name = request["StreamName"]
    if name in region.streams:
        raise InUse(f"Stream {name} under account {region.account} already exists.")
    mode = (request.get("StreamModeDetails") or {}).get("StreamMode", PROVISIONED)
    count = _shard_count(request, mode)
    check_shard_limit(region, count)
    settings = Settings(mode=mode, tags=checked_tags(request.get("Tags") or {}, {}, name, region.account))
    settings.max_record_kib = request.get("MaxRecordSizeInKiB") or settings.max_record_kib
    settings.distribution = request.get("RecordDistributionStrategy") or settings.distribution
    check_distribution(settings)
    if request.get("WarmThroughputMiBps") is not None:
        settings.warm_mibps = request["WarmThroughputMiBps"]
        check_warm_throughput(region, settings)
    stream = region.add(name, region.now, settings)
    stream.open_uniformly(count)
    region.ports.keeping.stream(stream)
    return {}


def _shard_count(request: Request, mode: str) -> int:
    count = request.get("ShardCount")
    if mode == ON_DEMAND:
        if count is not None:
            raise InvalidArgument("ShardCount must not be specified for a stream in ON_DEMAND mode.")
        return ON_DEMAND_SHARDS
    if count is None:
        raise InvalidArgument("ShardCount must be specified for a stream in PROVISIONED mode.")
    return int(count)


def check_distribution(settings: Settings) -> None:
    """Refuse records without keys where shards are counted.

    Raises
    ------
    InvalidArgument
    """
    if settings.distribution == "AUTO" and settings.mode != ON_DEMAND:
        raise InvalidArgument(
            "RecordDistributionStrategy AUTO is only supported for streams in ON_DEMAND mode."
        )


def check_warm_throughput(region: Region, settings: Settings) -> None:
    """Refuse warm throughput where AWS gives none.

    Raises
    ------
    InvalidArgument
    """
    if settings.mode != ON_DEMAND:
        raise InvalidArgument("Warm throughput is only supported for streams in ON_DEMAND mode.")
    if region.commitment != "ENABLED":
        raise InvalidArgument(
            "Warm throughput is only supported for accounts with MinimumThroughputBillingCommitment enabled."
        )


def check_shard_limit(region: Region, more: int) -> None:
    """Refuse more shards than an account may have.

    Raises
    ------
    LimitExceeded
    """
    count = sum(len(stream.open_shards) for stream in region.streams.values())
    if count + more > SHARD_LIMIT:
        raise LimitExceeded(
            f"This request would exceed the shard limit for the account {region.account} in {region.name}. "
            f"Current shard count for the account: {count}. Limit: {SHARD_LIMIT}. Number of additional "
            f"shards that would have resulted from this request: {more}. Refer to the AWS Service Limits "
            "page (http://docs.aws.amazon.com/general/latest/gr/aws_service_limits.html) for current limits "
            "and how to request higher limits."
        )


def delete_stream(region: Region, request: Request) -> OperationResult:
    """Delete a stream, with its consumers where that is asked for."""
    stream = region.stream(request)
    if stream.consumers and not request.get("EnforceConsumerDeletion"):
        place = f"{region.account}:{stream.name}"
        raise InUse(
            f"DeleteStream can't delete {place} because there are consumers associated with this data "
            f"stream. To delete {stream.name} anyway, set the EnforceConsumerDeletion parameter to true to "
            "force the deletion of all the consumers that are associated with it."
        )
    del region.streams[stream.name]
    stream.consumers.clear()
    region.ports.keeping.deleted(stream)
    for shard in stream.shards.values():
        shard.notify()
        region.ports.changed(stream.arn, shard.id)
    return {}


def describe_stream(region: Region, request: Request) -> OperationResult:
    """Describe a stream with its shards."""
    stream = region.stream(request)
    after = request.get("ExclusiveStartShardId") or ""
    shards = [shard for shard in stream.listed_shards if shard.id > after]
    limit = min(request.get("Limit") or DESCRIBED, DESCRIBED)
    described = {
        **described_in_common(stream),
        "Shards": [shard.described() for shard in shards[:limit]],
        "HasMoreShards": len(shards) > limit,
    }
    return {"StreamDescription": described}


def described_in_common(stream: DataStream) -> OperationResult:
    """Return what both descriptions of a stream hold."""
    settings = stream.settings
    return {
        "StreamName": stream.name,
        "StreamARN": stream.arn,
        "StreamStatus": "ACTIVE",
        "StreamModeDetails": {"StreamMode": settings.mode},
        "RetentionPeriodHours": settings.retention_hours,
        "StreamCreationTimestamp": Moment(stream.created // 1000),
        "EnhancedMonitoring": [{"ShardLevelMetrics": list(settings.metrics)}],
        "EncryptionType": "KMS" if settings.key_id else "NONE",
        **({"KeyId": settings.key_id} if settings.key_id else {}),
    }


def describe_stream_summary(region: Region, request: Request) -> OperationResult:
    """Describe a stream without its shards."""
    stream = region.stream(request)
    settings = stream.settings
    summary = {
        **described_in_common(stream),
        "OpenShardCount": len(stream.open_shards),
        "ConsumerCount": len(stream.consumers),
        "MaxRecordSizeInKiB": settings.max_record_kib,
        "RecordDistributionStrategy": settings.distribution,
        "ChannelCount": 0,
        "QueueCount": 0,
    }
    if settings.warm_mibps is not None:
        summary["WarmThroughput"] = {"TargetMiBps": settings.warm_mibps, "CurrentMiBps": settings.warm_mibps}
    return {"StreamDescriptionSummary": summary}


def list_streams(region: Region, request: Request) -> OperationResult:
    """List streams by their names, a page at a time."""
    from localcloud.streams.kinesis.iterators import read_token, write_token  # noqa: PLC0415 - few ask twice

    after = request.get("ExclusiveStartStreamName") or ""
    if request.get("NextToken"):
        after = read_token("streams", request["NextToken"], now=region.now)["after"]
    names = sorted(name for name in region.streams if name > after)
    page = names[: request.get("Limit") or DESCRIBED]
    answer: OperationResult = {
        "StreamNames": page,
        "HasMoreStreams": len(names) > len(page),
        "StreamSummaries": [_summary(region.streams[name]) for name in page],
    }
    if len(names) > len(page):
        answer["NextToken"] = write_token("streams", {"after": page[-1]}, now=region.now)
    return answer


def _summary(stream: DataStream) -> OperationResult:
    described = described_in_common(stream)
    names = ("StreamName", "StreamARN", "StreamStatus", "StreamModeDetails", "StreamCreationTimestamp")
    return {name: described[name] for name in names}


def describe_limits(region: Region, _request: Request) -> OperationResult:
    """Describe the account's limits, and what of them is used."""
    streams = region.streams.values()
    return {
        "ShardLimit": SHARD_LIMIT,
        "OpenShardCount": sum(len(stream.open_shards) for stream in streams),
        "OnDemandStreamCount": sum(stream.settings.mode == ON_DEMAND for stream in streams),
        "OnDemandStreamCountLimit": ON_DEMAND_LIMIT,
    }


def describe_account_settings(region: Region, _request: Request) -> OperationResult:
    """Describe the account's commitment."""
    return {"MinimumThroughputBillingCommitment": {"Status": region.commitment}}


def update_account_settings(region: Region, request: Request) -> OperationResult:
    """Change the account's commitment."""
    region.commitment = request["MinimumThroughputBillingCommitment"]["Status"]
    return describe_account_settings(region, request)
