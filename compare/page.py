"""The report as one self-contained HTML page: no script, no font, no image and no request to anywhere."""

from __future__ import annotations

import functools

from jinja2 import Environment, PackageLoader, StrictUndefined

from compare import charts
from compare.report import CAVEATS, Report, milliseconds, span, words
from compare.results import Row
from compare.timeline import timeline as figure


@functools.cache
def _environment() -> Environment:
    """Return what the page's template is compiled in, once."""
    # Everything that is put in is escaped: titles of channels and messages of errors are not trusted.
    environment = Environment(
        loader=PackageLoader("compare", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"ms": milliseconds, "words": words}
    environment.globals |= {"span": span}
    return environment


def render(report: Report) -> str:
    """Return the page."""
    titles = {row.channel.name: row.channel.title for row in report.rows}
    alone, together = report.of("alone"), report.of("together")
    return (
        _environment()
        .get_template("page.html.j2")
        .render(
            report=report,
            caveats=CAVEATS,
            findings=findings(report),
            modes=[(mode, rows) for mode, rows in (("alone", alone), ("together", together)) if rows],
            latency=charts.latency(report.rows),
            timeline=figure(report.sample, titles) if report.sample else None,
            calls=charts.calls(alone or together),
            traffic=charts.traffic(alone or together),
            costs=charts.costs(alone),
            billed=[row for row in alone if row.bill is not None],
            channels=list({row.channel.name: row for row in report.rows}.values()),
            used=_used(alone),
        )
    )


def findings(report: Report) -> list[str]:
    """Return what the figures say, in a few sentences."""
    rows = report.of("alone") or report.of("together")
    timed = [(row.latency.p50, row) for row in rows if row.latency is not None]
    sentences = []
    if len(timed) > 1:
        (least, first), (most, last) = min(timed, key=_value), max(timed, key=_value)
        sentences.append(
            f"{first.channel.title} notified its clients soonest: half of all changes within "
            f"{milliseconds(least)} ms. Last was {last.channel.title} with {milliseconds(most)} ms."
        )
    shares = [(row.missed / row.changes, row) for row in rows if row.changes]
    blind = [f"{row.channel.title} {share:.0%}" for share, row in shares if row.missed]
    complete = [row.channel.title for _, row in shares if not row.missed]
    if blind:
        sentences.append(
            f"Of the states, clients were too late to show: {', '.join(blind)}. "
            + (f"Every state was seen over {', '.join(complete)}." if complete else "")
        )
    lost = sum(row.lost for row in report.rows)
    sentences.append(
        "No client lost a state: each learned of every change, if late."
        if not lost
        else f"{lost} changes were never learned of: see below."
    )
    bills = [(float(row.bill.usd), row) for row in rows if row.bill is not None]
    if len(bills) > 1:
        (least, first), (most, last) = min(bills, key=_value), max(bills, key=_value)
        life = next((facts.life for facts in report.facts.values() if facts.life), 0.0)
        sentences.append(
            f"To follow a million orders that live as long as these (the median {life:.1f} s) costs "
            f"${least:,.2f} over {first.channel.title} and ${most:,.2f} over {last.channel.title}. "
            "Of orders that live longer, what asks and what is held pays more; what is pushed hardly does."
        )
    return sentences


def _value(pair: tuple[float, Row]) -> float:
    return pair[0]


def _used(rows: list[Row]) -> list[object]:
    """Return each price that some bill needs, once."""
    lines = [line for row in rows if row.bill is not None for line in row.bill.lines]
    return list({line.price.key: line.price for line in lines}.values())
