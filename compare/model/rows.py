"""What a channel takes as rows of coefficients over a few features of a load."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeAlias

from compare.model.channels.streaming import STREAM
from compare.model.counts import Counts
from compare.model.linear import NotLinear, solve
from compare.model.scenario import Scenario

Key: TypeAlias = tuple[str, str]
GROUP: Final = 40
"""Connections that one page of the fan-out's query holds: a step in what it reads."""

FEATURES: Final = (
    "changes",
    "followers",
    "followers*requests",
    "followers*fruitful",
    "followers*fruitful*changes",
    "followers*reads",
    "followers*held",
    "followers*connected",
    "followers*changes",
    "changes*groups",
    "followers*renewals",
)


def features(counts: Counts, followers: int) -> list[float]:
    """Return the values of ``FEATURES``."""
    return [
        counts.changes,
        followers,
        followers * counts.requests,
        followers * counts.fruitful,
        followers * counts.fruitful * counts.changes,
        followers * counts.reads,
        followers * counts.hold_seconds,
        followers * counts.connected,
        followers * counts.changes,
        counts.changes * -(-followers // GROUP),
        followers * (counts.connected // STREAM),
    ]


def linear_rows(
    name: str, ask: Callable[[Counts, Scenario], Mapping[Key, float]]
) -> dict[Key, Sequence[float]]:
    """Return a row of coefficients for each key, found at some points and proved at others."""
    points = _points()
    values = [ask(counts, scenario) for counts, scenario in points]
    keys = list(dict.fromkeys(itertools.chain.from_iterable(values)))
    matrix = [features(counts, scenario.followers) for counts, scenario in points]
    try:
        coefficients = {key: solve(matrix, [value.get(key, 0.0) for value in values]) for key in keys}
    except NotLinear as error:
        raise NotLinear(f"{name}: {error}") from None
    return {key: row for key, row in coefficients.items() if any(row)}


def _points() -> list[tuple[Counts, Scenario]]:
    """Return loads of every kind; in eighths, so that nothing is rounded where a bill counts whole units."""
    draw = random.Random(1)  # noqa: S311 - no secret

    def eighths(most: int) -> float:
        return draw.randint(1, most * 8) / 8

    points = []
    for _ in range(60):
        counts = Counts(
            changes=float(draw.randint(2, 12)),
            requests=eighths(30),
            fruitful=eighths(12),
            reads=eighths(60),
            hold_seconds=eighths(60),
            connected=eighths(60) + draw.randint(0, 5) * STREAM,
        )
        points.append((counts, Scenario(followers=draw.choice((1, 2, 3, 7, 39, 41, 90, 160)))))
    return points
