"""The geometry of the model's figures: numbers in, coordinates out. The template draws them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from compare.axis import Tick
from compare.model.estimate import Estimate
from compare.model.sweep import Line

WIDTH, GUTTER, MARGIN = 1000.0, 168.0, 176.0
LANE = 22.0
HEIGHT, TOP, FOOT = 460.0, 20.0, 34.0
LABEL = 15.0
"""Lines are named at their ends, at least so far apart."""


@dataclass(frozen=True, slots=True)
class Break:
    """Where a line meets its first quota."""

    x: float
    y: float
    text: str


@dataclass(frozen=True, slots=True)
class Curve:
    """One channel's line: the part up to its first quota, and the part beyond it."""

    title: str
    index: int
    within: str
    beyond: str
    broken: Break | None
    label_y: float
    text: str


@dataclass(frozen=True, slots=True)
class Plot:
    """Lines on logarithmic axes."""

    curves: tuple[Curve, ...]
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    width: float = WIDTH
    height: float = HEIGHT
    left: float = 70.0
    right: float = WIDTH - MARGIN
    foot: float = HEIGHT - FOOT
    top: float = TOP


@dataclass(frozen=True, slots=True)
class Limit:
    """One channel's first quota as a bar."""

    title: str
    index: int
    y: float
    end: float
    text: str


@dataclass(frozen=True, slots=True)
class Limits:
    """How many orders a second each channel bears."""

    height: float
    ticks: tuple[Tick, ...]
    bars: tuple[Limit, ...]
    width: float = WIDTH
    left: float = GUTTER
    right: float = WIDTH - 300.0


def plot(
    lines: Sequence[Line],
    x_of: Callable[[Estimate], float],
    y_of: Callable[[Estimate], float],
    *,
    x_name: Callable[[float], str],
    breaks: bool,
) -> Plot:
    """Return lines on logarithmic axes; with ``breaks`` each is dashed beyond its first quota."""
    xs = [x_of(point) for line in lines for point in line.points]
    ys = [max(y_of(point), 1e-3) for line in lines for point in line.points]
    x_axis, y_axis = _axis(min(xs), max(xs)), _axis(min(ys), max(ys))
    frame = Plot((), (), ())

    def x(value: float) -> float:
        return round(frame.left + (frame.right - frame.left) * _place(value, x_axis), 1)

    def y(value: float) -> float:
        return round(frame.foot - (frame.foot - frame.top) * _place(max(value, 1e-3), y_axis), 1)

    ends = _apart([y(y_of(line.points[-1])) for line in lines])
    curves = []
    for index, (line, end) in enumerate(zip(lines, ends, strict=True)):
        first = line.points[0].first if breaks else None
        limit = math.inf if first is None else first.orders
        within = [point for point in line.points if x_of(point) <= limit]
        beyond = line.points[max(0, len(within) - 1) :] if len(within) < len(line.points) else ()
        broken, paths = None, (_path(within, x_of, y_of, x, y), _path(beyond, x_of, y_of, x, y))
        if first is not None and within and beyond:
            last = within[-1]
            broken = Break(
                x(limit), y(y_of(last) * limit / x_of(last)), f"{limit:,.0f} orders/s: {first.quota.key}"
            )
            corner = f"{broken.x},{broken.y}"
            paths = (f"{paths[0]} {corner}", f"{corner} {_path(beyond[1:], x_of, y_of, x, y)}")
        curves.append(
            Curve(
                line.title,
                index,
                *paths,
                broken,
                end,
                f"{line.title} ${y_of(line.points[-1]):,.0f}",
            )
        )
    return Plot(
        tuple(curves),
        tuple(Tick(x(10.0**power), x_name(10.0**power)) for power in range(*_powers(x_axis))),
        tuple(
            Tick(y(10.0**power), f"${10.0**power:,.0f}" if power >= 0 else f"${10.0**power:g}")
            for power in range(*_powers(y_axis))
        ),
    )


def limits(estimates: Sequence[Estimate]) -> Limits:
    """Return how many orders a second each channel bears, as bars on a logarithmic axis from 1 to 100,000."""
    frame = Limits(0, (), ())

    def x(value: float) -> float:
        share = min(1.0, max(0.0, math.log10(max(value, 1.0)) / 5))
        return round(frame.left + (frame.right - frame.left) * share, 1)

    bars = []
    for index, estimate in enumerate(estimates):
        first = estimate.first
        end = x(1e5 if first is None else first.orders)
        text = (
            "none found"
            if first is None
            else f"{first.orders:,.0f}: {first.quota.service}, {first.quota.key.split('.', 1)[1]} "
            f"({first.quota.confidence})"
        )
        bars.append(Limit(estimate.title, index, 34.0 + index * (LANE + 6), end, text))
    ticks = tuple(Tick(x(10.0**power), f"{10**power:,}") for power in range(6))
    return Limits(40.0 + len(bars) * (LANE + 6), ticks, tuple(bars))


def _axis(low: float, high: float) -> tuple[float, float]:
    return math.floor(math.log10(low) + 1e-9), max(
        math.floor(math.log10(low)) + 1, math.ceil(math.log10(high) - 1e-9)
    )


def _powers(axis: tuple[float, float]) -> tuple[int, int]:
    return int(axis[0]), int(axis[1]) + 1


def _place(value: float, axis: tuple[float, float]) -> float:
    return (math.log10(value) - axis[0]) / (axis[1] - axis[0])


def _path(
    points: Sequence[Estimate],
    x_of: Callable[[Estimate], float],
    y_of: Callable[[Estimate], float],
    x: Callable[[float], float],
    y: Callable[[float], float],
) -> str:
    return " ".join(f"{x(x_of(point))},{y(y_of(point))}" for point in points)


def _apart(ends: Sequence[float]) -> list[float]:
    """Return the places of labels: in the order of their lines' ends, and never on top of each other."""
    placed = [0.0] * len(ends)
    last = -math.inf
    for index in sorted(range(len(ends)), key=lambda n: ends[n]):
        last = max(ends[index], last + LABEL)
        placed[index] = last
    return placed
