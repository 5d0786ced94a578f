"""How often each function ran, and for how long: what Lambda bills."""

from __future__ import annotations

import logging
import math
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from localcloud.functions.errors import TooManyRequests
from localcloud.functions.observing import IN_MILLISECONDS, Observation
from localcloud.watchtower.facade import EmbeddedError, Metrics, Rings, take_embedded

NAMESPACE = "AWS/Lambda"
OF_INVOCATIONS = (
    *(("Invocations", "Count"), ("Errors", "Count"), ("Throttles", "Count")),
    *(("Duration", "Milliseconds"), ("ConcurrentExecutions", "Count")),
)
logger = logging.getLogger(__name__)


@dataclass
class _Run:
    invocations: int = 0
    running: int = 0
    ms: float = 0.0
    billed_ms: int = 0
    megabyte_ms: int = 0


class _Counted:
    """The block of one invocation: there are too many of them for a generator each."""

    __slots__ = ("_run", "_started", "_throttled")

    def __init__(self, run: _Run, throttled: Callable[[], None]) -> None:
        self._run = run
        self._throttled = throttled

    def __enter__(self) -> None:
        self._run.running += 1
        self._started = time.perf_counter()

    def __exit__(self, _kind: object, error: BaseException | None, _traceback: object) -> None:
        run = self._run
        run.running -= 1
        if isinstance(error, TooManyRequests):
            self._throttled()
            return
        run.invocations += 1
        run.ms += (time.perf_counter() - self._started) * 1000


class InvocationMeter:
    """Counts invocations from every caller: retries and batches of mappings are invocations too.

    ``ms`` is the caller's time: a cold start is part of it, and so is a wait for a free environment.
    ``billed_ms`` is the function's own, as Lambda bills it: each invocation's duration, with the
    initialization before the first one of an environment, rounded up to the millisecond.

    What CloudWatch shows of functions goes into ``metrics`` here, too, and what they print into ``logs``.

    Examples
    --------
    >>> meter = InvocationMeter()
    >>> with meter.invocation("hello"):
    ...     meter.billed("hello", 1.2, memory=512)
    >>> counts = meter.snapshot()["hello"]
    >>> counts["invocations"], counts["billed_ms"], counts["gb_seconds"]
    (1, 2, 0.001)
    """

    def __init__(self, metrics: Metrics | None = None) -> None:
        self.metrics = metrics or Metrics()
        self.logs = Rings()
        self._broken: set[str] = set()
        self._dimensions: dict[str, tuple[tuple[str, str], ...]] = {}
        self.reset()

    def reset(self) -> None:
        """Start over."""
        self._runs: defaultdict[str, _Run] = defaultdict(_Run)

    @property
    def running(self) -> int:
        """How many invocations run at this moment, of all functions."""
        return sum(run.running for run in self._runs.values())

    def invocation(self, function: str) -> _Counted:
        """Count one invocation, over the time that the block takes; one that is throttled never was."""
        return _Counted(self._runs[function], partial(self._throttled, function))

    def _throttled(self, function: str) -> None:
        self.metrics.put(NAMESPACE, "Throttles", self._of(function), 1)

    def ended(self, function: str, ms: float, *, failed: bool) -> None:
        """Measure an invocation that a function has ended, as CloudWatch does: ``ms`` is its duration."""
        running = max(1, self._runs[function].running)
        values = (1.0, 1.0 if failed else 0.0, 0.0, ms, running)
        self.metrics.put_several(NAMESPACE, self._of(function), OF_INVOCATIONS, values)

    def observed(self, observation: Observation) -> None:
        """Measure what became of events and batches."""
        unit = "Milliseconds" if observation.metric in IN_MILLISECONDS else "Count"
        dimensions = self._of(observation.function)
        self.metrics.put(NAMESPACE, observation.metric, dimensions, observation.value, unit)

    def embedded(self, function: str, line: str) -> None:
        """Take the metrics of a log line; say it once where a function writes them wrongly."""
        try:
            take_embedded(line, self.metrics)
        except EmbeddedError as error:
            if function not in self._broken:
                self._broken.add(function)
                logger.warning("%s: metrics in its log are dropped: %s", function, error)

    def _of(self, function: str) -> tuple[tuple[str, str], ...]:
        dimensions = self._dimensions.get(function)
        if dimensions is None:
            dimensions = self._dimensions[function] = (("FunctionName", function),)
        return dimensions

    def billed(self, function: str, ms: float, memory: int) -> None:
        """Count what an invocation of a function with ``memory`` MB is billed for."""
        run, rounded = self._runs[function], math.ceil(ms)
        run.billed_ms += rounded
        run.megabyte_ms += rounded * memory

    def snapshot(self) -> dict[str, dict[str, float]]:
        """Return per function ``invocations``, ``ms``, ``billed_ms`` and ``gb_seconds``."""
        return {
            function: {
                "invocations": run.invocations,
                "ms": round(run.ms, 1),
                "billed_ms": run.billed_ms,
                "gb_seconds": round(run.megabyte_ms / 1024 / 1000, 6),
            }
            for function, run in sorted(self._runs.items())
            if run.invocations or run.billed_ms
        }
