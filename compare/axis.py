"""Axes of the report's figures: values in, percents of a plot's width out."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

FULL = 100.0
"""Places are in percent of the plot's width."""


@dataclass(frozen=True, slots=True)
class Tick:
    """A line across a figure, and what stands at its end, ``row`` lines up."""

    x: float
    label: str
    row: int = 0


@dataclass(frozen=True, slots=True)
class Axis:
    """A scale from 0, or from 1 where it is logarithmic, to a round value.

    Attributes
    ----------
    top
        The value at the plot's right end.
    ticks
        Round values on the way, with their labels.
    logarithmic
        Whether equal distances are equal factors instead of equal differences.
    """

    top: float
    ticks: tuple[Tick, ...]
    logarithmic: bool = False

    def at(self, value: float) -> float:
        """Return where a value is, in percent of the width.

        Examples
        --------
        >>> linear(40.0, "${:g}".format).at(20.0)
        50.0
        >>> logarithmic(1000.0, "{:g} ms".format).at(10.0)
        33.33
        """
        share = _decades(value) / _decades(self.top) if self.logarithmic else value / self.top
        return round(FULL * min(max(share, 0.0), 1.0), 2)


def linear(most: float, label: Callable[[float], str]) -> Axis:
    """Return an axis on which twice as much is twice as long."""
    step = step_of(most) if most > 0 else 1.0
    top = step * max(1, math.ceil(round(most / step, 9)))
    ticks = (Tick(round(FULL * n * step / top, 2), label(n * step)) for n in range(round(top / step) + 1))
    return Axis(top, tuple(ticks))


def logarithmic(most: float, label: Callable[[float], str]) -> Axis:
    """Return an axis whose every tick is ten times the one before; what is below 1 is at its beginning."""
    powers = max(1, math.ceil(math.log10(max(10.0, most))))
    ticks = (Tick(round(FULL * n / powers, 2), label(10.0**n)) for n in range(powers + 1))
    return Axis(10.0**powers, tuple(ticks), logarithmic=True)


def step_of(most: float) -> float:
    """Return the smallest round distance that gives eight ticks at most."""
    power = 10.0 ** math.floor(math.log10(most / 8))
    return next(power * factor for factor in (1, 2, 5, 10) if most / (power * factor) <= 8)


def duration(ms: float) -> str:
    """Return a power of ten milliseconds as people say it.

    Examples
    --------
    >>> duration(100), duration(10_000)
    ('100 ms', '10 s')
    """
    return f"{ms:g} ms" if ms < 1000 else seconds(ms)


def seconds(ms: float) -> str:
    """Return milliseconds in seconds.

    Examples
    --------
    >>> seconds(200)
    '0.2 s'
    """
    return f"{ms / 1000:g} s"


def _decades(value: float) -> float:
    return math.log10(max(value, 1.0))
