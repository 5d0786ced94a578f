"""The records that destinations get, and what a dead-letter queue learns of an event.

Sources: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
and https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal

from localcloud.functions.mappings.batches import GivenUp
from localcloud.functions.mappings.records import created, event_of, sequence_number
from localcloud.functions.model import JSON, InvokeResult, new_request_id
from localcloud.functions.outcome_targets import Attribute

Condition = Literal["Success", "RetriesExhausted", "EventAgeExceeded", "ZeroReservedConcurrency"]

ERROR_MESSAGE_LIMIT: Final = 1024
# Reasons of ours where no attempt has ended: AWS documents no texts for them.
_REASONS: Final[Mapping[Condition, str]] = {
    "ZeroReservedConcurrency": "Function not invoked: its reserved concurrency is zero.",
    "EventAgeExceeded": "Rate Exceeded.",
}
_BATCH_INFO: Final = {"kinesis": "KinesisBatchInfo"}


@dataclass(frozen=True)
class InvocationOutcome:
    """How an asynchronous invocation ended, after all its attempts.

    Attributes
    ----------
    function_arn
        As the caller named it, with the qualifier when there was one.
    attempts
        How many of them the function has ended.
    result
        The last one's.
    """

    request_id: str
    function_arn: str
    condition: Condition
    attempts: int
    request: bytes
    result: InvokeResult | None

    @property
    def qualified_arn(self) -> str:
        """The function's ARN as records have it: with a qualifier."""
        return self.function_arn if self.function_arn.count(":") > 6 else f"{self.function_arn}:$LATEST"

    @property
    def function_name(self) -> str:
        """The function's name."""
        return self.function_arn.split(":")[6]


def outcome_record(outcome: InvocationOutcome, now: float) -> dict[str, JSON]:
    """Return the record of an asynchronous invocation; ``now`` is in seconds since 1970."""
    record: dict[str, JSON] = {
        "version": "1.0",
        "timestamp": _timestamp(now),
        "requestContext": {
            "requestId": outcome.request_id,
            "functionArn": outcome.qualified_arn,
            "condition": outcome.condition,
            "approximateInvokeCount": outcome.attempts,
        },
        "requestPayload": json.loads(outcome.request),
    }
    if outcome.result is not None:
        record["responseContext"] = _response_context(outcome.result)
        record["responsePayload"] = _document_of(outcome.result.payload)
    return record


def dead_letter_attributes(outcome: InvocationOutcome) -> dict[str, Attribute]:
    """Return what a dead letter's attributes say: 200 is a function's own failure, 429 lack of room."""
    message = _REASONS.get(outcome.condition, "")
    if outcome.result is not None:
        document = _document_of(outcome.result.payload)
        message = str(document.get("errorMessage") or "") if isinstance(document, dict) else ""
    attributes: dict[str, Attribute] = {
        "RequestID": ("String", outcome.request_id),
        "ErrorCode": ("Number", "429" if outcome.result is None else "200"),
    }
    if message:  # SQS and SNS take no empty value
        cut = message.encode()[:ERROR_MESSAGE_LIMIT].decode(errors="ignore")
        attributes["ErrorMessage"] = ("String", cut)
    return attributes


def batch_record(batch: GivenUp, now: float, *, whole: bool = False) -> dict[str, JSON]:
    """Return the record of a stream batch that was given up.

    Parameters
    ----------
    whole
        Add the event itself, as a JSON text: buckets get it, other destinations only learn where it is.
    """
    first, last = batch.records[0], batch.records[-1]
    record: dict[str, JSON] = {
        "requestContext": {
            "requestId": batch.result.request_id if batch.result else new_request_id(),
            "functionArn": batch.mapping.function_arn,
            "condition": batch.condition,
            "approximateInvokeCount": batch.attempts,
        },
        "version": "1.0",
        "timestamp": _timestamp(now),
        _BATCH_INFO.get(batch.mapping.source_kind, "DDBStreamBatchInfo"): {
            "shardId": batch.shard,
            "startSequenceNumber": sequence_number(first),
            "endSequenceNumber": sequence_number(last),
            "approximateArrivalOfFirstRecord": _moment(created(first)),
            "approximateArrivalOfLastRecord": _moment(created(last)),
            "batchSize": len(batch.records),
            "streamArn": batch.mapping.stream_arn,
        },
    }
    if batch.result is not None:
        record["responseContext"] = _response_context(batch.result)
    if whole:
        record["payload"] = event_of(batch.records).decode()
    return record


def object_key(folder: str, now: float) -> str:
    """Return an object's key as Lambda names its records.

    Parameters
    ----------
    folder
        ``async/FUNCTION``, or a mapping's id and a shard.

    Examples
    --------
    >>> object_key("async/work", 0)[:53]
    'aws/lambda/async/work/1970/01/01/1970-01-01T00.00.00-'
    """
    moment = datetime.fromtimestamp(now, UTC)
    return f"aws/lambda/{folder}/{moment:%Y/%m/%d/%Y-%m-%dT%H.%M.%S}-{new_request_id()}"


def _document_of(payload: bytes) -> JSON:
    """Return a response as JSON; a runtime may answer with something else, which stays text."""
    try:
        document: JSON = json.loads(payload or b"null")
    except (ValueError, RecursionError):
        return payload.decode(errors="replace")
    return document


def _response_context(result: InvokeResult) -> dict[str, JSON]:
    context: dict[str, JSON] = {"statusCode": 200, "executedVersion": result.version}
    if result.function_error is not None:
        context["functionError"] = result.function_error
    return context


def _timestamp(seconds: float) -> str:
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
