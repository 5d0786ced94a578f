"""Streams as templates declare them: the operations that bring one about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from localcloud.streams.kinesis.errors import Validation
from localcloud.streams.kinesis.stream import PROVISIONED

Properties = Mapping[str, Any]
Call = tuple[str, dict[str, Any]]


def mode_of(props: Properties) -> str:
    """Return the mode of a stream's capacity.

    Examples
    --------
    >>> mode_of({}), mode_of({"StreamModeDetails": {"StreamMode": "ON_DEMAND"}})
    ('PROVISIONED', 'ON_DEMAND')
    """
    return str((props.get("StreamModeDetails") or {}).get("StreamMode") or PROVISIONED)


def creation(name: str, props: Properties) -> dict[str, Any]:
    """Return the request for CreateStream; CloudFormation gives a provisioned stream one shard by default.

    Raises
    ------
    Validation
        A number is none.

    Examples
    --------
    >>> creation("orders", {"ShardCount": "2"})
    {'StreamName': 'orders', 'StreamModeDetails': {'StreamMode': 'PROVISIONED'}, 'ShardCount': 2}
    """
    mode = mode_of(props)
    request: dict[str, Any] = {"StreamName": name, "StreamModeDetails": {"StreamMode": mode}}
    if mode == PROVISIONED or props.get("ShardCount") is not None:
        request["ShardCount"] = whole(props, "ShardCount", 1)
    for size in ("MaxRecordSizeInKiB", "WarmThroughputMiBps"):
        if props.get(size) is not None:
            request[size] = whole(props, size)
    tags = {str(tag["Key"]): str(tag["Value"]) for tag in props.get("Tags") or ()}
    if tags:
        request["Tags"] = tags
    return request


def settling(name: str, old: Properties, new: Properties) -> Iterator[Call]:
    """Yield what brings retention, encryption and monitoring from one template to the next.

    Raises
    ------
    Validation
        A number is none.
    """
    stream = {"StreamName": name}
    hours, before = whole(new, "RetentionPeriodHours", 24), whole(old, "RetentionPeriodHours", 24)
    if hours != before:
        verb = "Increase" if hours > before else "Decrease"
        yield f"{verb}StreamRetentionPeriod", {**stream, "RetentionPeriodHours": hours}
    encryption, encrypted = new.get("StreamEncryption"), old.get("StreamEncryption")
    if encryption != encrypted:
        verb = "Start" if encryption else "Stop"
        yield f"{verb}StreamEncryption", {**stream, **(encryption or encrypted or {})}
    metrics, measured = new.get("DesiredShardLevelMetrics") or [], old.get("DesiredShardLevelMetrics") or []
    if set(metrics) != set(measured):
        if measured:
            yield "DisableEnhancedMonitoring", {**stream, "ShardLevelMetrics": measured}
        if metrics:
            yield "EnableEnhancedMonitoring", {**stream, "ShardLevelMetrics": metrics}


def whole(props: Properties, name: str, default: int | None = None) -> int:
    """Return a number, which a template may hold as a text.

    Raises
    ------
    Validation
        It is none.
    """
    value = props.get(name)
    try:
        return int(default if value is None and default is not None else value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise Validation(f"{name}: {value!r} is not a whole number") from None
