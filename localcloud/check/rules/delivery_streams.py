"""Delivery streams that AWS refuses or the local cloud does not serve, and tables that nothing here reads.

Both are found, and said in its words, by the very code that creates a stream and reads a table.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from localcloud.check.finding import Finding, Severity
from localcloud.check.positions import Positions
from localcloud.check.values import Values
from localcloud.stack.template import Json, properties, resources

STREAM: Final = "AWS::KinesisFirehose::DeliveryStream"
TABLE: Final = "AWS::Glue::Table"
_ACCOUNT: Final = "us-east-1:000000000000"
# What stands for a value that is known only when it is deployed.
_STANDINS: Final = {
    "RoleARN": "arn:aws:iam::000000000000:role/any",
    "RoleArn": "arn:aws:iam::000000000000:role/any",  # of a processor: CDK passes one
    "BucketARN": "arn:aws:s3:::any",
    "KinesisStreamARN": f"arn:aws:kinesis:{_ACCOUNT}:stream/any",
    "LambdaArn": f"arn:aws:lambda:{_ACCOUNT}:function:any",
    "KeyARN": f"arn:aws:kms:{_ACCOUNT}:key/any",
    "AWSKMSKeyARN": f"arn:aws:kms:{_ACCOUNT}:key/any",
    "DeliveryStreamName": "any",
    "DatabaseName": "any",
    "TableName": "any",
    "LogGroupName": "any",
    "LogStreamName": "any",
    "ErrorOutputPrefix": "any/!{firehose:error-output-type}/",
}
_VARIABLE: Final = re.compile(r"\$\{[^}]*\}")


def check_delivery_streams(template: dict[str, Json], places: Positions) -> Iterator[Finding]:
    """Find streams that are refused, and tables whose columns have types that are not read."""
    values: Values | None = None
    for logical_id, resource in resources(template).items():
        if resource["Type"] == STREAM:
            values = values or Values(template)
            message = _refusal(properties(resource), values)
            if message is not None:
                at = places.of(logical_id)
                yield Finding(at, Severity.ERROR, "delivery-stream", f"{logical_id}: {message}")
        elif resource["Type"] == TABLE:
            message = _unread(properties(resource))
            if message is not None:
                at = places.of(logical_id, "TableInput")
                yield Finding(at, Severity.WARNING, "table-type", f"{logical_id}: {message}")


def _refusal(props: Mapping[str, Json], values: Values) -> str | None:
    from localcloud.streams.firehose.facade import (  # noqa: PLC0415 - few templates have any
        FirehoseError,
        checked_creation,
        typed,
    )

    filled = _filled({"DeliveryStreamName": "any", **props}, "", values)
    try:
        checked_creation(typed("CreateDeliveryStream", filled))
    except FirehoseError as error:
        return error.message
    return None


def _unread(props: Mapping[str, Json]) -> str | None:
    from localcloud.streams.hive import HiveError, parse_columns  # noqa: PLC0415

    table = props.get("TableInput")
    storage = table.get("StorageDescriptor") if isinstance(table, dict) else None
    columns = storage.get("Columns") if isinstance(storage, dict) else None
    plain = (
        [column for column in columns or () if isinstance(column, dict)] if isinstance(columns, list) else []
    )
    if not all(isinstance(column.get(name, ""), str) for column in plain for name in ("Name", "Type")):
        return None
    try:
        parse_columns(plain)
    except HiveError as error:
        return f"SQL and Firehose cannot use it: {error}"
    return None


def _filled(value: Json, name: str, values: Values) -> Any:
    """Return a value with something of its kind in the place of what is not known yet."""
    match value:
        case dict() if len(value) == 1 and next(iter(value)).startswith(("Ref", "Fn::")):
            return _evaluated(value, name, values)
        case {"ParameterName": str(parameter), "ParameterValue": inner}:
            return {"ParameterName": parameter, "ParameterValue": _filled(inner, parameter, values)}
        case dict():
            filled = {key: _filled(item, key, values) for key, item in value.items()}
            return {key: item for key, item in filled.items() if item is not None}
        case list():
            items = [_filled(item, name, values) for item in value]
            return [item for item in items if not _is_unknown(item)]
    return value


def _is_unknown(item: Any) -> bool:
    """Return whether an item of a list is, or is a processor's parameter whose value is, not known yet."""
    return item is None or (isinstance(item, dict) and "ParameterName" in item and not item["ParameterValue"])


def _evaluated(value: dict[str, Json], name: str, values: Values) -> Any:
    read = values.read(value)
    match value:
        case {"Ref": "AWS::NoValue"}:
            return None
        case {"Fn::If": [_, side, *_]} if read is None:
            return _filled(side, name, values)
    if read is None and isinstance(value.get("Fn::Sub"), str):
        # What is in it beside what is not known yet: a partition key of a prefix.
        read = _VARIABLE.sub("any", str(value["Fn::Sub"]))
    usable = isinstance(read, str) and (not name.upper().endswith("ARN") or read.startswith("arn:"))
    return read if usable else _STANDINS.get(name)
