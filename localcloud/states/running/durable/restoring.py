"""Brings a durable execution to where it was, operation by operation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from localcloud.states.language.errors import StatesError
from localcloud.states.language.scope import Json
from localcloud.states.running.durable.execution import DurableExecution
from localcloud.states.running.durable.frame import DurableFrame
from localcloud.states.running.durable.standing import Standing
from localcloud.states.running.durable.values import Values
from localcloud.states.running.frame import Frame
from localcloud.states.running.history import Event
from localcloud.states.running.lines import Lines
from localcloud.states.running.record import Status
from localcloud.states.running.timeouts import HeartbeatMissed
from localcloud.states.running.tokens import TokenAnswer

# Events beside a line of control: what follows on it does not name them as its cause.
ASIDE: Final = {"MapIterationFailed", "MapIterationAborted", "MapStateSucceeded", "ParallelStateSucceeded"}
ENDS: Final[dict[str, Status]] = {
    "ExecutionSucceeded": "SUCCEEDED",
    "ExecutionFailed": "FAILED",
    "ExecutionAborted": "ABORTED",
    "ExecutionTimedOut": "TIMED_OUT",
}


def begin(execution: DurableExecution) -> None:
    """Prepare an execution that has just been made for its operations."""
    execution.top.standing = Standing()


def apply(execution: DurableExecution, operation: Sequence[Json]) -> None:
    """Carry an operation of the journal out on an execution, in the order in which they were written."""
    code, *members = operation
    match code:
        case "E":
            _own_event(execution, *members)
        case "x":
            execution.close(*members)
        case "z":
            execution.history.stripped = True
        case _:
            path, *rest = members
            _OPERATIONS[code](_line(execution, path), *rest)


def _line(execution: DurableExecution, path: Sequence[int]) -> DurableFrame:
    frame = execution.top
    for number in path:
        inner = frame.line(number)
        assert isinstance(inner, DurableFrame)
        frame = inner
        if frame.standing is None:
            frame.standing = Standing()
    return frame


def _own_event(execution: DurableExecution, *members: Json) -> None:
    kind, previous, moment, written, references, *_redrives = members
    details = Values(execution.data).read(written, references or {})
    number = execution.history.add(kind, previous, details, moment)
    if kind == "ExecutionRedriven":
        execution.reopen(number, moment)
        begin(execution)
        return
    execution.closed(ENDS[kind], moment, details)


def _event(frame: DurableFrame, *members: Json) -> None:
    kind, previous, moment, written, references, following = members
    details = None if written is None else frame.values.read(written, references or {})
    number = frame.execution.history.add(kind, previous, details, moment)
    event, standing = Event(kind, previous, moment, details), _standing(frame)
    if kind.endswith("StateEntered"):
        _entered(frame, number, event)
    elif kind.endswith("StateExited"):
        _leave(frame, number, event, following)
    elif kind == "MapIterationStarted":
        frame.last = number
    elif kind == "MapIterationSucceeded":
        _iterated(frame, number)
    else:
        standing.attempt.append(number)
        if kind not in ASIDE:
            frame.last = number
        _begin_lines(frame, event)


def _entered(frame: DurableFrame, number: int, event: Event) -> None:
    details = event.details or {}
    frame.last = frame.entered = number
    frame.stand((details["name"], details["input"]), event.timestamp)
    frame.lines = frame.failure = None
    frame.standing = Standing(inside=True)


def _leave(frame: DurableFrame, number: int, event: Event, following: str | None) -> None:
    details = event.details or {}
    output = details["output"]
    frame.last = number
    frame.variables.update(details.get("assignedVariables") or {})
    frame.lines = frame.failure = None
    if following is not None:
        frame.at, frame.standing = (following, output), Standing()
        return
    frame.standing = Standing(over=True, output=output)
    outer = frame.outer
    if outer is not None and _standing(outer).parallel:
        _lines(outer).results[frame.number] = output


def _iterated(frame: DurableFrame, number: int) -> None:
    outer = _outer(frame)
    outer.last = number
    lines = _lines(outer)
    lines.results[frame.number] = _standing(frame).output
    del lines.frames[frame.number]


def _begin_lines(frame: DurableFrame, event: Event) -> None:
    match event.kind:
        case "ParallelStateStarted" | "MapStateStarted":
            Frame.begin_lines(frame)
            _standing(frame).parallel = event.kind == "ParallelStateStarted"
        case "MapRunStarted" | "MapRunRedriven":
            assert event.details is not None
            _lines(frame).map_run = frame.execution.host.map_run(event.details["mapRunArn"])


def _retried(frame: DurableFrame, retries: list[int], until: float) -> None:
    frame.lines = frame.failure = None
    frame.standing = Standing(inside=True, retries=retries, until=until)


def _waits(frame: DurableFrame, until: float) -> None:
    _standing(frame).until = until


def _failed(frame: DurableFrame, error: str | None, cause: str | None, missed: bool, last: int) -> None:
    frame.failure = _error(error, cause, missed)
    frame.last = last
    _standing(frame).begin_attempt()


def _has_token(frame: DurableFrame, token: str) -> None:
    _standing(frame).token = token


def _answer(frame: DurableFrame, output: Json, *error: Json) -> None:
    _standing(frame).answer = TokenAnswer(output, _error(*error) if error else None)


def _error(error: str | None, cause: str | None, missed: bool) -> StatesError:
    return HeartbeatMissed() if missed else StatesError(error, cause)


def _standing(frame: DurableFrame) -> Standing:
    assert frame.standing is not None
    return frame.standing


def _outer(frame: DurableFrame) -> DurableFrame:
    assert frame.outer is not None
    return frame.outer


def _lines(frame: DurableFrame) -> Lines[Frame]:
    assert frame.lines is not None
    return frame.lines


_OPERATIONS: Final[dict[str, Callable[..., None]]] = {
    "e": _event,
    "r": _retried,
    "w": _waits,
    "f": _failed,
    "t": _has_token,
    "a": _answer,
}
