"""Where the outcome of an invocation goes that nobody waits for: destinations and dead-letter queues.

Source of the records: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
and https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from localcloud.calls import CallFailed
from localcloud.functions.errors import FunctionsError
from localcloud.functions.mappings.batches import GivenUp, created, sequence_number
from localcloud.functions.model import JSON, Invoke, InvokeResult, new_request_id
from localcloud.functions.ports import Queues


@dataclass(frozen=True)
class Outcome:
    """How an asynchronous invocation ended, after all its retries.

    ``condition`` is AWS's word: Success, RetriesExhausted or EventAgeExceeded.
    """

    request_id: str
    function_arn: str
    condition: str
    attempts: int
    request: bytes
    result: InvokeResult | None


class Destinations:
    """Sends records of outcomes to queues and functions."""

    def __init__(self, queues: Queues, invoke: Invoke, warn: Callable[[str], None]) -> None:
        self._queues = queues
        self._invoke = invoke
        self._warn = warn

    async def send_outcome(self, arn: str, outcome: Outcome) -> None:
        """Send an asynchronous invocation's record to its destination."""
        await self._send(arn, json.dumps(outcome_record(outcome)))

    async def send_to_dead_letters(self, arn: str, outcome: Outcome) -> None:
        """Send the event itself to a dead-letter queue, and why as message attributes."""
        attributes = {"RequestID": outcome.request_id, "ErrorCode": "200"}
        if outcome.result is not None:
            attributes["ErrorMessage"] = _error_message(outcome.result.payload)[:1024]
        await self._send(arn, outcome.request.decode(), attributes)

    async def batch_given_up(self, batch: GivenUp) -> None:
        """Send a stream batch's record to its mapping's destination, when it has one."""
        if batch.mapping.on_failure:
            await self._send(batch.mapping.on_failure, json.dumps(batch_record(batch)))

    async def _send(self, arn: str, body: str, attributes: Mapping[str, str] | None = None) -> None:
        service = arn.split(":")[2] if arn.count(":") >= 5 else ""
        try:
            if service == "sqs":
                await self._queues.send(await self._queues.url(arn), body, attributes or {})
            elif service == "lambda":
                await self._invoke(arn, body.encode(), asynchronous=True)
            else:
                self._warn(f"the destination {arn} is not supported: queues and functions are")
        except (CallFailed, FunctionsError) as error:
            self._warn(f"the destination {arn} could not be reached, its record is lost: {error}")


def outcome_record(outcome: Outcome) -> dict[str, JSON]:
    """Return the record of an asynchronous invocation."""
    record: dict[str, JSON] = {
        "version": "1.0",
        "timestamp": timestamp(),
        "requestContext": {
            "requestId": outcome.request_id,
            "functionArn": _qualified(outcome.function_arn),
            "condition": outcome.condition,
            "approximateInvokeCount": outcome.attempts,
        },
        "requestPayload": json.loads(outcome.request),
    }
    if outcome.result is not None:
        record["responseContext"] = _response_context(outcome.result)
        record["responsePayload"] = json.loads(outcome.result.payload or b"null")
    return record


def batch_record(batch: GivenUp) -> dict[str, JSON]:
    """Return the record of a stream batch that was given up: where it is, not what it holds."""
    first, last = batch.records[0], batch.records[-1]
    record: dict[str, JSON] = {
        "requestContext": {
            "requestId": batch.result.request_id if batch.result else new_request_id(),
            "functionArn": batch.mapping.function_arn,
            "condition": batch.condition,
            "approximateInvokeCount": batch.attempts,
        },
        "version": "1.0",
        "timestamp": timestamp(),
        "DDBStreamBatchInfo": {
            "shardId": batch.shard,
            "startSequenceNumber": sequence_number(first),
            "endSequenceNumber": sequence_number(last),
            "approximateArrivalOfFirstRecord": _moment(created(first)),
            "approximateArrivalOfLastRecord": _moment(created(last)),
            "batchSize": len(batch.records),
            "streamArn": batch.mapping.source_arn,
        },
    }
    if batch.result is not None:
        record["responseContext"] = _response_context(batch.result)
    return record


def timestamp() -> str:
    """Return this moment as AWS writes it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _response_context(result: InvokeResult) -> dict[str, JSON]:
    context: dict[str, JSON] = {"statusCode": 200, "executedVersion": result.version}
    if result.function_error is not None:
        context["functionError"] = result.function_error
    return context


def _qualified(arn: str) -> str:
    return arn if arn.count(":") > 6 else f"{arn}:$LATEST"


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _error_message(payload: bytes) -> str:
    document = json.loads(payload or b"null")
    return str(document.get("errorMessage", "")) if isinstance(document, dict) else ""
