"""How often a durable order's operations are tried, and how many at once: as the workflow's states are."""

from __future__ import annotations

from typing import Any, Final

from aws_durable_execution_sdk_python.config import (
    CompletionConfig,
    Duration,
    MapConfig,
    NestingType,
    ParallelConfig,
    StepConfig,
)
from aws_durable_execution_sdk_python.retries import RetryStrategyConfig, create_retry_strategy


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
