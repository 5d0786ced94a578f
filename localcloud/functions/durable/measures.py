"""What CloudWatch shows of durable executions: begun, ended, and how.

Source: https://docs.aws.amazon.com/lambda/latest/dg/durable-monitoring.html
"""

from __future__ import annotations

from typing import Final

from localcloud.functions.durable.execution import Execution
from localcloud.functions.durable.keeping import ExecutionStore
from localcloud.functions.observing import Metric, Observations

_ENDED: Final[dict[str, Metric]] = {
    "SUCCEEDED": "DurableExecutionSucceeded",
    "FAILED": "DurableExecutionFailed",
    "TIMED_OUT": "DurableExecutionTimedOut",
    "STOPPED": "DurableExecutionStopped",
}


class MeasuredExecutions:
    """An `ExecutionStore` that measures each execution's beginning and end once, and hands on to another.

    Parameters
    ----------
    store
        Called with each change, so that what is kept over a restart is not measured a second time.
    """

    def __init__(self, store: ExecutionStore, observations: Observations) -> None:
        self._store = store
        self._observations = observations
        self._live: set[str] = set()
        self._ended: set[str] = set()

    def load(self) -> list[Execution]:
        """Return the executions of an earlier run; what began or ended in it was measured in it."""
        executions = self._store.load()
        for execution in executions:
            (self._live if execution.live else self._ended).add(execution.arn)
        return executions

    def save(self, execution: Execution) -> None:
        """Measure what is new, and hand on."""
        self._store.save(execution)
        arn = execution.arn
        if arn in self._ended:
            return
        if arn not in self._live:
            self._live.add(arn)
            self._observations.note("DurableExecutionStarted", execution.function)
        if not execution.live:
            self._live.discard(arn)
            self._ended.add(arn)
            self._observations.note(_ENDED[execution.status], execution.function)
            milliseconds = ((execution.ended or execution.started) - execution.started) * 1000
            self._observations.note("DurableExecutionDuration", execution.function, milliseconds)

    def forget(self, execution: Execution) -> None:
        """Forget what was measured of it, and hand on."""
        self._live.discard(execution.arn)
        self._ended.discard(execution.arn)
        self._store.forget(execution)
