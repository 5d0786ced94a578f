"""The rules of a checkpoint's updates: what each may do to which operation.

All updates of a checkpoint are applied, or none: they are looked at in order on a copy of the statuses
before the first of them changes anything.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

from localcloud.functions.durable.errors import InvalidParameter
from localcloud.functions.durable.execution import Execution, error_of, payload_of
from localcloud.functions.durable.model import Document, DurableOperation, InvocationTarget, Targets, Update

OUTPUT_LIMIT: Final = 262_144
CHAINED_LIMIT: Final = 1_048_576
ERROR_LIMIT: Final = 32_768
EXECUTION_LIMIT: Final = 6_291_456

_ACTIONS: Final = {
    "EXECUTION": {"SUCCEED", "FAIL"},
    "CONTEXT": {"START", "SUCCEED", "FAIL"},
    "STEP": {"START", "SUCCEED", "FAIL", "RETRY", "CANCEL"},
    "WAIT": {"START", "CANCEL"},
    "CALLBACK": {"START", "CANCEL"},
    "CHAINED_INVOKE": {"START", "CANCEL"},
}
_AFTER: Final = {"START": "STARTED", "SUCCEED": "SUCCEEDED", "FAIL": "FAILED", "CANCEL": "CANCELLED"}


def check(execution: Execution, updates: Sequence[Update]) -> None:
    """Look at a checkpoint's updates before any is applied.

    Raises
    ------
    InvalidParameter
        One of them is not allowed now.
    """
    statuses: dict[str, str] = {}
    contexts: set[str] = set()
    types: dict[str, str] = {}
    for position, update in enumerate(updates):
        operation = execution.operations.get(update.id)
        status = statuses.get(update.id) or (None if operation is None else operation.status)
        kind = types.get(update.id) or (None if operation is None else operation.type)
        if update.action not in _ACTIONS[update.type]:
            raise InvalidParameter(f"Invalid {update.type} action {update.action}.")
        if kind is not None and kind != update.type:
            raise InvalidParameter(f"The operation {update.id} is of type {kind}, not {update.type}.")
        if update.type == "EXECUTION" and position != len(updates) - 1:
            raise InvalidParameter("EXECUTION checkpoint must be the last update.")
        _check_transition(update, status)
        if update.parent is not None and update.parent not in contexts:
            parent = execution.operations.get(update.parent)
            if parent is None or parent.type not in ("CONTEXT", "EXECUTION"):
                raise InvalidParameter(f"Invalid parent operation id {update.parent}.")
        _check_sizes(update)
        statuses[update.id] = "PENDING" if update.action == "RETRY" else _AFTER[update.action]
        types[update.id] = update.type
        if update.type == "CONTEXT":
            contexts.add(update.id)


def _check_transition(update: Update, status: str | None) -> None:
    if update.action == "START":
        if status is not None and not (update.type == "STEP" and status == "READY"):
            raise InvalidParameter(f"Cannot start a {update.type} that already exists.")
        return
    if update.type == "EXECUTION":
        return
    if update.action == "CANCEL":
        if status not in ("STARTED", "PENDING", "READY"):
            raise InvalidParameter(
                f"Cannot cancel a {update.type} that does not exist or has already completed."
            )
        return
    allowed = (None, "STARTED", "READY") if update.type == "STEP" else (None, "STARTED")
    if status not in allowed:
        verb = "re-attempt" if update.action == "RETRY" else "close"
        raise InvalidParameter(f"Invalid current {update.type} state to {verb}.")
    if update.action == "RETRY" and update.delay is None:
        raise InvalidParameter("Invalid StepOptions for the given action.")


def _check_sizes(update: Update) -> None:
    if update.payload is not None:
        limit = {"CHAINED_INVOKE": CHAINED_LIMIT, "EXECUTION": EXECUTION_LIMIT}.get(update.type, OUTPUT_LIMIT)
        if len(update.payload) > limit // 4 and len(update.payload.encode()) > limit:
            raise InvalidParameter(
                f"{update.type} output payload size must be less than or equal to {limit} bytes."
            )
    if update.error is not None and len(json.dumps(update.error).encode()) > ERROR_LIMIT:
        raise InvalidParameter(f"Error object size must be less than or equal to {ERROR_LIMIT} bytes.")


def apply(
    execution: Execution, updates: Sequence[Update], now: float, targets: Targets, callbacks: dict[str, str]
) -> None:
    """Apply updates that `check` let pass.

    Parameters
    ----------
    targets
        By operation: what its chained invocation invokes.
    callbacks
        By operation: the id that its callback gets.
    """
    for update in updates:
        operation = execution.operations.get(update.id)
        if update.type == "EXECUTION":
            if update.action == "SUCCEED":
                execution.finish("SUCCEEDED", now, result=update.payload)
            else:
                execution.finish("FAILED", now, error=update.error)
            continue
        if operation is None:
            operation = DurableOperation(update.id, update.type, now, parent=update.parent)
            operation.name, operation.sub_type = update.name, update.sub_type
            execution.operations[update.id] = operation
        match update.action:
            case "START":
                _start(execution, operation, update, now, targets.get(update.id), callbacks.get(update.id))
            case "RETRY":
                _retry(execution, operation, update, now)
            case "CANCEL":
                execution.end_operation(operation, "CANCELLED", now, details={})
            case _:
                _close(execution, operation, update, now)


def _start(  # noqa: PLR0917 - what a start of any type needs
    execution: Execution,
    operation: DurableOperation,
    update: Update,
    now: float,
    target: InvocationTarget | None,
    callback_id: str | None,
) -> None:
    operation.status = "STARTED"
    match update.type:
        case "WAIT":
            operation.seconds = update.wait or 1
            operation.due = now + operation.seconds
            details: Document = {"Duration": operation.seconds, "ScheduledEndTimestamp": operation.due}
            execution.note("WaitStarted", now, operation, details)
        case "CALLBACK":
            operation.callback_id = callback_id
            operation.seconds, operation.heartbeat = update.timeout, update.heartbeat
            details = {"CallbackId": callback_id}
            if update.timeout:
                operation.due = now + update.timeout
                details["Timeout"] = update.timeout
            if update.heartbeat:
                operation.heartbeat_due = now + update.heartbeat
                details["HeartbeatTimeout"] = update.heartbeat
            execution.note("CallbackStarted", now, operation, details)
        case "CHAINED_INVOKE":
            target = target or InvocationTarget()
            operation.function, operation.payload = update.function, update.payload
            operation.tenant, operation.child_arn = update.tenant, target.arn
            details = {"FunctionName": update.function, "Input": payload_of(update.payload)}
            details["ExecutedVersion"] = target.version
            if target.arn is not None:
                details["DurableExecutionArn"] = target.arn
            if update.tenant is not None:
                details["TenantId"] = update.tenant
            execution.note("ChainedInvokeStarted", now, operation, details)
            if target.error is not None:
                execution.end_operation(operation, "FAILED", now, error=target.error)
                return
        case _:
            execution.note("StepStarted" if update.type == "STEP" else "ContextStarted", now, operation, {})
    execution.changed(operation)


def _retry(execution: Execution, operation: DurableOperation, update: Update, now: float) -> None:
    operation.attempt += 1
    operation.status, operation.seconds = "PENDING", update.delay or 1
    operation.due = now + operation.seconds
    operation.result, operation.error = update.payload, update.error
    tries: Document = {"CurrentAttempt": operation.attempt, "NextAttemptDelaySeconds": operation.seconds}
    if update.error is None:  # a condition that does not hold yet: the attempt itself has its result
        execution.note(
            "StepSucceeded", now, operation, {"Result": payload_of(update.payload), "RetryDetails": tries}
        )
    else:
        execution.note("StepFailed", now, operation, {"Error": error_of(update.error), "RetryDetails": tries})
    execution.changed(operation)


def _close(execution: Execution, operation: DurableOperation, update: Update, now: float) -> None:
    succeeded = update.action == "SUCCEED"
    details: Document = (
        {"Result": payload_of(update.payload)} if succeeded else {"Error": error_of(update.error)}
    )
    if update.type == "STEP":
        operation.attempt += 1
        details["RetryDetails"] = {"CurrentAttempt": operation.attempt}
    operation.replay_children = update.replay_children
    execution.end_operation(
        operation,
        "SUCCEEDED" if succeeded else "FAILED",
        now,
        result=update.payload if succeeded else None,
        error=None if succeeded else update.error,
        details=details,
    )
