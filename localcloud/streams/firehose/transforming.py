"""The ``Lambda`` processor: a function turns batches of records into others, drops or fails them."""

from __future__ import annotations

import base64
import binascii
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from localcloud.streams.firehose.buffers import Clock
from localcloud.streams.firehose.failures import PROCESSING
from localcloud.streams.firehose.interfaces import CallFailed, StreamServices
from localcloud.streams.firehose.processing import Transformation
from localcloud.streams.firehose.queries import well_formed
from localcloud.streams.firehose.records import Failure, Record

RETRY_SECONDS: Final = 1.0
MOST_RETRY_SECONDS: Final = 30.0
# What a synchronous invocation takes and answers.
MOST_BYTES: Final = 6 * 1024 * 1024


@dataclass
class BatchOutcome:
    """What became of a batch."""

    records: list[Record] = field(default_factory=list)
    dropped: list[Record] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)


class Transforming:
    """Has a function transform records.

    Parameters
    ----------
    arn, region
        The delivery stream's.
    source
        The ARN of the Kinesis stream that records are read from; empty for DirectPut.
    """

    def __init__(
        self,
        transformation: Transformation,
        services: StreamServices,
        clock: Clock,
        *,
        arn: str,
        region: str,
        source: str,
    ) -> None:
        self._by, self._services, self._clock = transformation, services, clock
        self._arn, self._region, self._source = arn, region, source

    async def transform(self, records: Sequence[Record]) -> BatchOutcome:
        """Return the function's results for records; a record without an answer has failed."""
        payload = self._payload(records)
        last = CallFailed("Lambda.InternalError", "The function was not invoked.")
        attempts = 0
        for attempt in range(self._by.retries + 1):
            if attempt:
                await self._clock.sleep(min(RETRY_SECONDS * 2 ** (attempt - 1), MOST_RETRY_SECONDS))
            attempts += 1
            try:
                return self._read(await self._services.invoke(self._by.function, payload), records)
            except CallFailed as error:
                last = error
        return BatchOutcome(
            failures=[self._failure(record, last.code, last.message, attempts) for record in records]
        )

    def _payload(self, records: Sequence[Record]) -> bytes:
        request: dict[str, Any] = {
            "invocationId": str(uuid.uuid4()),
            "deliveryStreamArn": self._arn,
            "region": self._region,
            "records": [
                {
                    "recordId": str(number),
                    "approximateArrivalTimestamp": int(record.arrived * 1000),
                    "data": base64.b64encode(record.data).decode(),
                    **({"kinesisRecordMetadata": record.metadata} if record.metadata else {}),
                }
                for number, record in enumerate(records)
            ],
        }
        if self._source:
            request["sourceKinesisStreamArn"] = self._source
        return json.dumps(request, separators=(",", ":")).encode()

    def _read(self, answer: bytes, records: Sequence[Record]) -> BatchOutcome:
        if len(answer) > MOST_BYTES:
            raise CallFailed("Lambda.FunctionError", "The response of the function is larger than 6 MB.")
        try:
            document = json.loads(answer)
            results = document["records"]
            by_id = [(str(result["recordId"]), result) for result in results]
        except (ValueError, TypeError, KeyError, RecursionError):
            raise CallFailed(
                "Lambda.JsonProcessingException",
                "The function's response is not of the form of a transformation.",
            ) from None
        expected = {str(number) for number in range(len(records))}
        counted = [name for name, _ in by_id]
        if len(counted) != len(set(counted)):
            return self._all(
                records, "Lambda.DuplicatedRecordId", "Multiple records have the same record ID."
            )
        if expected - set(counted):
            return self._all(records, "Lambda.MissingRecordId", "One or more record IDs were not returned.")
        outcome = BatchOutcome()
        for name, result in by_id:
            if name in expected:
                self._sort(records[int(name)], result, outcome)
        return outcome

    def _sort(self, record: Record, result: Mapping[str, Any], outcome: BatchOutcome) -> None:
        match result.get("result"):
            case "Dropped":
                outcome.dropped.append(record)
            case "Ok":
                try:
                    data = base64.b64decode(result["data"], validate=True)
                    keys = (result.get("metadata") or {}).get("partitionKeys") or {}
                    keys = {str(key): well_formed(str(value)) for key, value in keys.items()}
                except (KeyError, TypeError, AttributeError, binascii.Error, ValueError):
                    message = "The record's data is not base64, or its partition keys are no map."
                    outcome.failures.append(self._failure(record, "Lambda.InvalidRecord", message, 1))
                else:
                    outcome.records.append(record.became(data, keys))
            case "ProcessingFailed":
                message = "ProcessingFailed status set for the record by the function."
                outcome.failures.append(self._failure(record, "Lambda.ProcessingFailedStatus", message, 1))
            case other:
                message = f"{other!r} is not a result: it must be Ok, Dropped or ProcessingFailed."
                outcome.failures.append(self._failure(record, "Lambda.InvalidRecord", message, 1))

    def _all(self, records: Sequence[Record], code: str, message: str) -> BatchOutcome:
        return BatchOutcome(failures=[self._failure(record, code, message, 1) for record in records])

    def _failure(self, record: Record, code: str, message: str, attempts: int) -> Failure:
        return Failure(record, PROCESSING, code, message, attempts, self._by.function)
