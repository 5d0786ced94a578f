"""Task: a call of a service, a function or an activity."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping

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
        self._credentials: Json = definition.get("Credentials")

    async def work(self, frame: Frame, data: Json) -> Json:
        """Make the call and wait for what it is to wait for."""
        waits = self.target.pattern == "WAIT_FOR_TASK_TOKEN"
        token = frame.execution.host.tokens.issue() if waits else None
        try:
            if token is not None:
                frame.context = {**frame.context, "Task": {"Token": token.text}}
            attempt = _Attempt(self, frame, data, token)
            match self.target.kind:
                case "lambda function":
                    return await attempt.function()
                case "activity":
                    return await attempt.activity()
                case _:
                    return await attempt.service()
        finally:
            if token is not None:
                frame.execution.host.tokens.withdraw(token)

    def limits(self, frame: Frame, data: Json) -> tuple[int | None, int | None]:
        """Return the seconds of TimeoutSeconds and HeartbeatSeconds."""
        scope = frame.scope(data)
        limit = None if self._limit is None else self._limit.integer(scope)
        heartbeat = None if self._heartbeat is None else self._heartbeat.integer(scope)
        return limit, heartbeat


class _Attempt:
    """One attempt of a task."""

    def __init__(self, task: Task, frame: Frame, data: Json, token: Token | None) -> None:
        self._target = task.target
        self._frame = frame
        self._token = token
        self._arguments = task.flow.arguments(frame, data)
        self._limit, self._heartbeat = task.limits(frame, data)
        self._times = {
            name: seconds
            for name, seconds in (
                ("timeoutInSeconds", self._limit),
                ("heartbeatInSeconds", self._heartbeat),
            )
            if seconds is not None
        }
        self._place = {"resource": task.target.resource_name, "resourceType": task.target.resource_type}

    async def function(self) -> Json:
        """Invoke the function that the resource names; the result is what it returns."""
        frame, target = self._frame, self._target
        details = {"input": self._arguments, "resource": target.resource, **self._times}
        frame.note("LambdaFunctionScheduled", details)
        frame.note("LambdaFunctionStarted")
        output = await self._noted(self._called(), {}, "LambdaFunctionTimedOut", "LambdaFunctionFailed")
        frame.note("LambdaFunctionSucceeded", {"output": output})
        return output

    async def activity(self) -> Json:
        """Offer the task to the activity's workers and wait for the answer."""
        frame, host = self._frame, self._frame.execution.host
        arn = self._target.resource
        activity = host.activity(arn)
        if activity is None:
            cause = f"The activity {arn} does not exist"
            raise StatesError("States.Runtime", cause)
        frame.note("ActivityScheduled", {"input": self._arguments, "resource": arn, **self._times})
        token = host.tokens.issue()
        started: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()
        started.add_done_callback(self._started)
        activity.offer(ActivityTask(token, self._arguments, started))
        try:
            waiting = token.wait(self._limit, self._heartbeat)
            output = await self._noted(waiting, {}, "ActivityTimedOut", "ActivityFailed")
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
        """Call the service."""
        frame = self._frame
        details = {
            "parameters": self._arguments,
            "region": frame.execution.host.region,
            **self._place,
            **self._times,
        }
        frame.note("TaskScheduled", details)
        frame.note("TaskStarted", dict(self._place))
        result = await self._noted(self._submitted(), self._place, "TaskTimedOut", "TaskFailed")
        frame.note("TaskSucceeded", {"output": result, **self._place})
        return result

    async def _submitted(self) -> Json:
        """Make the call, and wait where the pattern says so."""
        result = await self._called()
        if self._target.pattern == "REQUEST_RESPONSE":
            return result
        self._frame.note("TaskSubmitted", {"output": result, **self._place})
        if self._token is not None:
            return await self._token.wait(self._limit, self._heartbeat)
        host, arn = self._frame.execution.host, result["ExecutionArn"]
        try:
            async with asyncio.timeout(self._limit):
                description = await host.end_of(arn)
        except TimeoutError:
            host.stop(arn)
            raise StatesError(TIMEOUT) from None
        except asyncio.CancelledError:
            host.stop(arn)
            raise
        return nested_result(description, self._target.pattern)

    async def _called(self) -> Json:
        """Make the call within the time limit.

        A function's limit is the Lambda service's to count: it knows what the function itself took.
        """
        frame, target = self._frame, self._target
        transport = frame.execution.host.transport
        invokes = target.service == "lambda" and target.operation == "Invoke"
        calling = call(target, self._arguments, transport, limit=self._limit, context=frame.context)
        if invokes or self._limit is None:
            return await calling
        try:
            async with asyncio.timeout(self._limit):
                return await calling
        except TimeoutError:
            raise StatesError(TIMEOUT) from None

    async def _noted(
        self, work: Awaitable[Json], place: Mapping[str, str], timed_out: str, failed: str
    ) -> Json:
        """Await ``work``; note how it failed, if it did."""
        try:
            result = await work
            self._frame.execution.check_size(place.get("resourceType") or self._target.resource, result)
            return result
        except StatesError as error:
            details = {**place, "error": error.error, "cause": error.cause}
            shown = {name: value for name, value in details.items() if value is not None}
            self._frame.note(timed_out if error.error == TIMEOUT else failed, shown)
            raise
