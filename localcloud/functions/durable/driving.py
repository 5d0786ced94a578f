"""Invoking an execution's function, for as long as there is something to invoke it for."""

from __future__ import annotations

from typing import Final

from localcloud.clock import MovableClock
from localcloud.functions.durable import invocations
from localcloud.functions.durable.chained import Chained
from localcloud.functions.durable.checkpoints import Checkpoints
from localcloud.functions.durable.execution import Execution
from localcloud.functions.durable.model import error_object
from localcloud.functions.durable.parts import Attempt, Executions, FunctionDirectory
from localcloud.functions.durable.tree import Shows, invocation_of
from localcloud.functions.errors import EngineUnavailable, FunctionNotFound, TooManyRequests
from localcloud.functions.model import new_request_id
from localcloud.functions.registry import FunctionReference
from localcloud.watchtower.traces.facade import use

_BACKOFF: Final = (1.0, 60.0)


class Driver:
    """Invokes functions again and again. A crash is tried again, after a wait that doubles."""

    def __init__(  # noqa: PLR0917 - all that an invocation touches
        self,
        executions: Executions,
        functions: FunctionDirectory,
        attempt: Attempt,
        clock: MovableClock,
        chained: Chained,
        checkpoints: Checkpoints,
        shows: Shows | None = None,
    ) -> None:
        self._executions = executions
        self._functions = functions
        self._attempt = attempt
        self._clock = clock
        self._chained = chained
        self._checkpoints = checkpoints
        self._shows = shows

    async def drive(self, execution: Execution) -> None:
        """Invoke the function for as long as there is something to invoke it for."""
        throttled = 0
        use(execution.trace or None)
        reference = FunctionReference(execution.function, execution.version)
        while execution.due and execution.status == "RUNNING":
            try:
                function = await self._functions.find(reference)
                started, request_id = self._clock.now(), new_request_id()
                execution.generation += 1
                news = frozenset(execution.external)
                event = invocations.begin(execution, self._checkpoints.token(execution))
                self._executions.save(execution)
                result = await self._attempt(function, event, request_id)
            except FunctionNotFound as error:
                reason = error_object("ResourceNotFoundException", str(error))
                execution.invoking = False
                execution.finish("FAILED", self._clock.now(), error=reason)
                return
            except (TooManyRequests, EngineUnavailable):
                execution.invoking, execution.due = False, True
                throttled += 1
                await self._clock.sleep(_delay(throttled))
                continue
            throttled = 0
            self._checkpoints.close(execution)
            execution.settle(self._clock.now())
            invocations.end(execution, result, started, self._clock.now())
            if self._shows is not None:
                self._shows(invocation_of(execution, started, self._clock.now(), news, result))
            self._chained.begin(execution)
            if execution.failures:
                self._executions.save(execution)
                await self._clock.sleep(_delay(execution.failures))
            else:
                self._executions.moved(execution)


def _delay(failures: int) -> float:
    shortest, longest = _BACKOFF
    return min(longest, shortest * 2.0 ** min(failures - 1, 16))
