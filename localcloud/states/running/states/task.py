"""Task: a call of a service, a function or an activity."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping, Sequence

from localcloud.clock import CLOCK
from localcloud.states.integrations import Integration, call, integration, nested_result
from localcloud.states.integrations.optimized import Pattern
from localcloud.states.language.errors import StatesError
from localcloud.states.language.scope import Json
from localcloud.states.running.fields import Field
from localcloud.states.running.frame import Frame
from localcloud.states.running.states.working import Working
from localcloud.states.running.timeouts import TIMEOUT
from localcloud.states.running.tokens import ActivityTask, TaskToken, TokenAnswer
from localcloud.states.running.traced import attempt_id
from localcloud.watchtower.traces.facade import use

# The events with which an attempt ends.
FUNCTION_ENDED = ("LambdaFunctionSucceeded", "LambdaFunctionFailed", "LambdaFunctionTimedOut")
ACTIVITY_ENDED = ("ActivitySucceeded", "ActivityFailed", "ActivityTimedOut")
TASK_ENDED = ("TaskSucceeded", "TaskFailed", "TaskTimedOut")
# Services that answer within the process: what they were asked is written with what came of it.
INSIDE = {"dynamodb", "sqs", "sns", "events"}
# Those that hold what a task was given.
SCHEDULED = ("TaskScheduled", "LambdaFunctionScheduled", "ActivityScheduled")


class Task(Working):
    """A compiled Task state."""

    kind = "Task"

    def __init__(self, name: str, definition: dict[str, Json], *, jsonata: bool) -> None:
        super().__init__(name, definition, jsonata=jsonata)
        self.target: Integration = integration(definition["Resource"])
        self._limit = Field.read(definition, "TimeoutSeconds", jsonata=jsonata, expects="integer")
        self._heartbeat = Field.read(definition, "HeartbeatSeconds", jsonata=jsonata, expects="integer")
        # What the history says of the task each time.
        self.place = {"resource": self.target.resource_name, "resourceType": self.target.resource_type}

    def work(self, frame: Frame, data: Json) -> Coroutine[None, None, Json]:
        """Make the call and wait for what it is to wait for."""
        tokens = frame.execution.host.tokens
        token = frame.token_of(tokens) if self.target.pattern == "WAIT_FOR_TASK_TOKEN" else None
        try:
            if token is not None:
                frame.token, frame.context = token.text, {**frame.context, "Task": {"Token": token.text}}
            attempt = _Attempt(self, frame, data, token)
        except StatesError:
            if token is not None:
                tokens.withdraw(token)
            raise
        match self.target.kind:
            case "lambda function":
                return attempt.function()
            case "activity":
                return attempt.activity()
            case _:
                return attempt.service()

    def limits(self, frame: Frame, data: Json) -> tuple[int | None, int | None]:
        """Return the seconds of TimeoutSeconds and HeartbeatSeconds."""
        scope = frame.scope(data)
        limit = None if self._limit is None else self._limit.integer(scope)
        heartbeat = None if self._heartbeat is None else self._heartbeat.integer(scope)
        return limit, heartbeat


def _answer(recorded: Mapping[str, Json]) -> TokenAnswer:
    """Return what came of a task according to an event that was left before a restart."""
    if "output" in recorded:
        return TokenAnswer(recorded["output"])
    return TokenAnswer(None, StatesError(recorded.get("error"), recorded.get("cause")))


def _outcome(recorded: Mapping[str, Json]) -> Json:
    """Return or raise it."""
    output, error = _answer(recorded)
    if error is not None:
        raise error
    return output


class _Attempt:
    """One attempt of a task."""

    __slots__ = ("_arguments", "_frame", "_heartbeat", "_limit", "_task", "_token")

    def __init__(self, task: Task, frame: Frame, data: Json, token: TaskToken | None) -> None:
        self._task = task
        self._frame = frame
        self._token = token
        recorded = frame.recorded(*SCHEDULED)
        if recorded is None:
            self._arguments = task.flow.arguments(frame, data)
            self._limit, self._heartbeat = task.limits(frame, data)
            return
        # Its arguments are those of before: an expression may have another value now.
        self._arguments = recorded["parameters" if "parameters" in recorded else "input"]
        self._limit = recorded.get("timeoutInSeconds")
        self._heartbeat = recorded.get("heartbeatInSeconds")

    def _times(self) -> dict[str, Json]:
        times = {"timeoutInSeconds": self._limit, "heartbeatInSeconds": self._heartbeat}
        return {name: seconds for name, seconds in times.items() if seconds is not None}

    async def function(self) -> Json:
        """Invoke the function that the resource names; the result is what it returns."""
        frame, resource = self._frame, self._task.target.resource
        frame.note(
            "LambdaFunctionScheduled", {"input": self._arguments, "resource": resource, **self._times()}
        )
        frame.note("LambdaFunctionStarted")
        try:
            output = await self._call(*FUNCTION_ENDED)
            frame.execution.check_size(resource, output)
        except StatesError as error:
            self._note_failure(error, {}, "LambdaFunctionTimedOut", "LambdaFunctionFailed")
            raise
        frame.note("LambdaFunctionSucceeded", {"output": output})
        return output

    async def activity(self) -> Json:
        """Offer the task to the activity's workers and wait for the answer."""
        frame, host, arn = self._frame, self._frame.execution.host, self._task.target.resource
        activity = host.activity(arn)
        if activity is None:
            cause = f"The activity {arn} does not exist"
            raise StatesError("States.Runtime", cause)
        frame.note("ActivityScheduled", {"input": self._arguments, "resource": arn, **self._times()})
        token = frame.token_of(host.tokens)
        limit = self._remaining()
        started: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()
        started.add_done_callback(self._started)
        if frame.recorded("ActivityStarted") is not None:
            # A worker has it, and its token.
            frame.note("ActivityStarted")
        elif frame.recorded(*ACTIVITY_ENDED) is None:
            frame.persist()
            activity.offer(ActivityTask(token, self._arguments, started))
        self._arguments = None
        try:
            output = await self._await_answer(token, limit, ACTIVITY_ENDED)
            frame.execution.check_size(arn, output)
        except StatesError as error:
            self._note_failure(error, {}, "ActivityTimedOut", "ActivityFailed")
            raise
        finally:
            host.tokens.withdraw(token)
            started.cancel()
        frame.note("ActivitySucceeded", {"output": output})
        return output

    def _started(self, worker: asyncio.Future[str | None]) -> None:
        if not worker.cancelled():
            name = worker.result()
            self._frame.note("ActivityStarted", {"workerName": name} if name else {})

    async def service(self) -> Json:
        """Call the service, and wait where the pattern says so."""
        frame, place = self._frame, self._task.place
        region = frame.execution.host.region
        frame.note(
            "TaskScheduled", {"parameters": self._arguments, "region": region, **place, **self._times()}
        )
        frame.note("TaskStarted", place)
        try:
            result = await self._call("TaskSubmitted", *TASK_ENDED)
            pattern = self._task.target.pattern
            if pattern != "REQUEST_RESPONSE":
                frame.note("TaskSubmitted", {"output": result, **place})
                # Many wait here, for long: what they need no more is given up.
                if self._token is not None:
                    result = None
                    result = await self._await_answer(self._token, self._remaining(), TASK_ENDED)
                else:
                    result = await self._nested(result["ExecutionArn"], pattern)
            frame.execution.check_size(place["resourceType"], result)
        except StatesError as error:
            self._note_failure(error, place, "TaskTimedOut", "TaskFailed")
            raise
        finally:
            if self._token is not None:
                frame.execution.host.tokens.withdraw(self._token)
        frame.note("TaskSucceeded", {"output": result, **place})
        return result

    def _await_answer(
        self, token: TaskToken, limit: float | None, outcomes: Sequence[str]
    ) -> asyncio.Future[Json]:
        """Return what a token is answered with, once it is."""
        recorded = self._frame.recorded(*outcomes)
        if recorded is not None:
            token.end(_answer(recorded))
        self._frame.rest()
        return token.answer(limit, self._heartbeat)

    def _remaining(self) -> float | None:
        """Return what is left of the time limit."""
        return None if self._limit is None else max(0.0, self._limit - self._frame.elapsed())

    async def _nested(self, arn: str, pattern: Pattern) -> Json:
        """Return the result of an execution that ends; stop it if no task waits for it."""
        host = self._frame.execution.host
        recorded = self._frame.recorded(*TASK_ENDED)
        if recorded is not None:
            return _outcome(recorded)
        self._frame.rest()
        try:
            async with CLOCK.timeout(self._remaining()):
                return nested_result(await host.end_of(arn), pattern)
        except TimeoutError:
            host.stop(arn)
            raise StatesError(TIMEOUT) from None
        except asyncio.CancelledError:
            host.stop(arn)
            raise

    async def _call(self, *outcomes: str) -> Json:
        """Make the call within the time limit, if it is not known from before what came of it.

        A function's limit is the Lambda service's to count: it knows what the function itself took.
        """
        frame, target, arguments = self._frame, self._task.target, self._arguments
        recorded = frame.recorded(*outcomes)
        if recorded is not None:
            return _outcome(recorded)
        if self._token is not None or target.service not in INSIDE:
            # What leaves the process could come back before it is written that it left.
            frame.persist()
        transport = frame.execution.host.transport
        header = frame.execution.trace
        if header is not None:
            # The event's number names the attempt's subsegment, which is written once all is over.
            use(header.below(attempt_id(frame.execution, frame.last)))
        invokes = target.service == "lambda" and target.operation == "Invoke"
        # Functions are the many: none of them receives the execution.
        context = None if invokes else frame.context
        self._arguments = None
        calling = call(target, arguments, transport, limit=self._limit, context=context)
        # What is at work on this machine takes the machine's time, whatever the orchestrations' clock shows.
        limit = None if invokes else self._limit
        try:
            with CLOCK.calls:
                if limit is None:
                    return await calling
                async with asyncio.timeout(limit):
                    return await calling
        except TimeoutError:
            raise StatesError(TIMEOUT) from None

    def _note_failure(
        self, error: StatesError, place: Mapping[str, str], timed_out: str, failed: str
    ) -> None:
        details = {**place, "error": error.error, "cause": error.cause}
        failure = {name: value for name, value in details.items() if value is not None}
        self._frame.note(timed_out if error.error == TIMEOUT else failed, failure)
