"""PutRecord and PutRecordBatch."""

from __future__ import annotations

import base64
import binascii
import secrets
import time
from typing import Any, Final

from localcloud.streams.firehose.errors import InvalidArgument, ServiceUnavailable
from localcloud.streams.firehose.limits import MOST_BATCH, MOST_RECORD, MOST_RECORDS
from localcloud.streams.firehose.records import Record
from localcloud.streams.firehose.stream import FROM_KINESIS, DeliveryStream

SLOW_DOWN: Final = "Slow down."


def put_record(stream: DeliveryStream, request: dict[str, Any], now: float) -> dict[str, Any]:
    """Take a record.

    Raises
    ------
    InvalidArgument
    ServiceUnavailable
    """
    started = time.perf_counter()
    _check_type(stream)
    record = Record(_data(request.get("Record"), "record"), now)
    _check_room(stream, [record])
    stream.put([record])
    size = len(record.data)
    _measure(stream, "PutRecord", 1, size, started)
    return {"RecordId": _record_id(), "Encrypted": _is_encrypted(stream)}


def put_record_batch(stream: DeliveryStream, request: dict[str, Any], now: float) -> dict[str, Any]:
    """Take up to 500 records, 4 MiB in all.

    Raises
    ------
    InvalidArgument
    ServiceUnavailable
    """
    started = time.perf_counter()
    _check_type(stream)
    documents = request.get("Records")
    if not isinstance(documents, list) or not 0 < len(documents) <= MOST_RECORDS:
        count = len(documents) if isinstance(documents, list) else 0
        side = f"less than or equal to {MOST_RECORDS}" if count else "greater than or equal to 1"
        raise InvalidArgument(
            f"1 validation error detected: Value at 'records' failed to satisfy constraint: "
            f"Member must have length {side}"
        )
    records = [
        Record(_data(document, f"records.{number}.member"), now)
        for number, document in enumerate(documents, 1)
    ]
    if sum(len(record.data) for record in records) > MOST_BATCH:
        raise InvalidArgument("Records size exceeds 4 MB limit")
    _check_room(stream, records)
    stream.put(records)
    _measure(stream, "PutRecordBatch", len(records), sum(len(record.data) for record in records), started)
    stream.measures.put("PutRecordBatch.Records", len(records))
    return {
        "FailedPutCount": 0,
        "Encrypted": _is_encrypted(stream),
        "RequestResponses": [{"RecordId": _record_id()} for _ in records],
    }


def _check_type(stream: DeliveryStream) -> None:
    if stream.description.type == FROM_KINESIS:
        raise InvalidArgument(
            "This operation is not permitted on KinesisStreamAsSource delivery stream type."
        )


def _data(document: object, path: str) -> bytes:
    data = document.get("Data") if isinstance(document, dict) else None
    if not isinstance(data, str):
        raise InvalidArgument(
            f"1 validation error detected: Value null at '{path}.data' failed to satisfy constraint: "
            "Member must not be null"
        )
    try:
        decoded = base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        raise InvalidArgument(f"{path}.data is not base64") from None
    if len(decoded) > MOST_RECORD:
        raise InvalidArgument(
            f"1 validation error detected: Value at '{path}.data' failed to satisfy constraint: "
            f"Member must have length less than or equal to {MOST_RECORD}"
        )
    return decoded


def _check_room(stream: DeliveryStream, records: list[Record]) -> None:
    size = sum(len(record.data) for record in records)
    if not stream.takes(len(records), size):
        stream.measures.put("ThrottledRecords", len(records))
        raise ServiceUnavailable(SLOW_DOWN)


def _measure(stream: DeliveryStream, operation: str, records: int, size: int, started: float) -> None:
    put = stream.measures.put
    put("IncomingRecords", records)
    put("IncomingBytes", size, "Bytes")
    put("IncomingPutRequests", 1)
    put(f"{operation}.Requests", 1)
    put(f"{operation}.Bytes", size, "Bytes")
    put(f"{operation}.Latency", (time.perf_counter() - started) * 1000, "Milliseconds")


def _is_encrypted(stream: DeliveryStream) -> bool:
    return stream.description.encryption.get("Status") == "ENABLED"


def _record_id() -> str:
    return base64.b64encode(secrets.token_bytes(96)).decode()
