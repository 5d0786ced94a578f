"""Results as a person reads them (Markdown) and as a program does (JSON)."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from bench.machine import Machine
from bench.model import Comparison, Figure, Result
from bench.sides import Side

FORMAT = 1
HEAD = "| figure | value | target | | min | IQR | p99 | max | n |"
RULE = "|---|---:|---:|---|---:|---:|---:|---:|---:|"
HEAD_BESIDE = (
    "| figure | now | target | | base | ratio | wanted | | now, turns | base, turns | ratios, turns |"
)
DIRECTION = "A ratio is that of the medians: now / base, or base / now where it says sooner."
RULE_BESIDE = "|---|---:|---:|---|---:|---:|---:|---|---:|---:|---:|"
VERDICT = {None: "", True: "met", False: "**missed**"}


def markdown(
    results: Sequence[Result], machine: Machine, date: datetime, *, quick: bool, base: Side | None = None
) -> str:
    """Return the tables, a section for each benchmark; beside a base, with its figures and the ratios."""
    lines = [f"Measured {date:%Y-%m-%d %H:%M} UTC on {machine}."]
    if base is not None:
        lines += ["", f"Beside the base {base.commit}, by turns. {DIRECTION}"]
    if quick:
        lines += ["", "A quick run: it shows that the harness works, not how fast anything is."]
    for result in results:
        lines += ["", f"### {result.benchmark.title} (`{result.benchmark.name}`, {result.seconds:.0f} s)", ""]
        if result.error is not None:
            lines += [f"Not measured: {result.error}"]
        if result.base_error is not None:
            lines += [f"The base was not measured in every turn: {result.base_error}", ""]
        if result.comparisons:
            lines += [HEAD_BESIDE, RULE_BESIDE, *map(_row_beside, result.comparisons)]
            lines += [
                f"\n{note}" for note in _notes([comparison.figure for comparison in result.comparisons])
            ]
        elif result.figures:
            lines += [HEAD, RULE, *(_row(figure) for figure in result.figures)]
            lines += [f"\n{note}" for note in _notes(result.figures)]
    return "\n".join(lines) + "\n"


def _row(figure: Figure) -> str:
    spread = figure.spread
    spread_cells = (
        ("",) * 5
        if spread is None
        else (*map(number, (spread.least, spread.spread, spread.p99, spread.greatest)), str(spread.count))
    )
    target = "" if figure.target is None else str(figure.target)
    cells = (figure.name, f"{number(figure.value)} {figure.unit}", target, VERDICT[figure.met], *spread_cells)
    return f"| {' | '.join(cells)} |"


def _row_beside(comparison: Comparison) -> str:
    figure, beside = comparison.figure, comparison.figure.beside
    inverse = " sooner" if beside is not None and beside.sooner else ""
    ratio = "" if comparison.ratio is None else f"{number(comparison.ratio)} times{inverse}"
    # A figure without turns of this side has the base's value.
    now = f"{number(figure.value)} {figure.unit}" if comparison.now else ""
    base = f"{number(statistics.median(comparison.base))} {figure.unit}" if comparison.base else ""
    met = figure.met if comparison.now else None
    cells = (
        *(figure.name, now, "" if figure.target is None else str(figure.target), VERDICT[met]),
        *(base, ratio, "" if beside is None else str(beside), VERDICT[comparison.met]),
        *map(_range, (comparison.now, comparison.base, comparison.ratios)),
    )
    return f"| {' | '.join(cells)} |"


def _range(values: Sequence[float]) -> str:
    """Return the least and the greatest of some turns."""
    if len(values) < 2:
        return ""
    return f"{number(min(values))} to {number(max(values))}"


def _notes(figures: Sequence[Figure]) -> Iterator[str]:
    noted = [f"*{figure.name}*: {figure.note}" for figure in figures if figure.note]
    if noted:
        yield "; ".join(noted) + "."


def number(value: float) -> str:
    """Return a number with three significant digits, or whole.

    Examples
    --------
    >>> number(3000), number(0.1234), number(12.34)
    ('3000', '0.123', '12.3')
    """
    if value == int(value) or abs(value) >= 100:
        return f"{value:.0f}"
    return f"{value:.3g}"


def document(
    results: Sequence[Result], machine: Machine, date: datetime, *, quick: bool, base: Side | None = None
) -> dict[str, object]:
    """Return the results as a JSON document; a figure's summary is under ``spread``.

    Beside a base there is its ``commit``, and each benchmark has ``comparisons`` with the values by turn.
    """
    beside = {} if base is None else {"base": base.commit}
    return {
        **beside,
        "format": FORMAT,
        "date": date.isoformat(timespec="seconds"),
        "quick": quick,
        "machine": asdict(machine),
        "benchmarks": [
            {
                "name": result.benchmark.name,
                "title": result.benchmark.title,
                "seconds": round(result.seconds, 3),
                "error": result.error,
                "figures": [_figure(figure) for figure in result.figures],
                **({} if base is None else _compared(result)),
            }
            for result in results
        ],
    }


def _figure(figure: Figure) -> dict[str, object]:
    return {
        "name": figure.name,
        "value": figure.value,
        "unit": figure.unit,
        "target": None if figure.target is None else asdict(figure.target),
        "met": figure.met,
        "spread": None if figure.spread is None else asdict(figure.spread),
        "note": figure.note,
    }


def _compared(result: Result) -> dict[str, object]:
    return {
        "base_error": result.base_error,
        "comparisons": [
            {
                "name": comparison.figure.name,
                "unit": comparison.figure.unit,
                "now": comparison.now,
                "base": comparison.base,
                "ratio": comparison.ratio,
                "ratios": comparison.ratios,
                "wanted": None if comparison.figure.beside is None else str(comparison.figure.beside),
                "met": comparison.met,
            }
            for comparison in result.comparisons
        ],
    }


def write(folder: Path, contents: dict[str, object], date: datetime) -> Path:
    """Write the JSON document under its date, and return where it is."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{date:%Y-%m-%dT%H%M%SZ}.json"
    path.write_text(json.dumps(contents, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return path
