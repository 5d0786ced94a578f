"""Results as a person reads them (Markdown) and as a program does (JSON)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from bench.machine import Machine
from bench.model import Figure, Result

FORMAT = 1
HEAD = "| figure | value | target | | min | IQR | p99 | max | n |"
RULE = "|---|---:|---:|---|---:|---:|---:|---:|---:|"
VERDICT = {None: "", True: "met", False: "**missed**"}


def markdown(results: Sequence[Result], machine: Machine, date: datetime, *, quick: bool) -> str:
    """Return the tables, a section for each benchmark."""
    lines = [f"Measured {date:%Y-%m-%d %H:%M} UTC on {machine}."]
    if quick:
        lines += ["", "A quick run: it shows that the harness works, not how fast anything is."]
    for result in results:
        lines += ["", f"### {result.benchmark.title} (`{result.benchmark.name}`, {result.seconds:.0f} s)", ""]
        if result.error is not None:
            lines += [f"Not measured: {result.error}"]
        if result.figures:
            lines += [HEAD, RULE, *(_row(figure) for figure in result.figures)]
            lines += [f"\n{note}" for note in _notes(result.figures)]
    return "\n".join(lines) + "\n"


def _row(figure: Figure) -> str:
    spread = figure.spread
    told = (
        ("",) * 5
        if spread is None
        else (*map(number, (spread.least, spread.spread, spread.p99, spread.greatest)), str(spread.count))
    )
    target = "" if figure.target is None else str(figure.target)
    cells = (figure.name, f"{number(figure.value)} {figure.unit}", target, VERDICT[figure.met], *told)
    return f"| {' | '.join(cells)} |"


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
    results: Sequence[Result], machine: Machine, date: datetime, *, quick: bool
) -> dict[str, object]:
    """Return the results as a JSON document; a figure's summary is under ``spread``."""
    return {
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


def write(folder: Path, contents: dict[str, object], date: datetime) -> Path:
    """Write the JSON document under its date, and return where it is."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{date:%Y-%m-%dT%H%M%SZ}.json"
    path.write_text(json.dumps(contents, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return path
