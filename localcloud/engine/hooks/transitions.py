"""Step Functions' state transitions, the unit that Standard workflows are billed by."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

from localcloud.engine.mends.patching import Function, Record, original, wrap
from localcloud.engine.meter import Meter

MACHINE: ContextVar[str] = ContextVar("metered_machine", default="")


def count_transitions(meter: Meter) -> None:
    """Count each state that is entered, in branches and iterations as well, and each retry.

    That is AWS's rule ("each time a step of your workflow is executed, including retries"), as far
    as it is published; whether AWS adds one for the start or the end of an execution is not said,
    so it is left out. Express workflows, billed by requests and duration, are counted alike.
    """
    from ministack.services import stepfunctions  # noqa: PLC0415

    original(stepfunctions, "_executions")

    @wrap(stepfunctions, "_add_event")
    def _(before: Function) -> Function:
        def add(execution: Record, event_type: str, details: Any = None) -> Any:
            if event_type.endswith("StateEntered"):
                meter.transition(str(execution.get("stateMachineArn", "")).rpartition(":")[2])
            return before(execution, event_type, details)

        return add

    @wrap(stepfunctions, "_run_execution")
    def _(before: Function) -> Function:
        def run(arn: str) -> None:
            execution = stepfunctions._executions.get(arn) or {}
            token = MACHINE.set(str(execution.get("stateMachineArn", "")).rpartition(":")[2])
            try:
                before(arn)
            finally:
                MACHINE.reset(token)

        return run

    @wrap(stepfunctions, "_find_matching_retrier")
    def _(before: Function) -> Function:
        def find(*args: Any) -> Any:
            retrier, index = before(*args)
            if retrier is not None and MACHINE.get():
                meter.transition(MACHINE.get())
            return retrier, index

        return find
