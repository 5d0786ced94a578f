"""What happens to one service after the other over a few restarts of one engine that all share."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import AbstractContextManager

import pytest

from tests.engine.world import World

# Each ``yield`` is an end of the engine, and gives the one that comes after it.
Scenario = Generator[None, World, None]


def failures_of(
    scenarios: Sequence[Callable[[], Scenario]], engine: Callable[[], AbstractContextManager[World]]
) -> dict[str, BaseException]:
    """Take all scenarios from end to end side by side, and return by name why some failed.

    A start of an engine is most of what such a scenario costs.
    """
    waiting = {scenario.__name__: scenario() for scenario in scenarios}
    for scenario in waiting.values():
        next(scenario)
    failures: dict[str, BaseException] = {}
    while waiting:
        with engine() as world:
            for name, scenario in list(waiting.items()):
                try:
                    scenario.send(world)
                except StopIteration:
                    del waiting[name]
                except (Exception, pytest.fail.Exception) as error:
                    failures[name] = error
                    del waiting[name]
    return failures
