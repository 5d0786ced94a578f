"""The geometry of one order's figure: its commits as lines, what each channel told as dots."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from compare.charts import GUTTER, WIDTH, Tick, step_of
from compare.runfacts import Sample

MARGIN = 90.0
"""Beside the last commit, whose label is written to its right."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a client learned at one moment: the version shown, and those that it came too late to show."""

    x: float
    shown: int
    missed: str


@dataclass(frozen=True, slots=True)
class Track:
    """One channel's receipts of the sample order."""

    title: str
    y: float
    receipts: tuple[Receipt, ...]


@dataclass(frozen=True, slots=True)
class Timeline:
    """One order, as every channel told it."""

    height: float
    foot: float
    commits: tuple[Tick, ...]
    ticks: tuple[Tick, ...]
    tracks: tuple[Track, ...]
    width: float = WIDTH
    left: float = GUTTER
    right: float = WIDTH - MARGIN


def timeline(sample: Sample, titles: Mapping[str, str]) -> Timeline:
    """Return the figure of one order: its commits as lines, each channel's receipts as dots."""
    latest = max(
        [ms for _, ms in sample.commits] + [ms for times in sample.receipts.values() for ms in times.values()]
    )
    reach = WIDTH - MARGIN - GUTTER

    def x(ms: float) -> float:
        return round(GUTTER + reach * max(ms, 0.0) / max(latest, 1.0), 1)

    commits = _staggered((x(ms), f"{n} {status}") for n, (status, ms) in enumerate(sample.commits, 1))
    y = 24.0 + 16 * (1 + max(tick.row for tick in commits))
    tracks = []
    for channel, times in sample.receipts.items():
        y += 34
        tracks.append(Track(titles.get(channel, channel), y, tuple(_receipts(times, x))))
    step = step_of(latest)
    ticks = tuple(Tick(x(n * step), f"{n * step / 1000:g} s") for n in range(int(latest // step) + 1))
    return Timeline(y + 48, y + 22, commits, ticks, tuple(tracks))


def _receipts(times: Mapping[int, float], x: Callable[[float], float]) -> Iterable[Receipt]:
    waiting: list[int] = []
    soonest: dict[int, float] = {}
    least = math.inf
    for version in sorted(times, reverse=True):
        least = min(least, times[version])
        soonest[version] = least
    for version in sorted(times):
        later = soonest.get(version + 1)
        if later is not None and later <= times[version]:
            waiting.append(version)
            continue
        said = "" if not waiting else f"{waiting[0]}" if len(waiting) == 1 else f"{waiting[0]}-{waiting[-1]}"
        yield Receipt(x(times[version]), version, said)
        waiting = []


def _staggered(labels: Iterable[tuple[float, str]]) -> tuple[Tick, ...]:
    """Return ticks whose labels do not run into each other: those that would go a row up."""
    ends: list[float] = []
    ticks = []
    for x, label in labels:
        row = next((n for n, end in enumerate(ends) if end < x), len(ends))
        ends[row : row + 1] = [x + 8.2 * len(label) + 8]
        ticks.append(Tick(x, label, row))
    return tuple(ticks)
