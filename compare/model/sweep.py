"""The model along one axis: from 1 to 100,000 orders a second, and over how long an order lives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from compare.model.channels import ChannelModel
from compare.model.estimate import Books, Estimate, estimate
from compare.model.scenario import Scenario

RATES = tuple(round(10 ** (step / 4), 3) for step in range(21))
"""1 to 100,000 orders a second, four steps to each power of ten."""

LIVES = (2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0, 4 * 3600.0, 24 * 3600.0)
"""Two seconds to a day."""


@dataclass(frozen=True, slots=True)
class Line:
    """One channel along an axis."""

    model: ChannelModel
    title: str
    points: tuple[Estimate, ...]


def by_rate(models: Sequence[ChannelModel], scenario: Scenario, books: Books) -> list[Line]:
    """Return each channel from 1 to 100,000 orders a second."""
    return [_line(model, [replace(scenario, rate=rate) for rate in RATES], books) for model in models]


def by_life(models: Sequence[ChannelModel], scenario: Scenario, books: Books) -> list[Line]:
    """Return each channel for orders that live from 2 seconds to a day."""
    return [_line(model, [replace(scenario, life=life) for life in LIVES], books) for model in models]


def _line(model: ChannelModel, scenarios: Sequence[Scenario], books: Books) -> Line:
    points = tuple(estimate(model, scenario, books) for scenario in scenarios)
    return Line(model, points[0].title, points)
