"""The geometry of the page's three figures: numbers in, coordinates out. The template draws them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from compare.costs import Bill
from compare.report import milliseconds
from compare.results import Mode, Row, Sample

WIDTH, GUTTER, MARGIN = 1000.0, 168.0, 176.0
LANE = 22.0
# What a bill's lines are drawn as, by how their price's name begins.
GROUPS = (
    ("requests and messages", ("rest.", "websocket.message", "appsync.operation", "appsync.update")),
    ("connection time", ("websocket.minute", "appsync.minute")),
    ("Lambda", ("lambda.",)),
    ("DynamoDB and queues", ("dynamodb.", "sqs.")),
    ("data transfer", ("transfer.",)),
)


@dataclass(frozen=True, slots=True)
class Tick:
    """A line across a figure, and what stands at its end, ``row`` lines up."""

    x: float
    label: str
    row: int = 0


@dataclass(frozen=True, slots=True)
class Range:
    """p50, p95 and p99 of one channel in one kind of run."""

    mode: Mode
    y: float
    p50: float
    p95: float
    p99: float
    text: str


@dataclass(frozen=True, slots=True)
class Lane:
    """One channel's part of a figure."""

    title: str
    y: float
    ranges: tuple[Range, ...] = ()


@dataclass(frozen=True, slots=True)
class Figure:
    """Where everything goes."""

    height: float
    ticks: tuple[Tick, ...]
    lanes: tuple[Lane, ...]
    width: float = WIDTH
    left: float = GUTTER
    right: float = WIDTH - MARGIN


def latency(rows: Sequence[Row]) -> Figure | None:
    """Return the figure of commit to receipt, on a logarithmic scale; None when nothing was timed."""
    timed = [(row, row.latency) for row in rows if row.latency is not None]
    if not timed:
        return None
    top = max(1, math.ceil(math.log10(max(10.0, *(summary.p99 for _, summary in timed)))))
    reach = WIDTH - MARGIN - GUTTER

    def x(value: float) -> float:
        return round(GUTTER + reach * min(max(math.log10(max(value, 1.0)) / top, 0.0), 1.0), 1)

    lanes, y = [], 34.0
    for title in dict.fromkeys(row.channel.title for row, _ in timed):
        ranges = []
        began = y
        for row, summary in timed:
            if row.channel.title == title:
                said = " / ".join(milliseconds(ms) for ms in (summary.p50, summary.p95, summary.p99))
                ranges.append(Range(row.mode, y, x(summary.p50), x(summary.p95), x(summary.p99), said))
                y += LANE
        lanes.append(Lane(title, began + (len(ranges) - 1) * LANE / 2, tuple(ranges)))
        y += 14
    ticks = tuple(Tick(x(10.0**power), _duration(10**power)) for power in range(top + 1))
    return Figure(y, ticks, tuple(lanes))


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
    right: float = WIDTH - 40


def timeline(sample: Sample, titles: Mapping[str, str]) -> Timeline:
    """Return the figure of one order: its commits as lines, each channel's receipts as dots."""
    latest = max(
        [ms for _, ms in sample.commits] + [ms for times in sample.receipts.values() for ms in times.values()]
    )
    reach = WIDTH - 40 - GUTTER

    def x(ms: float) -> float:
        return round(GUTTER + reach * max(ms, 0.0) / max(latest, 1.0), 1)

    commits = _staggered((x(ms), f"{n} {status}") for n, (status, ms) in enumerate(sample.commits, 1))
    y = 24.0 + 16 * (1 + max(tick.row for tick in commits))
    tracks = []
    for channel, times in sample.receipts.items():
        y += 34
        tracks.append(Track(titles.get(channel, channel), y, tuple(_receipts(times, x))))
    step = _step(latest)
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


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a bar; ``group`` counts from 0."""

    group: int
    x: float
    width: float
    title: str


@dataclass(frozen=True, slots=True)
class Bar:
    """One channel's bill."""

    title: str
    y: float
    end: float
    text: str
    segments: tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class Bars:
    """All bills, on one scale."""

    height: float
    ticks: tuple[Tick, ...]
    bars: tuple[Bar, ...]
    groups: tuple[str, ...]
    width: float = WIDTH
    left: float = GUTTER
    right: float = WIDTH - MARGIN


def costs(rows: Sequence[Row]) -> Bars | None:
    """Return the figure of what a million orders cost; None when there is no bill."""
    billed = [(row, row.bill) for row in rows if row.bill is not None]
    most = max((float(bill.usd) for _, bill in billed), default=0.0)
    if most <= 0:
        return None
    step = _step(most)
    top = step * math.ceil(most / step)
    scale = (WIDTH - MARGIN - GUTTER) / top
    bars = []
    for n, (row, bill) in enumerate(billed):
        x, segments = GUTTER, []
        for group, (name, usd) in enumerate(grouped(bill)):
            width = float(usd) * scale
            if width > 0:
                segments.append(Segment(group, round(x, 2), round(width, 2), f"{name}: ${usd:,.2f}"))
            x += width
        text = f"${bill.usd:,.2f} ({bill.confidence})"
        bars.append(Bar(row.channel.title, 34.0 + n * 36, round(x, 1), text, tuple(segments)))
    ticks = tuple(Tick(GUTTER + n * step * scale, f"${n * step:,g}") for n in range(round(top / step) + 1))
    return Bars(34.0 + len(bars) * 36, ticks, tuple(bars), tuple(name for name, _ in GROUPS))


def grouped(bill: Bill) -> list[tuple[str, Decimal]]:
    """Return a bill's sum for each of the figure's groups."""
    return [
        (
            name,
            sum((line.usd for line in bill.lines if line.price.key.startswith(prefixes)), Decimal(0)),
        )
        for name, prefixes in GROUPS
    ]


def _step(most: float) -> float:
    """Return the smallest round distance that gives eight ticks at most."""
    power = 10.0 ** math.floor(math.log10(most / 8))
    return next(power * factor for factor in (1, 2, 5, 10) if most / (power * factor) <= 8)


def _duration(ms: int) -> str:
    return f"{ms} ms" if ms < 1000 else f"{ms // 1000} s"
