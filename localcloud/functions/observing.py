"""Outcomes that CloudWatch counts, by the names it gives them in ``AWS/Lambda``.

Source: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

Metric = Literal[
    "AsyncEventsReceived",
    "AsyncEventAge",
    "AsyncEventsDropped",
    "DestinationDeliveryFailures",
    "DeadLetterErrors",
    "IteratorAge",
    "DurableExecutionStarted",
    "DurableExecutionSucceeded",
    "DurableExecutionFailed",
    "DurableExecutionTimedOut",
    "DurableExecutionStopped",
    "DurableExecutionDuration",
]

IN_MILLISECONDS: Final = frozenset({"AsyncEventAge", "IteratorAge", "DurableExecutionDuration"})


@dataclass(frozen=True)
class Observation:
    """One value of a metric.

    Attributes
    ----------
    function
        The function's name: the dimension ``FunctionName``.
    value
        A count, or for ages and durations milliseconds.
    """

    metric: Metric
    function: str
    value: float = 1


class Observations:
    """Hands observations on, and keeps the sum of each metric.

    Examples
    --------
    >>> observations, events = Observations(), []
    >>> observations.listen(events.append)
    >>> observations.note("DeadLetterErrors", "work")
    >>> observations.totals["DeadLetterErrors", "work"], events[0].metric
    (1, 'DeadLetterErrors')
    """

    def __init__(self) -> None:
        self.totals: Counter[tuple[Metric, str]] = Counter()
        self._listeners: list[Callable[[Observation], None]] = []

    def listen(self, listener: Callable[[Observation], None]) -> None:
        """Call ``listener`` with each observation from now on, on the event loop; it must not wait."""
        self._listeners.append(listener)

    def note(self, metric: Metric, function: str, value: float = 1) -> None:
        """Take note of a value; ages and durations are handed on alone, for their sum says nothing."""
        if metric not in IN_MILLISECONDS:
            self.totals[metric, function] += int(value)
        if self._listeners:
            observation = Observation(metric, function, value)
            for listener in self._listeners:
                listener(observation)
