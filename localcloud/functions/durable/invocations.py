"""One invocation of an execution's function: what goes in, and what its answer means."""

from __future__ import annotations

import json
from typing import Final

from localcloud.functions.durable.documents import (
    milliseconds,
    operation_document,
    page,
    replayed,
    seconds,
)
from localcloud.functions.durable.execution import Execution, error_of
from localcloud.functions.durable.model import Document, ErrorObject, error_object
from localcloud.functions.durable.pauses import stand_still
from localcloud.functions.model import JSON, InvokeResult

PAGE: Final = 1000
# Not in AWS's documents: how often in a row an invocation may crash before its execution fails.
MOST_FAILURES: Final = 5
STATE_MARKER: Final = "s"


def begin(execution: Execution, token: str) -> bytes:
    """Begin an invocation: return its event. Tokens of the one before are worth nothing from now on."""
    updated: list[JSON] = [*execution.external]
    execution.external.clear()
    execution.unseen.clear()
    execution.due, execution.invoking = False, True
    operations = replayed(execution)
    documents, count = page((operation_document(operation, milliseconds) for operation in operations), PAGE)
    state: Document = {"Operations": documents, "NextMarker": ""}
    if count < len(operations):
        state["NextMarker"] = f"{STATE_MARKER}{count}"
    event: Document = {
        "DurableExecutionArn": execution.arn,
        "CheckpointToken": token,
        "InitialExecutionState": state,
        "UpdatedOperationIds": updated,
    }
    return json.dumps(event, separators=(",", ":")).encode()


def end(execution: Execution, result: InvokeResult, started: float, now: float) -> None:
    """Take the answer of an invocation."""
    execution.invoking = False
    crash = None if result.function_error is None else crash_of(result.payload)
    details: Document = {
        "StartTimestamp": seconds(started),
        "EndTimestamp": seconds(now),
        "RequestId": result.request_id,
    }
    if crash is not None:
        details["Error"] = error_of(crash)
    execution.note("InvocationCompleted", now, None, details)
    if not execution.live:
        return
    if crash is not None:
        execution.failures += 1
        if execution.failures >= MOST_FAILURES:
            execution.finish("FAILED", now, error=crash)
        execution.due = execution.live
    else:
        execution.failures = 0
        _take(execution, result.payload, now)
    if execution.status == "PAUSING":
        stand_still(execution, now)


def _take(execution: Execution, payload: bytes, now: float) -> None:
    envelope = _object(payload)
    result, error = envelope.get("Result"), envelope.get("Error")
    match envelope.get("Status"):
        case "SUCCEEDED" if result is None or isinstance(result, str):
            execution.finish("SUCCEEDED", now, result=result)
        case "FAILED" if error is None or isinstance(error, dict):
            execution.finish("FAILED", now, error=error)
        case "PENDING":
            if not execution.due and not _waits(execution):
                words = "Cannot return PENDING status with no pending operations."
                execution.finish("FAILED", now, error=error_object("InvalidParameterValueException", words))
        case _:
            words = "Invalid Status in invocation output."
            execution.finish("FAILED", now, error=error_object("InvalidParameterValueException", words))


def _waits(execution: Execution) -> bool:
    """Say whether something is going to happen by itself, or from outside."""
    return any(
        operation.status == "PENDING" or operation.type in ("WAIT", "CALLBACK", "CHAINED_INVOKE")
        for operation in execution.opened()
    )


def _object(payload: bytes) -> Document:
    try:
        document = json.loads(payload)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def crash_of(payload: bytes) -> ErrorObject:
    """Return the error of an invocation that ended without an answer."""
    document = _object(payload)
    error: ErrorObject = {}
    for ours, theirs in (("ErrorType", "errorType"), ("ErrorMessage", "errorMessage")):
        value = document.get(theirs)
        if isinstance(value, str):
            error[ours] = value
    trace = document.get("stackTrace")
    if isinstance(trace, list):
        error["StackTrace"] = [str(line) for line in trace]
    return error


def outcome(execution: Execution, request_id: str) -> InvokeResult:
    """Return what a caller gets of an execution that has ended: the result, not the envelope."""
    if execution.status == "SUCCEEDED":
        payload = b"null" if execution.result is None else execution.result.encode()
        return InvokeResult(
            payload, request_id=request_id, version=execution.version, durable_arn=execution.arn
        )
    error = execution.error or {}
    document: Document = {
        "errorType": error.get("ErrorType"),
        "errorMessage": error.get("ErrorMessage"),
        "stackTrace": error.get("StackTrace") or [],
    }
    text = json.dumps(document, separators=(",", ":")).encode()
    return InvokeResult(
        text, "Unhandled", request_id=request_id, version=execution.version, durable_arn=execution.arn
    )
