"""Executions that a task starts and waits for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from localcloud.states.integrations import text
from localcloud.states.integrations.json_services import milliseconds
from localcloud.states.integrations.optimized import Pattern
from localcloud.states.language.errors import StatesError
from localcloud.states.language.scope import Json

_MEMBERS: Final = (
    *("Cause", "Error", "ExecutionArn", "Input", "InputDetails", "Name", "Output", "OutputDetails"),
    *("RedriveCount", "RedriveStatus", "RedriveStatusReason", "StartDate", "StateMachineArn"),
    *("StateMachineVersionArn", "StateMachineAliasArn", "Status", "StopDate", "TraceHeader"),
)


def nested_result(description: Mapping[str, Json], pattern: Pattern) -> Json:
    """Return the result of a task whose execution has ended.

    Parameters
    ----------
    description
        What DescribeExecution says of it; dates as seconds or as ISO 8601.
    pattern
        ``RUN_JOB`` leaves Input and Output as text, ``RUN_JOB_2`` reads them.

    Raises
    ------
    StatesError
        ``States.TaskFailed``, with the description as the cause, where it did not succeed.

    Examples
    --------
    >>> ended = {"status": "SUCCEEDED", "output": '{"a":1}'}
    >>> nested_result(ended, "RUN_JOB"), nested_result(ended, "RUN_JOB_2")
    ({'Output': '{"a":1}', 'Status': 'SUCCEEDED'}, {'Output': {'a': 1}, 'Status': 'SUCCEEDED'})
    """
    result: dict[str, Json] = {}
    for member in _MEMBERS:
        value = description.get(f"{member[:1].lower()}{member[1:]}")
        if value is None:
            continue
        if member in {"StartDate", "StopDate"}:
            value = milliseconds(value)
        elif member in {"InputDetails", "OutputDetails"}:
            value = {"Included": value.get("included", True)}
        result[member] = value
    if result.get("Status") != "SUCCEEDED":
        raise StatesError("States.TaskFailed", text.compact(result))
    if pattern == "RUN_JOB_2":
        for member in ("Input", "Output"):
            if isinstance(result.get(member), str):
                result[member] = json.loads(result[member])
    return result
