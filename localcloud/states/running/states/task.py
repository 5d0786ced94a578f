"""Task: a call of a service, a function or an activity."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping

from localcloud.states.integrations import Integration, call, integration, nested_result
from localcloud.states.language.errors import StatesError
from localcloud.states.language.scope import Json
from localcloud.states.running.fields import Field
from localcloud.states.running.frame import Frame
from localcloud.states.running.handling import TIMEOUT
from localcloud.states.running.states.working import Working
from localcloud.states.running.tokens import ActivityTask, Token


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
        token = tokens.issue() if self.target.pattern == "WAIT_FOR_TASK_TOKEN" else None
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


class _Attempt:
    """One attempt of a task."""

    __slots__ = ("_arguments", "_frame", "_heartbeat", "_limit", "_task", "_token")

    def __init__(self, task: Task, frame: Frame, data: Json, token: Token | None) -> None:
        self._task = task
        self._frame = frame
        self._token = token
        self._arguments = task.flow.arguments(frame, data)
        self._limit, self._heartbeat = task.limits(frame, data)

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
            output = await self._called()
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
        token = host.tokens.issue()
        started: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()
        started.add_done_callback(self._started)
        activity.offer(ActivityTask(token, self._arguments, started))
        self._arguments = None
        try:
            frame.rest()
            output = await token.answer(self._limit, self._heartbeat)
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
            result = await self._called()
            pattern = self._task.target.pattern
            if pattern != "REQUEST_RESPONSE":
                frame.note("TaskSubmitted", {"output": result, **place})
                # Many wait here, for long: what they need no more is given up.
                if self._token is not None:
                    result = None
                    frame.rest()
                    result = await self._token.answer(self._limit, self._heartbeat)
                else:
                    frame.rest()
                    result = nested_result(await self._nested(result["ExecutionArn"]), pattern)
            frame.execution.check_size(place["resourceType"], result)
        except StatesError as error:
            self._note_failure(error, place, "TaskTimedOut", "TaskFailed")
            raise
        finally:
            if self._token is not None:
                frame.execution.host.tokens.withdraw(self._token)
        frame.note("TaskSucceeded", {"output": result, **place})
        return result

    async def _nested(self, arn: str) -> Json:
        """Return the description of an execution that ends; stop it if nobody waits for it."""
        host = self._frame.execution.host
        try:
            async with asyncio.timeout(self._limit):
                return await host.end_of(arn)
        except TimeoutError:
            host.stop(arn)
            raise StatesError(TIMEOUT) from None
        except asyncio.CancelledError:
            host.stop(arn)
            raise

    async def _called(self) -> Json:
        """Make the call within the time limit.

        A function's limit is the Lambda service's to count: it knows what the function itself took.
        """
        frame, target, arguments = self._frame, self._task.target, self._arguments
        transport = frame.execution.host.transport
        invokes = target.service == "lambda" and target.operation == "Invoke"
        # Functions are the many: none of them is told of the execution.
        context = None if invokes else frame.context
        self._arguments = None
        calling = call(target, arguments, transport, limit=self._limit, context=context)
        if invokes or self._limit is None:
            return await calling
        try:
            async with asyncio.timeout(self._limit):
                return await calling
        except TimeoutError:
            raise StatesError(TIMEOUT) from None

    def _note_failure(
        self, error: StatesError, place: Mapping[str, str], timed_out: str, failed: str
    ) -> None:
        details = {**place, "error": error.error, "cause": error.cause}
        shown = {name: value for name, value in details.items() if value is not None}
        self._frame.note(timed_out if error.error == TIMEOUT else failed, shown)
