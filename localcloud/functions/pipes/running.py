"""A batch of a pipe: enriched, shaped and sent; what the pollers take for a function's invocation."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from typing import Any, Final

from localcloud.calls import CallFailed
from localcloud.functions.context import Context
from localcloud.functions.errors import FunctionsError
from localcloud.functions.mappings.batches import GivenUp
from localcloud.functions.mappings.records import created, sequence_number
from localcloud.functions.model import InvokeResult
from localcloud.functions.pipes.definition import Pipe
from localcloud.functions.pipes.inputs import Event, event_of, filled
from localcloud.functions.pipes.targets import PipeTargets, TargetFailed

_IN_BATCHES: Final = frozenset({"lambda", "states"})
_FAILED: Final = "Unhandled"


class PipeRunner:
    """Takes batches for pipes.

    Parameters
    ----------
    pipe_of
        Returns the pipe of a name that the pollers invoke; None where it is gone.
    """

    def __init__(self, targets: PipeTargets, pipe_of: Callable[[str], Pipe | None], context: Context) -> None:
        self._targets, self._pipe_of, self._context = targets, pipe_of, context

    async def invoke(self, function: str, payload: bytes, *, asynchronous: bool = False) -> InvokeResult:
        """Do a pipe's work with a batch; a failure is one of a function's, and named items failed alone."""
        del asynchronous
        pipe = self._pipe_of(function)
        if pipe is None:
            return InvokeResult(b"{}", _FAILED)
        events = [event_of(record) for record in json.loads(payload)["Records"]]
        try:
            return await self._run(pipe, events)
        except (TargetFailed, CallFailed, FunctionsError, ValueError) as error:
            self._context.warn(f"pipe {pipe.name}: {error}")
            return InvokeResult(b"{}", _FAILED)

    async def _run(self, pipe: Pipe, events: Sequence[Event]) -> InvokeResult:
        moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self._context.clock.now()))
        enriched: list[Any] = list(events)
        if pipe.enrichment:
            shaped = [filled(pipe.enrichment_template, event, pipe, moment) for event in events]
            enriched = await self._targets.enrich(pipe, shaped)
        if not enriched:
            return InvokeResult(b"{}")
        values = [filled(pipe.template, event, pipe, moment) for event in enriched]
        if pipe.target_service in _IN_BATCHES:
            answer = await self._targets.batch(pipe, values)
            return InvokeResult(_named_failures(answer))
        failed: list[Any] = []
        for event, value in zip(enriched, values, strict=True):
            try:
                await self._targets.send_event(pipe, value, event)
            except (TargetFailed, CallFailed) as error:
                self._context.warn(f"pipe {pipe.name}: {error}")
                failed.append(event)
        if failed and pipe.enrichment:
            return InvokeResult(b"{}", _FAILED)  # which records these came from is unknown
        items = [{"itemIdentifier": _identifier(event)} for event in failed]
        return InvokeResult(json.dumps({"batchItemFailures": items}).encode())


class PipeDeadLetters:
    """Sends what a stream's pipe has given up to its queue or topic, in the form of Pipes."""

    def __init__(self, targets: Any, pipe_of: Callable[[str], Pipe | None], context: Context) -> None:
        self._targets, self._pipe_of, self._context = targets, pipe_of, context

    async def batch_given_up(self, batch: GivenUp) -> None:
        """Send a batch's record; without a place for it, it is a line of the log."""
        mapping = batch.mapping
        pipe = self._pipe_of(mapping.function_arn)
        name = mapping.function_arn if pipe is None else pipe.name
        first, last = batch.records[0], batch.records[-1]
        if not mapping.on_failure:
            self._context.warn(
                f"pipe {name}: the records {sequence_number(first)} to {sequence_number(last)} of "
                f"{batch.shard} are given up ({batch.condition}): no dead letters"
            )
            return
        part = "KinesisBatchInfo" if mapping.source_kind == "kinesis" else "DDBStreamBatchInfo"
        text = json.dumps(
            {
                "context": {
                    "partnerResourceArn": mapping.id,
                    "condition": batch.condition,
                    "approximateInvokeCount": batch.attempts,
                },
                "version": "1.0",
                "timestamp": _written(self._context.clock.now()),
                part: {
                    "shardId": batch.shard,
                    "startSequenceNumber": sequence_number(first),
                    "endSequenceNumber": sequence_number(last),
                    "approximateArrivalOfFirstRecord": _written(created(first)),
                    "approximateArrivalOfLastRecord": _written(created(last)),
                    "batchSize": len(batch.records),
                    "streamArn": mapping.stream_arn,
                },
            }
        )
        send = self._targets.publish if ":sns:" in mapping.on_failure else self._targets.send
        try:
            await send(mapping.on_failure, text, {})
        except CallFailed as error:
            self._context.warn(f"pipe {name}: its dead letter for {mapping.on_failure} is lost: {error}")


def _named_failures(answer: bytes) -> bytes:
    """Return the items that a target names as failed; any other answer names none."""
    try:
        value = json.loads(answer or b"null")
    except ValueError:
        return b"{}"
    failures = value.get("batchItemFailures") if isinstance(value, dict) else None
    return json.dumps({"batchItemFailures": failures}).encode() if isinstance(failures, list) else b"{}"


def _identifier(event: Event) -> str:
    change = event.get("dynamodb")
    inner = change.get("SequenceNumber") if isinstance(change, dict) else None
    return str(event.get("messageId") or inner or event.get("sequenceNumber") or "")


def _written(moment: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(moment)) + f".{int(moment % 1 * 1000):03}Z"
