"""Requests and answers on the wire: JSON 1.1, which boto3 speaks, and CBOR, which SDKs for Java do.

Data is base64 in JSON and bytes in CBOR. A timestamp is a number of seconds in JSON, and in CBOR, other
than RFC 8949 has it, a number of milliseconds under tag 1: https://github.com/aws/aws-sdk-java-v2/issues/4661
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from json.encoder import encode_basestring_ascii
from typing import Any, Final

from localcloud.encodings.cbor import Tagged, dumps, loads
from localcloud.streams.kinesis.errors import KinesisError, Serialization

JSON: Final = "application/x-amz-json-1.1"
CBOR: Final = "application/x-amz-cbor-1.1"
_EPOCH: Final = 1


class Moment(float):
    """A timestamp, in seconds since 1970."""


def kind_of(content_type: str) -> str:
    """Return which of the two a request is written in.

    Examples
    --------
    >>> kind_of("application/x-amz-cbor-1.1"), kind_of("")
    ('application/x-amz-cbor-1.1', 'application/x-amz-json-1.1')
    """
    return CBOR if "cbor" in content_type else JSON


def read(kind: str, body: bytes) -> dict[str, Any]:
    """Read a request: data becomes bytes, timestamps seconds.

    Raises
    ------
    Serialization

    Examples
    --------
    >>> read(JSON, b'{"Data": "aGk=", "PartitionKey": "a"}')
    {'Data': b'hi', 'PartitionKey': 'a'}
    """
    try:
        request = loads(body, moment=_milliseconds) if kind == CBOR else json.loads(body or b"{}")
    except (ValueError, RecursionError) as error:
        raise Serialization("The request cannot be read.") from error
    if not isinstance(request, dict):
        raise Serialization("The request is no structure.")
    if kind == JSON:
        _decode(request)
        records = request.get("Records")
        for entry in records if isinstance(records, list) else ():
            if isinstance(entry, dict):
                _decode(entry)
    return request


def _decode(members: dict[str, Any]) -> None:
    data = members.get("Data")
    if not isinstance(data, str):
        return
    if len(data) % 4:
        raise Serialization(
            f"'{data[:64]}' can not be converted to a Blob: Base64 encoded length is expected a multiple of "
            f"4 bytes but found: {len(data)}"
        )
    try:
        members["Data"] = base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Serialization(
            f"'{data[:64]}' can not be converted to a Blob: Invalid Base64 character"
        ) from error


def _milliseconds(value: float) -> float:
    return value / 1000


def write(kind: str, answer: Mapping[str, Any]) -> bytes:
    """Write an answer.

    Examples
    --------
    >>> write(JSON, {"Data": b"hi", "At": Moment(1.5)})
    b'{"Data":"aGk=","At":1.5}'
    """
    if kind == CBOR:
        return dumps(_tagged(answer))
    records = answer.get("Records")
    if not records or len(answer) == 1 or not {"SequenceNumber", "Data"} <= records[0].keys():
        return _encode(answer).encode()
    rest = {name: member for name, member in answer.items() if name != "Records"}
    return f'{{"Records":[{",".join(map(_record, records))}],{_encode(rest)[1:]}'.encode()


def _record(record: Mapping[str, Any]) -> str:
    """Write a record as readers get it: an encoder takes twice as long, and there are thousands a second."""
    encryption = record.get("EncryptionType")
    return (
        f'{{"SequenceNumber":"{record["SequenceNumber"]}",'
        f'"ApproximateArrivalTimestamp":{float.__repr__(record["ApproximateArrivalTimestamp"])},'
        f'"Data":"{_text(record["Data"])}","PartitionKey":{encode_basestring_ascii(record["PartitionKey"])}'
        + (f',"EncryptionType":"{encryption}"}}' if encryption else "}")
    )


def _text(value: object) -> str:
    if isinstance(value, bytes):
        return binascii.b2a_base64(value, newline=False).decode("ascii")
    raise TypeError(f"{type(value).__name__} cannot be written")


_encode: Final = json.JSONEncoder(separators=(",", ":"), default=_text).encode


def _tagged(value: Any) -> Any:
    if isinstance(value, Moment):
        return Tagged(_EPOCH, round(value * 1000))
    if isinstance(value, Mapping):
        return {name: _tagged(member) for name, member in value.items()}
    if isinstance(value, list | tuple):
        return [_tagged(member) for member in value]
    return value


def write_error(kind: str, error: KinesisError) -> bytes:
    """Write an error."""
    return write(kind, {"__type": error.code, "message": error.message})
