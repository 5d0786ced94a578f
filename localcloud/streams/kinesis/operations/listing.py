"""ListShards: all shards that hold something, or those that a filter lets through."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from localcloud.streams.kinesis.errors import InvalidArgument
from localcloud.streams.kinesis.iterators import read_token, write_token
from localcloud.streams.kinesis.region import Region
from localcloud.streams.kinesis.shard import Shard
from localcloud.streams.kinesis.stream import DataStream

Request = Mapping[str, Any]
OperationResult = dict[str, Any]
MOST: Final = 1000


def list_shards(region: Region, request: Request) -> OperationResult:
    """List shards, a page at a time."""
    stream, criteria = _criteria(region, request)
    after, kind, moment = criteria["after"], criteria["type"], criteria["moment"]
    shards = [shard for shard in _of_kind(stream, kind, moment) if shard.id > after]
    page = shards[: min(request.get("MaxResults") or MOST, MOST)]
    answer: OperationResult = {"Shards": [shard.described() for shard in page]}
    if len(shards) > len(page):
        rest = {**criteria, "after": page[-1].id}
        answer["NextToken"] = write_token("shards", rest, now=region.now)
    return answer


def _criteria(region: Region, request: Request) -> tuple[DataStream, dict[str, Any]]:
    token = request.get("NextToken")
    identifier = request.get("StreamName") or request.get("StreamARN")
    if token is not None:
        if request.get("StreamName"):
            raise InvalidArgument("NextToken and StreamName cannot be provided together.")
        for name in ("StreamCreationTimestamp", "ExclusiveStartShardId", "ShardFilter"):
            if request.get(name) is not None:
                raise InvalidArgument(f"NextToken and {name} cannot be provided together.")
        criteria = read_token("shards", token, now=region.now)
        return region.stream_named(criteria["stream"]), criteria
    if not identifier:
        raise InvalidArgument("Either NextToken or StreamName should be provided.")
    stream = region.stream(request)
    created = request.get("StreamCreationTimestamp")
    if created is not None and int(created) != stream.created // 1000:
        raise InvalidArgument(f"Stream {stream.name} was not created at the StreamCreationTimestamp.")
    kind, after, moment = _filtered(request.get("ShardFilter") or {})
    after = request.get("ExclusiveStartShardId") or after
    return stream, {"stream": stream.name, "after": after, "type": kind, "moment": moment}


def _filtered(criteria: Mapping[str, Any]) -> tuple[str, str, float | None]:
    """Return a filter's type, shard and moment."""
    kind, shard, moment = criteria.get("Type", ""), criteria.get("ShardId"), criteria.get("Timestamp")
    if kind == "AFTER_SHARD_ID" and shard is None:
        raise InvalidArgument("ShardFilter of type AFTER_SHARD_ID requires a ShardId.")
    if kind in {"AT_TIMESTAMP", "FROM_TIMESTAMP"} and moment is None:
        raise InvalidArgument(f"ShardFilter of type {kind} requires a Timestamp.")
    if kind != "AFTER_SHARD_ID" and shard is not None:
        raise InvalidArgument(f"ShardFilter of type {kind} takes no ShardId.")
    return kind, shard or "", moment


def _of_kind(stream: DataStream, kind: str, moment: float | None) -> list[Shard]:
    """Return the shards that a filter lets through, by their numbers."""
    horizon = max(stream.horizon() / 1000, stream.created / 1000)
    # A stream that is younger than its retention period begins with its first shards.
    since = max(moment, horizon) if moment is not None else horizon
    shards = stream.listed_shards
    if kind == "AT_LATEST":
        return [shard for shard in shards if shard.open]
    if kind in {"AT_TRIM_HORIZON", "AT_TIMESTAMP"}:
        earliest = min(shard.opened for shard in shards)
        return list(stream.opened_by(max(since, earliest)))
    if kind == "FROM_TIMESTAMP":
        return [shard for shard in shards if shard.closed is None or shard.closed >= since]
    return shards
