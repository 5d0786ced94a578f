"""Sends records and dead letters, each to the service its ARN names; what cannot be sent is reported."""

from __future__ import annotations

import json
from typing import Final, NamedTuple

from localcloud.calls import CallFailed
from localcloud.functions.context import Context
from localcloud.functions.destinations.records import (
    InvocationOutcome,
    batch_record,
    dead_letter_attributes,
    object_key,
    outcome_record,
)
from localcloud.functions.errors import FunctionsError
from localcloud.functions.mappings.batches import GivenUp
from localcloud.functions.mappings.records import sequence_number
from localcloud.functions.model import ASYNCHRONOUS_LIMIT, JSON, Invoke
from localcloud.functions.observing import Metric
from localcloud.functions.outcome_targets import Targets

SNS_LIMIT: Final = 262_144
"""SNS's greatest message, in bytes: a failure's record above it goes without the payloads."""


class _Record(NamedTuple):
    """What is sent, where it goes and how an event or an object of it is named."""

    function: str
    function_arn: str
    destination: str
    document: dict[str, JSON]
    succeeded: bool
    folder: str


class Destinations:
    """Sends each record once; AWS does not try again either.

    A failure is a line of the log and ``DestinationDeliveryFailures`` or ``DeadLetterErrors``.
    """

    def __init__(self, targets: Targets, invoke: Invoke, context: Context) -> None:
        self._targets = targets
        self._invoke = invoke
        self._context = context

    async def send_outcome(self, arn: str, outcome: InvocationOutcome) -> None:
        """Send an asynchronous invocation's record to its destination."""
        document = outcome_record(outcome, self._context.clock.now())
        await self._send(
            _Record(
                outcome.function_name,
                outcome.qualified_arn,
                arn,
                document,
                outcome.condition == "Success",
                f"async/{outcome.function_name}",
            )
        )

    async def batch_given_up(self, batch: GivenUp) -> None:
        """Send a stream batch's record to its mapping's destination; without one it is a line of the log."""
        mapping = batch.mapping
        if not mapping.on_failure:
            first, last = sequence_number(batch.records[0]), sequence_number(batch.records[-1])
            self._context.warn(
                f"{mapping.source_arn}: the records {first} to {last} of {batch.shard} are given up after "
                f"{batch.attempts} attempts of {mapping.function_arn} ({batch.condition}): no destination"
            )
            return
        whole = _service(mapping.on_failure) == "s3"
        document = batch_record(batch, self._context.clock.now(), whole=whole)
        function = mapping.function_arn.split(":")[6]
        folder = f"{mapping.id}/{batch.shard}"
        await self._send(_Record(function, mapping.function_arn, mapping.on_failure, document, False, folder))

    async def send_to_dead_letters(self, arn: str, outcome: InvocationOutcome) -> None:
        """Send the event itself to a dead-letter queue or topic, and why as message attributes."""
        body, attributes = outcome.request.decode(), dead_letter_attributes(outcome)
        try:
            match _service(arn):
                case "sqs":
                    await self._targets.send(arn, body, attributes)
                case "sns":
                    await self._targets.publish(arn, body, attributes)
                case _:
                    self._lose("DeadLetterErrors", outcome.function_name, arn, "no queue and no topic")
        except CallFailed as error:
            self._lose("DeadLetterErrors", outcome.function_name, arn, str(error))

    async def _send(self, record: _Record) -> None:
        arn, text = record.destination, json.dumps(record.document)
        try:
            match _service(arn):
                case "sqs":
                    await self._targets.send(arn, text, {})
                case "sns":
                    await self._targets.publish(arn, _within_limit(record, text), {})
                case "lambda" if len(text.encode()) > ASYNCHRONOUS_LIMIT:
                    reason = f"it is larger than {ASYNCHRONOUS_LIMIT} bytes"
                    self._lose("DestinationDeliveryFailures", record.function, arn, reason)
                case "lambda":
                    await self._invoke(arn, text.encode(), asynchronous=True)
                case "events":
                    kind = f"Lambda Function Invocation Result - {_word(record)}"
                    await self._targets.put_event(arn, kind, text, [record.function_arn, arn])
                case "s3" if not record.succeeded:
                    key = object_key(record.folder, self._context.clock.now())
                    await self._targets.put_object(arn, key, text.encode())
                case _:
                    metric: Metric = "DestinationDeliveryFailures"
                    self._lose(metric, record.function, arn, "no destination that Lambda knows")
        except (CallFailed, FunctionsError) as error:
            self._lose("DestinationDeliveryFailures", record.function, arn, str(error))

    def _lose(self, metric: Metric, function: str, arn: str, reason: str) -> None:
        self._context.warn(f"{function}: its record for {arn} is lost ({metric}): {reason}")
        self._context.observations.note(metric, function)


def _service(arn: str) -> str:
    parts = arn.split(":")
    return parts[2] if len(parts) > 5 else ""


def _word(record: _Record) -> str:
    return "Success" if record.succeeded else "Failure"


def _within_limit(record: _Record, text: str) -> str:
    if record.succeeded or len(text.encode()) <= SNS_LIMIT:
        return text
    payloads = ("requestPayload", "responsePayload")
    return json.dumps({name: value for name, value in record.document.items() if name not in payloads})
