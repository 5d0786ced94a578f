"""What members of a request may be.

The form is the model's: https://github.com/boto/botocore, ``data/kinesis/2013-12-02``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

Kind = type[str] | type[int] | type[float] | type[bytes] | type[bool] | type[list] | type[dict]  # type: ignore[type-arg]
_NAME: Final = "[a-zA-Z0-9_.-]+"
_SEQUENCE: Final = r"0|([1-9]\d{0,128})"
_HASH: Final = r"0|([1-9]\d{0,38})"


@dataclass(frozen=True)
class Member:
    """What a member may be.

    Attributes
    ----------
    kind
        A Python type: ``float`` is a moment in seconds since 1970, ``dict`` a map or a structure.
    low, high
        Of a number its least and greatest value, of anything else its least and greatest length.
    inside
        The members of a structure, or of a list's structures.
    each, names
        The least and greatest length of each text in a list or a map, and of the names in a map.
    """

    kind: Kind = str
    low: int | None = None
    high: int | None = None
    pattern: str = ""
    choices: tuple[str, ...] = ()
    inside: Mapping[str, Member] | None = None
    each: tuple[int, int] | None = None
    names: tuple[int, int] | None = None
    required: tuple[str, ...] = ()


_STREAM_ARN: Final = Member(str, 1, 2048, r"arn:aws.*:kinesis:.*:\d{12}:stream/\S+")
_CONSUMER_ARN: Final = Member(
    str,
    1,
    2048,
    r"^(arn):aws.*:kinesis:.*:\d{12}:.*stream\/[a-zA-Z0-9_.-]+\/consumer\/[a-zA-Z0-9_.-]+:[0-9]+",
)
_NAMED: Final = Member(str, 1, 128, _NAME)
_POSITION_TYPE: Final = Member(
    choices=("AFTER_SEQUENCE_NUMBER", "LATEST", "AT_TIMESTAMP", "AT_SEQUENCE_NUMBER", "TRIM_HORIZON")
)
MOST_DATA: Final = 10 * 1024 * 1024
_DATA: Final = Member(bytes, 0, MOST_DATA)
_ENTRY: Final = {
    "PartitionKey": Member(str, 1, 256),
    "ExplicitHashKey": Member(pattern=_HASH),
    "Data": _DATA,
}
# A member has the same form wherever it is, but for those in `OWN`.
MEMBERS: Final[Mapping[str, Member]] = {
    **dict.fromkeys(
        (
            *("StreamName", "ShardId", "ShardToSplit", "ShardToMerge", "AdjacentShardToMerge"),
            *("ExclusiveStartShardId", "ExclusiveStartStreamName", "ConsumerName"),
        ),
        _NAMED,
    ),
    "StreamARN": _STREAM_ARN,
    "ConsumerARN": _CONSUMER_ARN,
    "ResourceARN": Member(str, 1, 2048, r"arn:aws.*:kinesis:.*:\d{12}:.*(stream|channel|queue)/\S+"),
    "StreamId": Member(str, 1, 24, "[a-z0-9]{20}-[a-z0-9]{3}"),
    "NextToken": Member(str, 1, 1048576),
    "ShardIterator": Member(str, 1, 512),
    **_ENTRY,
    "NewStartingHashKey": Member(pattern=_HASH),
    "SequenceNumberForOrdering": Member(pattern=_SEQUENCE),
    "StartingSequenceNumber": Member(pattern=_SEQUENCE),
    "SequenceNumber": Member(pattern=_SEQUENCE),
    "ShardIteratorType": _POSITION_TYPE,
    "EncryptionType": Member(choices=("KMS", "NONE")),
    "KeyId": Member(str, 1, 2048),
    "Policy": Member(str),
    "ScalingType": Member(choices=("UNIFORM_SCALING",)),
    "RecordDistributionStrategy": Member(choices=("AUTO", "USER_PARTITION_KEY")),
    "StreamModeDetails": Member(
        dict, inside={"StreamMode": Member(choices=("PROVISIONED", "ON_DEMAND"))}, required=("StreamMode",)
    ),
    "StartingPosition": Member(
        dict,
        inside={
            "Type": _POSITION_TYPE,
            "SequenceNumber": Member(pattern=_SEQUENCE),
            "Timestamp": Member(float),
        },
        required=("Type",),
    ),
    "ShardFilter": Member(
        dict,
        inside={
            "Type": Member(
                choices=(
                    *("AFTER_SHARD_ID", "AT_TRIM_HORIZON", "FROM_TRIM_HORIZON"),
                    *("AT_LATEST", "AT_TIMESTAMP", "FROM_TIMESTAMP"),
                )
            ),
            "ShardId": _NAMED,
            "Timestamp": Member(float),
        },
        required=("Type",),
    ),
    "Records": Member(list, 1, 500, inside=_ENTRY, required=("Data",)),
    "ShardCount": Member(int, 1),
    "TargetShardCount": Member(int, 1),
    "RetentionPeriodHours": Member(int),
    "Limit": Member(int, 1, 10000),
    "MaxResults": Member(int, 1, 10000),
    "MaxRecordSizeInKiB": Member(int, 1024, 10240),
    "WarmThroughputMiBps": Member(int, 0),
    "Timestamp": Member(float),
    "StreamCreationTimestamp": Member(float),
    "Tags": Member(dict, 1, 200, each=(0, 256), names=(1, 128)),
    "TagKeys": Member(list, 1, 50, each=(1, 128)),
    "ShardLevelMetrics": Member(list, 1, 7, each=(1, 128)),
    "ExclusiveStartTagKey": Member(str, 1, 128),
    "EnforceConsumerDeletion": Member(bool),
    "DryRun": Member(bool),
    "MinimumThroughputBillingCommitment": Member(
        dict, inside={"Status": Member(choices=("ENABLED", "DISABLED"))}, required=("Status",)
    ),
}
OWN: Final[Mapping[tuple[str, str], Member]] = {("ListTagsForStream", "Limit"): Member(int, 1, 50)}
