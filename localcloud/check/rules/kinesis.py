"""Kinesis streams and consumers that AWS refuses.

They are found, and said in its words, by the very code that creates them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from localcloud.check.finding import Finding, Severity
from localcloud.check.positions import Positions
from localcloud.check.values import Values
from localcloud.stack.template import Json, properties, resources

STREAM: Final = "AWS::Kinesis::Stream"
CONSUMER: Final = "AWS::Kinesis::StreamConsumer"
_PLACE: Final = ("000000000000", "us-east-1")
_ARN: Final = "arn:aws:kinesis:us-east-1:000000000000:stream/any"
# What stands for a member of encryption that is known only when it is deployed.
_STANDINS: Final = {"EncryptionType": "KMS", "KeyId": "any"}


def check_kinesis(template: dict[str, Json], places: Positions) -> Iterator[Finding]:
    """Find streams and consumers that Kinesis refuses."""
    values: Values | None = None
    for logical_id, resource in resources(template).items():
        kind = resource["Type"]
        if kind not in {STREAM, CONSUMER}:
            continue
        values = values or Values(template)
        read = {
            name: _resolved(value, values) for name, value in properties(resource).items() if name != "Tags"
        }
        refusal = (_stream if kind == STREAM else _consumer)(properties(resource), read)
        if refusal is not None:
            message = f"{logical_id}: {refusal}"
            yield Finding(places.of(logical_id), Severity.ERROR, "kinesis-stream", message)


def _stream(_declared: Mapping[str, Json], read: Mapping[str, Any]) -> str | None:
    """Return why a stream is not created, in a service that has no other."""
    from localcloud.streams.kinesis.facade import (  # noqa: PLC0415 - few templates have any
        KinesisError,
        KinesisService,
        creation,
        settling,
    )

    name, service = read.get("Name") or "any", KinesisService()
    try:
        for operation, request in (("CreateStream", creation(name, read)), *settling(name, {}, read)):
            service.answer(_PLACE, operation, request)
    except KinesisError as error:
        return error.message
    return None


def _consumer(declared: Mapping[str, Json], read: Mapping[str, Any]) -> str | None:
    """Return why a consumer is not registered, wherever its stream is."""
    from localcloud.streams.kinesis.facade import KinesisError, check_request  # noqa: PLC0415

    request = {
        name: read[name] or stand_in if name in declared else None
        for name, stand_in in (("StreamARN", _ARN), ("ConsumerName", "any"))
    }
    try:
        check_request("RegisterStreamConsumer", tuple(request), request)
    except KinesisError as error:
        return error.message
    return None


def _resolved(value: Json, values: Values) -> Any:
    """Return what of a value is known before it is deployed: None for what is not."""
    match value:
        case dict() if len(value) == 1 and next(iter(value)).startswith(("Ref", "Fn::")):
            return values.text(value)
        case dict():
            members = {name: _resolved(item, values) for name, item in value.items()}
            return {name: _STANDINS.get(name) if item is None else item for name, item in members.items()}
        case list():
            return [item for item in (_resolved(item, values) for item in value) if item is not None]
    return value
