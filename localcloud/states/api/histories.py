"""Histories as GetExecutionHistory writes them."""

from __future__ import annotations

import re
from typing import Any

from localcloud.states.language.scope import Json
from localcloud.states.language.text import to_text
from localcloud.states.running.execution import Execution
from localcloud.states.running.history import Event
from localcloud.states.running.host import Owner

# Kinds whose details have another name than their own.
ENTERED, EXITED = re.compile(r".*StateEntered"), re.compile(r".*StateExited")


def member(kind: str) -> str:
    """Return the member that holds an event's details.

    Examples
    --------
    >>> member("PassStateEntered"), member("TaskFailed")
    ('stateEnteredEventDetails', 'taskFailedEventDetails')
    """
    if ENTERED.fullmatch(kind):
        return "stateEnteredEventDetails"
    if EXITED.fullmatch(kind):
        return "stateExitedEventDetails"
    return f"{kind[0].lower()}{kind[1:]}EventDetails"


def described(number: int, event: Event, execution: Execution, *, data: bool = True) -> dict[str, Json]:
    """Return an event as AWS writes it.

    Parameters
    ----------
    number
        Its id.
    data
        Whether to show inputs and outputs.
    """
    written: dict[str, Json] = {
        "id": number,
        "previousEventId": event.previous,
        "timestamp": round(event.timestamp, 3),
        "type": event.kind,
    }
    details = _details(event, execution, data=data)
    if event.details is not None or event.kind in {"ExecutionFailed", "ExecutionAborted"}:
        written[member(event.kind)] = details
    return written


def _details(event: Event, execution: Execution, *, data: bool) -> dict[str, Any]:
    details: dict[str, Any] = {}
    for name, value in (event.details or {}).items():
        match name:
            case "input" | "output":
                if data:
                    details[name] = text_of(value, execution)
                    details[f"{name}Details"] = {"truncated": False}
            case "parameters":
                details[name] = to_text(value) if data else "{}"
            case "assignedVariables":
                if data:
                    details[name] = {variable: to_text(item) for variable, item in value.items()}
                    details["assignedVariablesDetails"] = {"truncated": False}
            case _:
                details[name] = value
    return details


def text_of(value: Json, execution: Owner) -> str:
    """Return a value as text; the execution's own input is shown as it was written."""
    return execution.text if value is execution.data else to_text(value)
