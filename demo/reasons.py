"""Why an order ended otherwise than its card and the stock say, in plain words, and what to do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from clients import Reason, Status
from demo.executions import Execution
from demo.expectations import End
from demo.record import OrderRecord

_BUSY = "this machine is slow, or busy with something else"
_STEP = "mend what the error names; an edit of a function is live at its next invocation"
_ENDS: dict[Reason, tuple[str, str]] = {
    Reason.PAYMENT_TIMEOUT: (
        f"the card's provider answers, but the payment was not authorized in time: {_BUSY}",
        "run it again when the machine is idle, or give payments more time: "
        "--parameter PaymentTimeoutSeconds=30",
    ),
    Reason.OUT_OF_STOCK: (
        "the stock table holds less than examples/stock.json: other orders took it meanwhile",
        "restart the cloud, or send the orders alone",
    ),
    Reason.UNKNOWN_ITEM: (
        "the stock table does not know an item of the order, and examples/stock.json does",
        "restart the cloud: each start fills the table",
    ),
    Reason.PAYMENT_DECLINED: (
        "the deployed payment provider knows this card otherwise than the demonstration",
        "see whether orders/ and demo/expectations.py still mean the same by the card's token",
    ),
    Reason.NOT_APPROVED: ("staff rejected it", "leave the orders of the demonstration alone"),
    Reason.APPROVAL_TIMEOUT: (
        f"staff did not decide in time: {_BUSY}",
        "run it again when the machine is idle, or give staff more time: APPROVAL=60 make run",
    ),
    Reason.CUSTOMER_REQUEST: ("it was cancelled", "leave the orders of the demonstration alone"),
}


def explain(record: OrderRecord, execution: Execution | str | None, log_file: Path | None) -> Iterator[str]:
    """Yield the lines that explain a wrong order: the likely reason, what to look at, what to do.

    Parameters
    ----------
    execution
        What Step Functions knows of it, or why it knows nothing; None where it was not asked.
    log_file
        Where the functions' and the engine's logs are; None where they are not kept.
    """
    why, what_to_do = _likely(record, execution)
    yield f"why:   {why}"
    if isinstance(execution, Execution):
        failures = "; ".join(map(str, execution.failures)) or "no step has failed"
        yield f"steps: execution {execution.status}, last step {execution.step or 'none'}; {failures}"
    elif execution is not None:
        yield f"steps: {execution}"
    if log_file is not None:
        yield f"look:  grep {record.order.client_token} {log_file}"
    yield f"do:    {what_to_do}"


def _likely(record: OrderRecord, execution: Execution | str | None) -> tuple[str, str]:
    """Return the likely reason, and what to do about it."""
    if record.unsent is not None:
        return "the API did not take it, and it is no mistake of the file", "see what the log says of the API"
    if record.end is None:
        return _not_ended(execution)
    if record.end not in record.expected:
        return _ended_otherwise(record.end)
    return (
        "the order is right, but its subscriber received other changes than its history has: a fault of ours",
        "please report it, with the log",
    )


def _ended_otherwise(end: End) -> tuple[str, str]:
    if end.reason in _ENDS:
        return _ENDS[end.reason]
    if end.status is Status.FAILED:
        return "a step of the workflow failed, however often it was tried", _STEP
    return (
        "the deployed functions take the card or the stock otherwise than the demonstration",
        "see whether orders/ and demo/expectations.py still mean the same",
    )


def _not_ended(execution: Execution | str | None) -> tuple[str, str]:
    if isinstance(execution, str):
        return (
            "nothing works on it",
            "see what the log says of StartExecution; the reconciler takes up orders that never started",
        )
    if execution is None or (execution.status == "RUNNING" and not execution.failures):
        return f"not at its end yet: {_BUSY}", "wait for it on the page, or give --patience more seconds"
    if execution.status == "RUNNING":
        return "a step fails and is tried again and again", _STEP
    if execution.status == "SUCCEEDED":
        return (
            "it is at its end, but its subscriber was not notified",
            "see what the log says of the function fanout",
        )
    return (
        "its execution has failed, and the order could not be given an end",
        f"{_STEP}; then, as staff: orderwire redrive ID",
    )
