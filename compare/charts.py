"""The geometry of the report's figures with a row for each channel. The template draws them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from compare.axis import Axis, duration, linear, logarithmic, seconds
from compare.costs import Bill
from compare.report import milliseconds
from compare.results import Mode, Row

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
class Range:
    """p50, p95 and p99 of one channel in one kind of run, in percent of the axis; ``text`` has the values."""

    mode: Mode
    p50: float
    p95: float
    p99: float
    text: str


@dataclass(frozen=True, slots=True)
class Lane:
    """One channel's part of a figure."""

    title: str
    ranges: tuple[Range, ...]


@dataclass(frozen=True, slots=True)
class Ranges:
    """How long changes took on their way, by channel, on one axis."""

    axis: Axis
    lanes: tuple[Lane, ...]


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a bar in percent of the axis; ``group`` counts from 0."""

    group: int
    x: float
    width: float
    title: str


@dataclass(frozen=True, slots=True)
class Bar:
    """One channel's sum, in parts."""

    title: str
    text: str
    segments: tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class Bars:
    """The bars of all channels on one linear axis, and what their parts are called."""

    axis: Axis
    bars: tuple[Bar, ...]
    groups: tuple[str, ...]


def latency(rows: Sequence[Row]) -> tuple[Ranges, Ranges] | None:
    """Return the figure of commit to receipt, linear and logarithmic; None when nothing was timed."""
    timed = [(row, row.latency) for row in rows if row.latency is not None]
    if not timed:
        return None
    most = max(summary.p99 for _, summary in timed)
    plain, powers = linear(max(most, 1.0), duration if most < 1000 else seconds), logarithmic(most, duration)

    def on(axis: Axis) -> Ranges:
        lanes = []
        for title in dict.fromkeys(row.channel.title for row, _ in timed):
            ranges = []
            for row, summary in timed:
                if row.channel.title == title:
                    values = (summary.p50, summary.p95, summary.p99)
                    text = " / ".join(milliseconds(ms) for ms in values)
                    p50, p95, p99 = (axis.at(ms) for ms in values)
                    ranges.append(Range(row.mode, p50, p95, p99, text))
            lanes.append(Lane(title, tuple(ranges)))
        return Ranges(axis, tuple(lanes))

    return on(plain), on(powers)


def costs(rows: Sequence[Row]) -> Bars | None:
    """Return the figure of what a million orders cost; None when there is no bill."""
    billed = [(row, row.bill) for row in rows if row.bill is not None]
    return _bars(
        [
            (
                row.channel.title,
                [float(usd) for _, usd in grouped(bill)],
                f"${bill.usd:,.2f} ({bill.confidence})",
            )
            for row, bill in billed
        ],
        tuple(name for name, _ in GROUPS),
        "${:,g}".format,
        "${:,.2f}".format,
    )


def traffic(rows: Sequence[Row]) -> Bars | None:
    """Return the figure of an order's bytes, received and sent; None when there were none."""
    parts = []
    for row in rows:
        received, sent = row.client.bytes_in / _clients(row), row.client.bytes_out / _clients(row)
        parts.append((row.channel.title, [received, sent], f"{received:,.0f} + {sent:,.0f}"))
    return _bars(parts, ("received", "sent"), _bytes, "{:,.0f} bytes".format)


def calls(rows: Sequence[Row]) -> Bars | None:
    """Return the figure of an order's requests and messages; None when there were none."""
    parts = []
    for row in rows:
        client, clients = row.client, _clients(row)
        counts = [n / clients for n in (client.requests, client.messages_in, client.messages_out)]
        parts.append((row.channel.title, counts, " + ".join(f"{count:.1f}" for count in counts)))
    groups = ("requests", "messages received", "messages sent")
    return _bars(parts, groups, "{:g}".format, "{:.1f}".format)


def grouped(bill: Bill) -> list[tuple[str, Decimal]]:
    """Return a bill's sum for each of the figure's groups."""
    return [
        (
            name,
            sum((line.usd for line in bill.lines if line.price.key.startswith(prefixes)), Decimal(0)),
        )
        for name, prefixes in GROUPS
    ]


def _bars(
    rows: Sequence[tuple[str, Sequence[float], str]],
    groups: tuple[str, ...],
    tick: Callable[[float], str],
    value: Callable[[float], str],
) -> Bars | None:
    most = max((sum(parts) for _, parts, _ in rows), default=0.0)
    if most <= 0:
        return None
    axis = linear(most, tick)
    bars = []
    for title, parts, text in rows:
        begin, segments = 0.0, []
        for group, part in enumerate(parts):
            if part > 0:
                x, end = axis.at(begin), axis.at(begin + part)
                segments.append(Segment(group, x, round(end - x, 2), f"{groups[group]}: {value(part)}"))
            begin += part
        bars.append(Bar(title, text, tuple(segments)))
    return Bars(axis, tuple(bars), groups)


def _clients(row: Row) -> int:
    return max(1, row.orders + len(row.failed))


def _bytes(value: float) -> str:
    return "0" if value == 0 else f"{value:g} B" if value < 1000 else f"{value / 1000:g} KB"
