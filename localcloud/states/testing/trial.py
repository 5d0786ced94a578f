"""One try of a state, and what its Retry and Catch make of an error."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Final, Literal, cast

from localcloud.states.language.errors import StatesError
from localcloud.states.language.scope import ABSENT, Json
from localcloud.states.running.children import EXCEEDED, EXCEEDED_CAUSE
from localcloud.states.running.frame import Frame
from localcloud.states.running.states.base import Immediate, Waiting
from localcloud.states.running.states.distributed_map import DistributedMap
from localcloud.states.running.states.map_state import Map
from localcloud.states.running.states.task import Task
from localcloud.states.running.states.working import Working
from localcloud.states.running.timeouts import TIMEOUT
from localcloud.states.testing.maps import intolerable, preview
from localcloud.states.testing.mock import TrialRequest
from localcloud.states.testing.subject import Subject

Status = Literal["SUCCEEDED", "FAILED", "RETRIABLE", "CAUGHT_ERROR"]
# A test may last so long.
LONGEST: Final = 300


@dataclass(frozen=True)
class TestOutcome:
    """How a test ended.

    Attributes
    ----------
    output
        ABSENT where there is none.
    error
        What the state failed with, caught or not.
    details
        The members of ``errorDetails``.
    """

    status: Status
    output: Json = ABSENT
    next: str | None = None
    error: StatesError | None = None
    details: dict[str, int] = field(default_factory=dict)


async def tried(frame: Frame, subject: Subject, request: TrialRequest) -> TestOutcome:
    """Try the state once."""
    try:
        async with asyncio.timeout(LONGEST):
            return await _tried(frame, subject, request)
    except TimeoutError:
        return TestOutcome("FAILED", error=StatesError(TIMEOUT))


async def _tried(frame: Frame, subject: Subject, request: TrialRequest) -> TestOutcome:
    state = subject.state
    try:
        if isinstance(state, Working):
            output = await _attempt(frame, state, request)
            return TestOutcome("SUCCEEDED", output, state.next)
        if isinstance(state, Immediate):
            step = state.step(frame, request.data)
        else:
            step = await cast(Waiting, state).run(frame, request.data)
        return TestOutcome("SUCCEEDED", step.output, step.next)
    except StatesError as failure:
        return _handled(frame, subject, request, frame.described(state, failure))


async def _attempt(frame: Frame, state: Working, request: TrialRequest) -> Json:
    result = await _work(frame, state, request)
    frame.keep("result", result)
    output = state.flow.finish(frame, request.data, result)
    frame.leave(state, output.value, output.assigned, state.next)
    return output.value


async def _work(frame: Frame, state: Working, request: TrialRequest) -> Json:
    mock = request.mock
    if mock is None:
        return await state.work(frame, request.data)
    effective = state.flow.arguments(frame, request.data)
    if isinstance(state, Task):
        state.limits(frame, request.data)
    elif isinstance(state, Map):
        preview(frame, state, effective, request.configuration)
    return mock.played()


def _handled(frame: Frame, subject: Subject, request: TrialRequest, error: StatesError) -> TestOutcome:
    """Let the state's handlers have an error, and those of the states around it what they leave."""
    tries = request.configuration.retries
    raised = error
    for state in (subject.state, *subject.around):
        if not isinstance(state, Working):
            continue
        if state is not subject.state and isinstance(state, DistributedMap):
            if _tolerated(frame, state, request):
                break
            raised = StatesError(EXCEEDED, EXCEEDED_CAUSE)
        number = state.handlers.retrier(raised)
        if number is not None:
            retrier = state.handlers.retriers[number]
            if tries < retrier.attempts:
                seconds = int(retrier.backoff_seconds(tries))
                details = {"retryIndex": number, "retryBackoffIntervalSeconds": seconds}
                return TestOutcome("RETRIABLE", error=raised, details=details)
            # The number of retries is that of the first Retry which is for the error.
            tries = 0
        number = state.handlers.catcher(raised)
        if number is not None:
            return _caught(frame, state, request, raised, number)
    return TestOutcome("FAILED", error=error)


def _tolerated(frame: Frame, state: DistributedMap, request: TrialRequest) -> bool:
    """Say whether a Map goes on when the iteration under test fails, after those that are said to have."""
    failures = (request.configuration.failures or 0) + 1
    try:
        return not intolerable(frame, state, request.data, failures, items=None)
    except StatesError:
        # A path into the Map's own input, which a test of a state within does not have.
        return True


def _caught(
    frame: Frame, state: Working, request: TrialRequest, error: StatesError, number: int
) -> TestOutcome:
    catcher = state.handlers.catchers[number]
    try:
        output, assigned = catcher.output(frame, request.data, error)
        frame.leave(state, output, assigned, catcher.next)
    except StatesError as failure:
        return TestOutcome("FAILED", error=frame.described(state, failure))
    return TestOutcome("CAUGHT_ERROR", output, catcher.next, error, {"catchIndex": number})
