"""SplitShard, MergeShards, UpdateShardCount: done at once, for streams whose shards are counted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from localcloud.streams.kinesis.errors import InvalidArgument, LimitExceeded, Validation
from localcloud.streams.kinesis.operations.putting import resharded
from localcloud.streams.kinesis.operations.streams import check_shard_limit
from localcloud.streams.kinesis.region import Region
from localcloud.streams.kinesis.resharding import are_adjacent, merge, scale, split
from localcloud.streams.kinesis.shard import Shard
from localcloud.streams.kinesis.stream import ON_DEMAND, DataStream

Request = Mapping[str, Any]
OperationResult = dict[str, Any]
DAY_SECONDS: Final = 86_400
SCALINGS_A_DAY: Final = 10
MOST_SHARDS: Final = 10_000


def split_shard(region: Region, request: Request) -> OperationResult:
    """Divide a shard in two."""
    stream = region.stream(request)
    shard = region.shard(stream, request["ShardToSplit"])
    _check_provisioned(region, stream)
    _check_open(region, stream, shard)
    check_shard_limit(region, 1)
    first = int(request["NewStartingHashKey"])
    if not shard.first_hash + 1 < first < shard.last_hash:
        raise InvalidArgument(
            f"NewStartingHashKey {first} used in SplitShard() on shard {shard.id} in stream {stream.name} "
            f"under account {region.account} is not both greater than one plus the shard's StartingHashKey "
            f"{shard.first_hash} and less than the shard's EndingHashKey {shard.last_hash}."
        )
    resharded(region, stream, split(stream, shard, first))
    return {}


def merge_shards(region: Region, request: Request) -> OperationResult:
    """Join two neighbours."""
    stream = region.stream(request)
    first = region.shard(stream, request["ShardToMerge"])
    second = region.shard(stream, request["AdjacentShardToMerge"])
    _check_provisioned(region, stream)
    if not are_adjacent(first, second):
        raise InvalidArgument(
            f"Shards {first.id} and {second.id} in stream {stream.name} under account {region.account} are "
            "not an adjacent pair of shards eligible for merging"
        )
    for shard in (first, second):
        _check_open(region, stream, shard)
    resharded(region, stream, merge(stream, first, second))
    return {}


def update_shard_count(region: Region, request: Request) -> OperationResult:
    """Split and merge until there are so many shards of the same size."""
    stream, target = region.stream(request), request["TargetShardCount"]
    _check_provisioned(region, stream)
    current = len(stream.open_shards)
    counts = f"Current open shard count: {current} Target shard count: {target}"
    if target > 2 * current:
        raise InvalidArgument(
            f"UpdateShardCount cannot scale up over double your current open shard count. {counts}"
        )
    if 2 * target < current:
        raise InvalidArgument(
            f"UpdateShardCount cannot scale down below half your current open shard count. {counts}"
        )
    if target > MOST_SHARDS:
        raise InvalidArgument(f"UpdateShardCount cannot scale over {MOST_SHARDS} shards. {counts}")
    check_shard_limit(region, max(0, target - current))
    now = region.clocks.wall()
    stream.scalings = [moment for moment in stream.scalings if moment > now - DAY_SECONDS]
    if len(stream.scalings) >= SCALINGS_A_DAY:
        raise LimitExceeded(
            f"You have exceeded the {SCALINGS_A_DAY} times per rolling 24 hour period per stream limit of "
            f"UpdateShardCount for stream {stream.name} under account {region.account}."
        )
    if target != current:
        stream.scalings.append(now)
        resharded(region, stream, scale(stream, target))
    return {
        "StreamName": stream.name,
        "CurrentShardCount": current,
        "TargetShardCount": target,
        "StreamARN": stream.arn,
    }


def _check_provisioned(region: Region, stream: DataStream) -> None:
    if stream.settings.mode == ON_DEMAND:
        raise Validation(
            f"Request is invalid. Stream {stream.name} under account {region.account} is in On-Demand mode."
        )


def _check_open(region: Region, stream: DataStream, shard: Shard) -> None:
    if not shard.open:
        raise InvalidArgument(
            f"Shard {shard.id} in stream {stream.name} under account {region.account} has already been "
            "merged or split, and thus is not eligible for merging or splitting."
        )
