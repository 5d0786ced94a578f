"""The durable executions of the account: started, invoked again, checkpointed, ended."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from typing import Final

from localcloud.clock import MovableClock
from localcloud.functions.durable import invocations, reading
from localcloud.functions.durable.callers import LONGEST_WAIT, Callers
from localcloud.functions.durable.chained import Chained
from localcloud.functions.durable.checkpoints import Checkpoints
from localcloud.functions.durable.driving import Driver
from localcloud.functions.durable.errors import AlreadyStarted, ExecutionNotFound, InvalidParameter
from localcloud.functions.durable.execution import Execution
from localcloud.functions.durable.keeping import ExecutionStore, VolatileExecutions
from localcloud.functions.durable.model import DurableOperation, error_object
from localcloud.functions.durable.naming import execution_arn
from localcloud.functions.durable.new import new_execution
from localcloud.functions.durable.parts import Attempt, FunctionDirectory
from localcloud.functions.durable.reporting import Report, deliver_report
from localcloud.functions.durable.timers import Timers
from localcloud.functions.durable.tree import Shows
from localcloud.functions.model import DurableConfig, FunctionDefinition, InvokeResult, new_request_id

DAY: Final = 86_400
TOO_LONG: Final = (
    "You cannot synchronously invoke a durable function with an executionTimeout greater than 15 minutes."
)


class DurableExecutions:
    """Runs durable executions.

    Parameters
    ----------
    attempt
        Runs a function once.
    clock
        The time of waits, timeouts and retries.
    store
        Keeps executions over the end of the process.
    report
        Called at the ends of those that an ``Event`` started: for destinations and dead letters.
    shows
        Called with each invocation that has ended.

    Attributes
    ----------
    callers
        Who waits for ends of executions.
    """

    def __init__(
        self,
        attempt: Attempt,
        functions: FunctionDirectory,
        clock: MovableClock,
        store: ExecutionStore | None = None,
        report: Report | None = None,
        *,
        shows: Shows | None = None,
    ) -> None:
        self._report = report
        self._functions = functions
        self._clock = clock
        self._store = store or VolatileExecutions()
        self._executions: dict[str, Execution] = {}
        self._names: dict[tuple[str, str], Execution] = {}
        self.callers = Callers(clock)
        self._paused: bool | None = None  # while those of an earlier run must not go on yet
        self._driving: dict[str, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._timers = Timers(clock, self._due)
        self._chained = Chained(self, functions, attempt)
        self.checkpoints = Checkpoints(self, self._chained, clock)
        parts = attempt, clock, self._chained, self.checkpoints, shows
        self._driver = Driver(self, functions, *parts)

    def now(self) -> float:
        """Return seconds since 1970."""
        return self._clock.now()

    def executions(self) -> Iterator[Execution]:
        """Yield all executions that there are, in the order of their starts."""
        return iter(self._executions.values())

    def load(self) -> None:
        """Find the executions of an earlier run: names and callbacks are theirs before they go on."""
        if self._paused is None:
            self._paused = True
            for execution in self._store.load():
                self._add(execution)

    def resume(self) -> None:
        """Go on with the executions of an earlier run: what was under way is invoked again."""
        self.load()
        self._paused = False
        for execution in list(self._executions.values()):
            self._chained.resume(execution)
            self.moved(execution)

    async def stop(self) -> None:
        """Begin nothing more, and keep what there is. Callers wait no longer."""
        self._timers.stop()
        self.callers.stop()
        tasks = [*self._driving.values(), *self._tasks]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def invoke(
        self,
        function: FunctionDefinition,
        payload: bytes,
        *,
        asynchronous: bool = False,
        limit: float | None = None,
        name: str | None = None,
    ) -> InvokeResult:
        """Start an execution, or join the one of the name; a synchronous caller waits for its end.

        Raises
        ------
        InvalidParameter
            The function's ARN is not qualified, the name is none, or the caller cannot wait for so long.
        AlreadyStarted
            The name belongs to an execution with another payload.
        CallerTimedOut
            The caller's limit, or 15 minutes, are over; the execution runs on.
        """
        if not function.qualifier:
            raise InvalidParameter("You cannot invoke a durable function using an unqualified ARN.")
        config = function.durable or DurableConfig()
        if not asynchronous and config.execution_timeout > LONGEST_WAIT:
            raise InvalidParameter(TOO_LONG)
        execution = self.start(function, payload.decode(), name, asynchronous=asynchronous)
        request_id = new_request_id()
        if asynchronous:
            return InvokeResult(
                b"", request_id=request_id, version=function.version, durable_arn=execution.arn
            )
        if execution.live:
            await self.callers.wait(execution.arn, limit)
        return invocations.outcome(execution, request_id)

    def start(
        self,
        function: FunctionDefinition,
        payload: str,
        name: str | None = None,
        *,
        arn: str | None = None,
        caller: tuple[str, str] | None = None,
        asynchronous: bool = False,
    ) -> Execution:
        """Start an execution, or return the one that has the name already."""
        name = new_request_id() if name is None else reading.execution_name(name)
        joined = self._names.get((function.name, name))
        if joined is not None:
            if joined.input != payload:
                raise AlreadyStarted(f"A durable execution with the name {name} has already been started.")
            return joined
        arn = arn or execution_arn(function, name)
        now = self._clock.now()
        execution = new_execution(function, payload, arn, now, caller=caller, asynchronous=asynchronous)
        self._add(execution)
        self.moved(execution)
        return execution

    def find(self, arn: str) -> Execution:
        """Return an execution; raise `ExecutionNotFound`."""
        execution = self._executions.get(arn)
        if execution is None:
            raise ExecutionNotFound(f"Durable execution not found: {arn}")
        execution.settle(self._clock.now())
        self.moved(execution)
        return execution

    def callback(self, key: str) -> tuple[Execution, DurableOperation]:
        """Return a callback and its execution; raise `ExecutionNotFound`."""
        entry = self.checkpoints.callbacks.get(key)
        if entry is None:
            raise ExecutionNotFound("Callback not found.")
        entry[0].settle(self._clock.now())
        self.moved(entry[0])
        return entry

    def remove(self, execution: Execution) -> None:
        """Forget an execution that has ended."""
        self._executions.pop(execution.arn, None)
        self._names.pop((execution.function, execution.name), None)
        self.checkpoints.forget(execution)
        self._timers.clear(execution.arn)
        self._store.forget(execution)

    def get(self, arn: str) -> Execution | None:
        """Return an execution as it was left, or None where there is none."""
        return self._executions.get(arn)

    def save(self, execution: Execution) -> None:
        """Write down what has changed."""
        self._store.save(execution)

    def moved(self, execution: Execution) -> None:
        """Act on a change: write it down, set the timer, invoke the function, notify callers."""
        self._store.save(execution)
        arn = execution.arn
        if not execution.live:
            self._ended(execution)
        if self._paused or not execution.live:
            return
        self._timers.set(arn, execution.next_due)
        if execution.due and execution.status == "RUNNING" and arn not in self._driving:
            task = asyncio.get_running_loop().create_task(self._driver.drive(execution))
            self._driving[arn] = task
            task.add_done_callback(lambda done: self._drove(execution, done))

    def keep(self, work: Coroutine[None, None, None]) -> None:
        """Run something beside; it ends with the service."""
        self._tasks.add(task := asyncio.get_running_loop().create_task(work))
        task.add_done_callback(self._tasks.discard)

    def _ended(self, execution: Execution) -> None:
        assert execution.ended is not None
        self._timers.set(execution.arn, execution.ended + execution.config.retention_days * DAY)
        self.callers.ended(execution.arn)
        if execution.caller is not None:
            caller, execution.caller = execution.caller, None
            self._chained.ended(caller, execution)
        if not execution.reported:
            execution.reported = True
            if self._report is not None:
                self.keep(deliver_report(execution, self._functions, self._report))
        self._store.save(execution)

    def _due(self, arn: str) -> None:
        execution = self._executions.get(arn)
        if execution is None:
            return
        if not execution.live:
            self.remove(execution)
            return
        execution.settle(self._clock.now())
        self.moved(execution)

    def _drove(self, execution: Execution, task: asyncio.Task[None]) -> None:
        self._driving.pop(execution.arn, None)
        if task.cancelled():
            return
        if (error := task.exception()) is not None and execution.live:
            words = f"The execution broke: {error!r}"
            execution.finish("FAILED", self._clock.now(), error=error_object("ServiceException", words))
        self.moved(execution)

    def _add(self, execution: Execution) -> None:
        self._executions[execution.arn] = execution
        self._names[execution.function, execution.name] = execution
        self.checkpoints.register(execution, execution.operations)
