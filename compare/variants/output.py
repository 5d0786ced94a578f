"""The comparison of variants as a table, a JSON document and a page."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from rich.console import Console
from rich.table import Table
from rich.text import Text

from compare.document import bill_document
from compare.report import milliseconds
from compare.statistics import Summary
from compare.variants.comparison import Comparison
from compare.variants.evidence_rows import bound, evidence_table, facts, notes
from compare.variants.running import Row

FORMAT = 2
CAVEAT = (
    "Times are this machine's, from the beginning of a submission: to its answer, to the commit of the first "
    "change after RECEIVED, and of the last. Dollars: the whole order but for following it; functions' "
    "time is "
    "this machine's."
)


ONE_TURN = "One turn each: how much of a difference is the machine's noise is not known."


def show(console: Console, compared: Comparison) -> None:
    """Print the table."""
    table = Table(
        title=f"{compared.family.capitalize()}: {compared.orders} orders each, {compared.sending}",
        title_justify="left", box=None, pad_edge=False, padding=(0, 1, 0, 0),
    )  # fmt: skip
    table.add_column("", no_wrap=True)
    for name in (
        "accepted p50 ms",
        "p95",
        "first state p50",
        "p95",
        "max",
        "last p50",
        "overtaken",
        "ops",
        "$/M orders",
    ):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("sure", no_wrap=True)
    for row in compared.rows:
        table.add_row(row.variant.title, *_cells(row, compared))
    console.print(table)
    console.print()
    if compared.evidence:
        console.print(evidence_table(compared))
        console.print()
        for line in notes(compared):
            console.print(Text(line, "dim"))
    if compared.burst:
        console.print(Text(ONE_TURN, "yellow"))
    for line in compared.drowned:
        console.print(Text(f"Not decided, the turns differ as much: {line}.", "yellow"))
    for worry in compared.worries:
        console.print(Text(worry, "red"))
    console.print(Text(CAVEAT, "dim"))
    sure = "; ".join(f"{letter}: {meaning}" for letter, meaning in compared.book.meaning.items())
    console.print(Text(f"Prices of {compared.book.date}, {compared.book.region}. Sure, {sure}.", "dim"))


def _cells(row: Row, compared: Comparison) -> list[str]:
    return [
        *_two(row.accepted),
        *_two(row.started),
        "-" if row.started is None else milliseconds(row.started.greatest),
        _two(row.ended)[0],
        str(row.overtaken),
        f"{sum(row.operations.values()):.1f}",
        f"{bound(row, compared)}{row.bill.usd:,.2f}",
        row.bill.confidence,
    ]


def _two(summary: Summary | None) -> tuple[str, str]:
    if summary is None:
        return "-", "-"
    return milliseconds(summary.p50), milliseconds(summary.p95)


def document(compared: Comparison) -> dict[str, object]:
    """Return all of it in JSON's terms."""
    return {
        "format": FORMAT,
        "family": compared.family,
        "date": compared.date.isoformat(timespec="seconds"),
        "machine": compared.machine,
        "orders": compared.orders,
        "rate": compared.rate,
        "burst": compared.burst,
        "worries": list(compared.worries),
        "undecided": compared.drowned,
        "pausesSeconds": compared.pauses,
        "variants": [_row(row, compared) for row in compared.rows],
    }


def _row(row: Row, compared: Comparison) -> Mapping[str, object]:
    evidence, added = compared.evidence.get(row.variant.name), compared.added(row)
    return {
        "name": row.variant.name,
        "title": row.variant.title,
        "how": row.variant.how,
        "orders": row.orders,
        "acceptedMs": _summary(row.accepted),
        "firstStateMs": _summary(row.started),
        "lastStateMs": _summary(row.ended),
        "addedMs": None if added is None else round(added, 1),
        "operationsPerOrder": {name: round(n, 3) for name, n in sorted(row.operations.items())},
        "transitionsPerOrder": round(row.transitions, 3),
        "overtaken": row.overtaken,
        "refused": list(row.refused),
        "cost": bill_document(row.bill),
        **({} if evidence is None else evidence.document()),
    }


def _summary(summary: Summary | None) -> dict[str, float] | None:
    return None if summary is None else {name: round(value, 2) for name, value in asdict(summary).items()}


def write(folder: Path, compared: Comparison) -> tuple[Path, Path]:
    """Write the document and the page under the date; return where they are.

    ``FAMILY.json`` is the last document once more, for the web page.
    """
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{compared.family}-{compared.date:%Y-%m-%dT%H%M%SZ}"
    data, shown = folder / f"{name}.json", folder / f"{name}.html"
    text = json.dumps(document(compared), indent=2, ensure_ascii=False) + "\n"
    data.write_text(text, encoding="utf-8")
    latest = folder / f"{compared.family}.json.new"
    latest.write_text(text, encoding="utf-8")
    latest.replace(folder / f"{compared.family}.json")  # at once: the page may be reading it
    shown.write_text(render(compared), encoding="utf-8")
    return data, shown


def render(compared: Comparison) -> str:
    """Return the page."""
    environment = Environment(
        loader=PackageLoader("compare", "templates"),
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.filters |= {"ms": milliseconds}
    return environment.get_template("variants.html.j2").render(
        compared=compared, caveat=CAVEAT, one_turn=ONE_TURN, facts=facts, bound=bound, notes=notes(compared)
    )
