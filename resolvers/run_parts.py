"""The parts of a durable order's run: its event and its ends, and how often its operations are tried."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, NotRequired, TypeAlias, TypedDict

from aws_durable_execution_sdk_python.config import (
    CompletionConfig,
    Duration,
    MapConfig,
    NestingType,
    ParallelConfig,
    StepConfig,
)
from aws_durable_execution_sdk_python.retries import RetryStrategyConfig, create_retry_strategy

from orders.status import FailureReason
from resolvers.tasks import Event

Line: TypeAlias = tuple[str, int]
"""An item's sku, and how many of it."""


class InternalError(Exception):
    """The order is FAILED by a fault of ours, and everything is given back: this is raised to be seen."""


class NotSettled(Exception):
    """What the order holds could not be given back, or its end not be written: its message is the reason.

    A second execution goes on from there (`orders.adapters.durable_functions`).
    """


class RunEvent(Event):
    """What starts an execution; a redriven one gets the reason that its order fails for."""

    failure: NotRequired[str]


class StartedRun(TypedDict):
    """What the run goes on with. Without items the shop does not sell all of the order."""

    status: str
    items: list[Line] | None
    approval: bool
    pace: int
    approvalSeconds: int
    external: bool


@dataclass(frozen=True, slots=True)
class End:
    """What a run comes to: a failure to write, and whether it gives back what the order holds."""

    failure: FailureReason | None = None
    gives_back: bool = False


def retried(times: int, first: int = 1, longest: int = 20) -> StepConfig:
    """Return the configuration of a step that is tried again so many times.

    Parameters
    ----------
    first, longest
        Seconds between two tries: the first wait, which doubles, and the longest. Chance shortens each.
    """
    seconds = Duration.from_seconds
    retry = RetryStrategyConfig(1 + times, seconds(first), seconds(longest))
    return StepConfig(create_retry_strategy(retry))


TASK: Final = retried(3)
WRITE: Final = retried(6)
"""Of a status: it outlasts half a minute of a table that refuses or does not answer."""
COMPENSATION: Final = retried(8, first=2, longest=60)

ITEMS: Final[MapConfig[Any]] = MapConfig(max_concurrency=5, nesting_type=NestingType.FLAT)
"""Shelves are shared: not more at once, whatever an order has."""
BOTH: Final = ParallelConfig(
    # As the SDK has it, the first failure would leave the other branch as it is.
    completion_config=CompletionConfig(tolerated_failure_percentage=100),
    nesting_type=NestingType.FLAT,
)
