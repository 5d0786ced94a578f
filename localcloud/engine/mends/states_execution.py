"""Step Functions: executions start at once, stop at once, and say how they ended as AWS does."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from contextvars import ContextVar
from functools import lru_cache
from typing import Any

from localcloud.engine.mends.patching import (
    Context,
    Function,
    Record,
    Response,
    mend,
    original,
    replace,
    wrap,
)


class Scope:
    """A part of an execution that can be ended from outside: all of it, a Parallel, a branch.

    Waiting states wait on their scope, so that StopExecution, a time-out or a failed sibling
    branch wakes them wherever they are.
    """

    def __init__(self, *, fails_whole: bool = True) -> None:
        self.fails_whole = fails_whole
        self.ended = threading.Event()
        self.reason: Exception | None = None
        self._wakers: set[Callable[[], None]] = set()
        self._lock = threading.Lock()

    def end(self, reason: Exception) -> None:
        """End the scope and everything within; the first reason counts."""
        with self._lock:
            if self.ended.is_set():
                return
            self.reason = reason
            self.ended.set()
            wakers = list(self._wakers)
        for wake in wakers:
            wake()

    def child(self, *, fails_whole: bool = True) -> Scope:
        """Return a scope that ends with this one, and perhaps with the first failure within."""
        inner = Scope(fails_whole=fails_whole)
        self.on_end(lambda: inner.end(self.reason or RuntimeError("ended")))
        return inner

    def on_end(self, wake: Callable[[], None]) -> Callable[[], None]:
        """Call ``wake`` when the scope ends (now, if it has); return what takes that back."""
        with self._lock:
            ended = self.ended.is_set()
            if not ended:
                self._wakers.add(wake)
        if ended:
            wake()
        return lambda: self._wakers.discard(wake)

    def check(self) -> None:
        """Raise the reason if the scope has ended."""
        if self.reason is not None:
            raise self.reason

    def sleep(self, seconds: float) -> None:
        """Sleep, unless the scope ends: then raise the reason."""
        self.ended.wait(seconds)
        self.check()


SCOPE: ContextVar[Scope | None] = ContextVar("states_scope", default=None)
RUNNING: dict[str, Scope] = {}


def scope() -> Scope:
    """Return the current scope; outside any execution (TestState) one of its own."""
    return SCOPE.get() or Scope()


class _Clock:
    """Stands in for ``time`` in MiniStack's Step Functions."""

    START_DELAY = 0.15

    def __getattr__(self, name: str) -> Any:
        return getattr(time, name)

    def sleep(self, seconds: float) -> None:
        """Skip the delay before each execution; wait states wait on their scope."""
        if seconds != self.START_DELAY:
            scope().sleep(seconds)


@mend("states.no_start_delay")
def executions_start_at_once(context: Context) -> None:
    """Start the first state at once; MiniStack sleeps 150 ms before each execution."""
    from ministack.services import stepfunctions  # noqa: PLC0415

    replace(stepfunctions, "time", _Clock())


@mend("states.stop")
def executions_end_when_told(context: Context) -> None:
    """End a stopped or timed-out execution where it stands, for good.

    AWS's StopExecution ends waits and callbacks at once, and TimeoutSeconds of the state machine
    ends it with status TIMED_OUT. MiniStack lets the thread go on: a task that then fails turns
    ABORTED into FAILED, and the machine's TimeoutSeconds is ignored.
    """
    from ministack.services import stepfunctions  # noqa: PLC0415

    failure = original(stepfunctions, "_ExecutionError")
    add_event = original(stepfunctions, "_add_event")

    def time_out(execution: Record, running: Scope) -> None:
        if execution["status"] != "RUNNING":
            return
        execution.update(status="TIMED_OUT", error="States.Timeout", stopDate=stepfunctions.now_iso())
        details = {"error": "States.Timeout", "cause": ""}
        add_event(execution, "ExecutionTimedOut", {"executionTimedOutEventDetails": details})
        stepfunctions._emit_execution_status_event(execution)
        running.end(failure("States.Timeout", ""))

    @wrap(stepfunctions, "_run_execution")
    def _(before: Function) -> Function:
        def run(arn: str) -> None:
            execution = stepfunctions._executions.get(arn)
            if execution is None:
                return
            running = RUNNING[arn] = Scope()
            token = SCOPE.set(running)
            timer = None
            machine = stepfunctions._state_machines.get(execution["stateMachineArn"]) or {}
            seconds = _top_level_timeout(machine.get("definition", ""))
            if seconds:
                timer = threading.Timer(seconds, time_out, (execution, running))
                timer.daemon = True
                timer.start()
            try:
                before(arn)
            finally:
                if timer:
                    timer.cancel()
                SCOPE.reset(token)
                if RUNNING.get(arn) is running:
                    del RUNNING[arn]

        return run

    @wrap(stepfunctions, "_stop_execution")
    def _(before: Function) -> Function:
        def stop(data: Record) -> Response:
            response: Response = before(data)
            running = RUNNING.get(str(data.get("executionArn")))
            if response[0] == 200 and running is not None:
                running.end(failure(data.get("error") or "Aborted", data.get("cause") or ""))
            return response

        return stop

    @wrap(stepfunctions, "_fail_execution")
    def _(before: Function) -> Function:
        def fail(execution: Record, error: str, cause: str) -> None:
            if execution["status"] == "RUNNING":
                before(execution, error, cause)

        return fail


@lru_cache(maxsize=128)
def _top_level_timeout(definition: str) -> float | None:
    if '"TimeoutSeconds"' not in definition:
        return None
    try:
        seconds = json.loads(definition).get("TimeoutSeconds")
    except (ValueError, AttributeError):
        return None
    return float(seconds) if isinstance(seconds, int | float) else None


@mend("states.failed_output")
def failed_executions_have_no_output(context: Context) -> None:
    """Leave the output of a FAILED execution out; its error and cause say what happened.

    MiniStack makes up an output of ``{"Error": ..., "Cause": ...}``. A nested execution
    (``startExecution.sync``) that fails is, on AWS, a States.TaskFailed whose cause describes it.
    """
    from ministack.services import stepfunctions  # noqa: PLC0415

    @wrap(stepfunctions, "_fail_execution")
    def _(before: Function) -> Function:
        def fail(execution: Record, error: str, cause: str) -> None:
            before(execution, error, cause)
            if execution["status"] != "SUCCEEDED":
                execution["output"] = None

        return fail

    @wrap(stepfunctions, "_start_sync_execution")
    def _(before: Function) -> Function:
        def start(data: Record) -> Response:
            status, headers, body = before(data)
            answer = json.loads(body)
            if status == 200 and answer.get("status") != "SUCCEEDED":
                answer.pop("output", None)
                answer.pop("outputDetails", None)
                body = json.dumps(answer).encode()
            return status, headers, body

        return start

    def nested_failure(payload: Record) -> tuple[str, str]:
        described = {name[0].upper() + name[1:]: value for name, value in payload.items()}
        return "States.TaskFailed", json.dumps(described)

    replace(stepfunctions, "_nested_execution_failure", nested_failure)
