"""The geometry of one order's figure: its commits as lines, what each channel sent as dots."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from compare.axis import Axis, Tick, linear, seconds
from compare.runfacts import Sample

DOT, PILL = 2.9, 6.0
"""Half the width of a dot, and of what stands for several, in percent of a phone's plot."""
LETTER, APART = 1.05, 1.2
"""The width of a label's letter, and the least distance between labels, in percent of a wide plot."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a client learned at one moment: the version shown, and those that it came too late to show.

    Attributes
    ----------
    level, missed_level
        How far below the row's line each stands, so that none lies on another.
    """

    x: float
    shown: int
    missed: str
    level: int = 0
    missed_level: int = 0


@dataclass(frozen=True, slots=True)
class Track:
    """One channel's receipts of the sample order; ``levels`` is how many lie below each other."""

    title: str
    receipts: tuple[Receipt, ...]
    levels: int
    visible: int


@dataclass(frozen=True, slots=True)
class Timeline:
    """One order, as every channel sent it."""

    axis: Axis
    commits: tuple[Tick, ...]
    tracks: tuple[Track, ...]

    @property
    def ticks(self) -> tuple[Tick, ...]:
        """The axis' own."""
        return self.axis.ticks


def timeline(sample: Sample, titles: Mapping[str, str]) -> Timeline:
    """Return the figure of one order: its commits as lines, each channel's receipts as dots."""
    latest = max(
        [ms for _, ms in sample.commits] + [ms for times in sample.receipts.values() for ms in times.values()]
    )
    axis = linear(max(latest, 1.0), seconds)
    commits = _staggered((axis.at(ms), f"{n} {status}") for n, (status, ms) in enumerate(sample.commits, 1))
    tracks = []
    for channel, times in sample.receipts.items():
        receipts, levels = _stacked(_receipts(times, axis))
        tracks.append(Track(titles.get(channel, channel), receipts, levels, len(receipts)))
    return Timeline(axis, commits, tuple(tracks))


def _receipts(times: Mapping[int, float], axis: Axis) -> Iterable[Receipt]:
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
        text = "" if not waiting else f"{waiting[0]}" if len(waiting) == 1 else f"{waiting[0]}-{waiting[-1]}"
        yield Receipt(axis.at(times[version]), version, text)
        waiting = []


def _stacked(receipts: Iterable[Receipt]) -> tuple[tuple[Receipt, ...], int]:
    """Return the receipts, each on the highest level at which it covers none before it."""
    ends: list[float] = []

    def level(x: float, half: float) -> int:
        row = next((n for n, end in enumerate(ends) if end <= x - half), len(ends))
        ends[row : row + 1] = [x + half]
        return row

    placed = []
    for receipt in receipts:
        shown = level(receipt.x, DOT)
        late = level(receipt.x, DOT if receipt.missed.isdigit() else PILL) if receipt.missed else 0
        placed.append(replace(receipt, level=shown, missed_level=late))
    return tuple(placed), max(1, len(ends))


def _staggered(labels: Iterable[tuple[float, str]]) -> tuple[Tick, ...]:
    """Return ticks whose labels do not run into each other: those that would go a row up."""
    ends: list[float] = []
    ticks = []
    for x, label in labels:
        row = next((n for n, end in enumerate(ends) if end < x), len(ends))
        ends[row : row + 1] = [x + LETTER * len(label) + APART]
        ticks.append(Tick(x, label, row))
    return tuple(ticks)
