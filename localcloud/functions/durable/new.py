"""What an execution is when it begins."""

from __future__ import annotations

from localcloud.functions.durable.execution import Execution
from localcloud.functions.invocation import new_trace_id
from localcloud.functions.model import DurableConfig, FunctionDefinition
from localcloud.watchtower.traces.facade import current_text


def new_execution(
    function: FunctionDefinition,
    payload: str,
    arn: str,
    now: float,
    *,
    caller: tuple[str, str] | None,
    asynchronous: bool,
) -> Execution:
    """Return an execution that has just begun; it belongs to its caller's trace."""
    name, key = arn.split("/")[-2:]
    execution = Execution(
        arn,
        name=name,
        id=key,
        function=function.name,
        version=function.version,
        function_arn=function.invoked_arn,
        input=payload,
        started=now,
        config=function.durable or DurableConfig(),
        caller=caller,
        reported=not asynchronous,
        trace=current_text() or new_trace_id(),
    )
    execution.begin()
    return execution
