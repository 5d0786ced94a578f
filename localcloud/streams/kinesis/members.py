"""What members of a request may be, and AWS's words about those that are not.

The form is the model's: https://github.com/boto/botocore, ``data/kinesis/2013-12-02``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from localcloud.streams.kinesis.errors import Serialization, Validation

Json = Mapping[str, Any]
Kind = type[str] | type[int] | type[float] | type[bytes] | type[bool] | type[list] | type[dict]  # type: ignore[type-arg]
MOST_ERRORS: Final = 10
_NAME: Final = "[a-zA-Z0-9_.-]+"
_SEQUENCE: Final = r"0|([1-9]\d{0,128})"
_HASH: Final = r"0|([1-9]\d{0,38})"
_TYPES: Final = {str: "String", int: "Integer", float: "Timestamp", bytes: "Blob", bool: "Boolean"}


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
    """

    kind: Kind = str
    low: int | None = None
    high: int | None = None
    pattern: str = ""
    choices: tuple[str, ...] = ()
    inside: Mapping[str, Member] | None = None
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
_DATA: Final = Member(bytes, 0, 10 * 1024 * 1024)
_ENTRY: Final = {
    "PartitionKey": Member(str, 1, 256),
    "ExplicitHashKey": Member(pattern=_HASH),
    "Data": _DATA,
}
# A member has the same form wherever it is, but for those in `_OWN`.
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
    "Tags": Member(dict, 1, 200),
    "TagKeys": Member(list, 1, 50),
    "ShardLevelMetrics": Member(list, 1, 7),
    "ExclusiveStartTagKey": Member(str, 1, 128),
    "EnforceConsumerDeletion": Member(bool),
    "DryRun": Member(bool),
    "MinimumThroughputBillingCommitment": Member(
        dict, inside={"Status": Member(choices=("ENABLED", "DISABLED"))}, required=("Status",)
    ),
}
_OWN: Final[Mapping[tuple[str, str], Member]] = {("ListTagsForStream", "Limit"): Member(int, 1, 50)}
_PATTERNS: Final[dict[str, Callable[[str], object]]] = {}


def check(operation: str, required: tuple[str, ...], request: Json) -> None:
    """Check the members of a request.

    Raises
    ------
    Serialization
        One has another type than it must have.
    Validation
        One is missing, or has a value that it may not have.

    Examples
    --------
    >>> check("SplitShard", ("StreamName",), {"StreamName": "orders"})
    >>> check("SplitShard", ("StreamName",), {"StreamName": "a b"})  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    localcloud.streams.kinesis.errors.Validation: 1 validation error detected: Value 'a b' at 'streamName' ...
    """
    errors: list[str] = []
    members = {
        name: _OWN.get((operation, name)) or MEMBERS.get(name)
        for name in {**request, **dict.fromkeys(required)}
    }
    _structure("", request, members, required, errors)
    if errors:
        count = len(errors[:MOST_ERRORS])
        plural = "s" if count > 1 else ""
        raise Validation(f"{count} validation error{plural} detected: {'; '.join(errors[:MOST_ERRORS])}")


def _structure(
    path: str,
    values: Json,
    members: Mapping[str, Member | None],
    required: tuple[str, ...],
    errors: list[str],
) -> None:
    for name, member in members.items():
        value = values.get(name)
        at = f"{path}{name[0].lower()}{name[1:]}"
        if value is None:
            if name in required:
                errors.append(_wrong("null", at, "Member must not be null"))
        elif member is not None:
            _value(at, value, member, errors)


def _value(at: str, value: Any, member: Member, errors: list[str]) -> None:
    _type(value, member.kind)
    numeric = member.kind is int
    size = value if numeric else len(value) if member.kind not in {float, bool} else 0
    noun = "value" if numeric else "length"
    shown = _shown(value)
    if member.choices and value not in member.choices:
        listed = ", ".join(member.choices)
        errors.append(_wrong(shown, at, f"Member must satisfy enum value set: [{listed}]"))
    if member.high is not None and size > member.high:
        errors.append(_wrong(shown, at, f"Member must have {noun} less than or equal to {member.high}"))
    if member.low is not None and size < member.low:
        errors.append(_wrong(shown, at, f"Member must have {noun} greater than or equal to {member.low}"))
    if member.pattern and not _matches(member.pattern, value):
        pattern = f"Member must satisfy regular expression pattern: {member.pattern}"
        errors.append(_wrong(shown, at, pattern))
    if member.inside is None:
        return
    if member.kind is list:
        for number, item in enumerate(value, start=1):
            _type(item, dict)
            _structure(f"{at}.{number}.member.", item, member.inside, member.required, errors)
    else:
        _structure(f"{at}.", value, member.inside, member.required, errors)


def _type(value: Any, kind: Kind) -> None:
    if kind is float:
        fits = isinstance(value, int | float) and not isinstance(value, bool)
    elif kind is int:
        fits = isinstance(value, int) and not isinstance(value, bool)
    else:
        fits = isinstance(value, kind)
    if fits:
        return
    if kind is list:
        raise Serialization("Expected list or null")
    if kind is dict:
        raise Serialization("Expected map or null")
    if isinstance(value, list):
        raise Serialization("Start of list found where not expected")
    if isinstance(value, dict):
        raise Serialization("Start of structure or map found where not expected.")
    token = "TRUE_VALUE" if value is True else "FALSE_VALUE" if value is False else "NUMBER_VALUE"
    token = "STRING_VALUE" if isinstance(value, str) else token
    raise Serialization(
        f"{token} can not be converted to {'a' if kind in {str, bytes} else 'an'} {_TYPES[kind]}"
    )


def _matches(pattern: str, value: str) -> bool:
    compiled = _PATTERNS.get(pattern)
    if compiled is None:
        compiled = _PATTERNS[pattern] = re.compile(pattern, re.ASCII).fullmatch
    return compiled(value) is not None


def _shown(value: Any) -> str:
    if isinstance(value, bytes):
        return f"'java.nio.HeapByteBuffer[pos=0 lim={len(value)} cap={len(value)}]'"
    if isinstance(value, list):
        names = ("PutRecordsRequestEntry" if isinstance(item, dict) else str(item) for item in value)
        return f"'[{', '.join(names)}]'"
    if isinstance(value, dict):
        return "'{" + ", ".join(f"{name}={item}" for name, item in value.items()) + "}'"
    return f"'{value}'"


def _wrong(shown: str, at: str, constraint: str) -> str:
    return f"Value {shown} at '{at}' failed to satisfy constraint: {constraint}"
