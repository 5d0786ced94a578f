"""The ends of executions that an ``Event`` started: destinations and dead letters receive them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress

from localcloud.functions.durable.execution import Execution
from localcloud.functions.durable.invocations import outcome
from localcloud.functions.durable.parts import FunctionDirectory
from localcloud.functions.errors import EngineUnavailable, FunctionNotFound
from localcloud.functions.model import FunctionDefinition, InvokeResult, new_request_id
from localcloud.functions.registry import FunctionReference

# Takes the function as it was invoked, the event, and the result.
Report = Callable[[FunctionDefinition, bytes, InvokeResult], Awaitable[None]]


async def deliver_report(execution: Execution, functions: FunctionDirectory, report: Report) -> None:
    """Report how an execution ended, by the configuration that its function has now."""
    qualifier = execution.function_arn.split(":")[-1]
    with suppress(FunctionNotFound, EngineUnavailable):
        function = await functions.find(FunctionReference(execution.function, qualifier))
        await report(function, execution.input.encode(), outcome(execution, new_request_id()))
