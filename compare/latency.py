"""AWS's own latency, from published figures: what one machine cannot measure, and is never mixed with that.

A channel names the parts of its way; medians of the parts are added, and so are 99th percentiles (which
gives a little more than the 99th percentile of the sum). A part without a published figure adds nothing and
makes the whole a lower bound.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from clients import reading
from compare.meter import number
from compare.prices import Confidence, confidence

FILE = Path(__file__).with_name("latency.json")
FORMAT = 1
Range = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a channel's way; ranges in milliseconds, None where nothing was published.

    Attributes
    ----------
    gap
        For the wait between two polls: which shares of the gap its median and 99th percentile are.
    """

    key: str
    what: str
    p50: Range | None
    p99: Range | None
    gap: Range | None
    confidence: Confidence
    source: str


@dataclass(frozen=True, slots=True)
class Modelled:
    """What AWS adds to a channel's way, as published figures have it.

    Attributes
    ----------
    p50, p99
        From and to, in milliseconds; None when no part has a figure.
    p50_bound, p99_bound
        A part has no figure: it takes longer than this says.
    """

    p50: Range | None
    p99: Range | None
    p50_bound: bool
    p99_bound: bool
    confidence: Confidence
    parts: tuple[Part, ...]


def read_parts(path: Path = FILE) -> dict[str, Part]:
    """Read the file of published latencies."""
    document = _document(path)
    parts = reading.mapping(document.get("parts"), "parts")
    return {key: _part(key, reading.mapping(part, key)) for key, part in parts.items()}


def meanings(path: Path = FILE) -> dict[str, str]:
    """Return what the letters of confidence mean here."""
    meaning = reading.mapping(_document(path).get("confidence"), "confidence")
    return {letter: reading.text(meaning, letter) for letter, meaning in meaning.items()}


def model(parts: Sequence[Part], gap_ms: float | None) -> Modelled:
    """Add the parts of a way.

    Parameters
    ----------
    gap_ms
        The mean time between two requests of a client that polls.

    Examples
    --------
    >>> parts = read_parts()
    >>> model([parts["stream-to-lambda"], parts["appsync-publish"]], None).p50
    (273.0, 273.0)
    """
    medians = [_median(part, gap_ms) for part in parts]
    tails = [_tail(part, gap_ms) for part in parts]
    return Modelled(
        p50=_sum(medians),
        p99=_sum(tails),
        p50_bound=None in medians,
        p99_bound=None in tails,
        confidence=max((part.confidence for part in parts), default="A"),
        parts=tuple(parts),
    )


def _document(path: Path) -> dict[str, object]:
    value: object = json.loads(path.read_text(encoding="utf-8"))
    document = reading.mapping(value, path.name)
    if document.get("format") != FORMAT:
        raise reading.Unexpected("format", str(FORMAT), document.get("format"))
    return document


def _median(part: Part, gap_ms: float | None) -> Range | None:
    if part.gap is None or gap_ms is None:
        return part.p50
    return (part.gap[0] * gap_ms, part.gap[0] * gap_ms)


def _tail(part: Part, gap_ms: float | None) -> Range | None:
    if part.gap is None or gap_ms is None:
        return part.p99
    return (part.gap[1] * gap_ms, part.gap[1] * gap_ms)


def _sum(ranges: Sequence[Range | None]) -> Range | None:
    published = [bounds for bounds in ranges if bounds is not None]
    return (sum(low for low, _ in published), sum(high for _, high in published)) if published else None


def _part(key: str, data: dict[str, object]) -> Part:
    return Part(
        key=key,
        what=reading.text(data.get("what"), f"{key}.what"),
        p50=_range(data.get("p50_ms"), f"{key}.p50_ms"),
        p99=_range(data.get("p99_ms"), f"{key}.p99_ms"),
        gap=_range(data.get("gap"), f"{key}.gap"),
        confidence=confidence(data.get("confidence"), f"{key}.confidence"),
        source=reading.text(data.get("source"), f"{key}.source"),
    )


def _range(value: object, where: str) -> Range | None:
    if value is None:
        return None
    low, high = reading.sequence(value, where)
    return (number(low, where), number(high, where))
