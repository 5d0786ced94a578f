"""The geometry of two of the page's figures: numbers in, coordinates out. The template draws them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from compare.costs import Bill
from compare.report import milliseconds
from compare.results import Mode, Row

WIDTH, GUTTER, MARGIN = 1000.0, 168.0, 176.0
LANE = 22.0
# What a bill's lines are drawn as, by how their price's name begins.
GROUPS = (
    (
        "requests and messages",
        (
            "rest.",
            "websocket.message",
            "appsync.operation",
            "appsync.update",
            "events.operation",
            "iot.message",
            *("sns.", "bus."),
        ),
    ),
    ("connection time", ("websocket.minute", "appsync.minute", "events.minute", "iot.minute")),
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
    step = step_of(most)
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


def step_of(most: float) -> float:
    """Return the smallest round distance that gives eight ticks at most."""
    power = 10.0 ** math.floor(math.log10(most / 8))
    return next(power * factor for factor in (1, 2, 5, 10) if most / (power * factor) <= 8)


def _duration(ms: int) -> str:
    return f"{ms} ms" if ms < 1000 else f"{ms // 1000} s"
