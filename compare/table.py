"""The report as a table for a terminal of 120 columns."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from compare.report import CAVEATS, Report, milliseconds, span, words
from compare.results import Mode, Row

WIDTH = 120


def show(console: Console, report: Report) -> None:
    """Print the report."""
    modes: tuple[Mode, ...] = ("alone", "together")
    for mode in modes:
        rows = report.of(mode)
        if not rows:
            continue
        console.print()
        console.print(_table(rows, mode, report))
        facts = report.facts.get("all at once" if mode == "together" else rows[0].channel.title)
        if facts is not None:
            console.print(
                Text(
                    f"{facts.orders} orders a run; {facts.delivered} delivered; "
                    f"the median order lives {facts.life:.1f} s.",
                    "dim",
                )
            )
    console.print()
    for note in _notes(report):
        console.print(Text(note, "dim"))
    if report.busy:
        console.print(Text(report.busy, "yellow"))
    if report.noise:
        console.print(Text(f"Not decided: {report.noise}", "yellow"))
    for worry in report.worries:
        console.print(Text(worry, "red"))


def _table(rows: list[Row], mode: Mode, report: Report) -> Table:
    table = Table(
        title=f"{words(mode).capitalize()}: commit to receipt on this machine, and what an order takes",
        title_justify="left",
        box=None,
        pad_edge=False,
        padding=(0, 1, 0, 0),
    )
    table.add_column("channel", no_wrap=True)
    for name in ("p50 ms", "p95", "p99", "reqs", "msgs", "conns", "KB", "missed", "lost", "dropped"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("AWS p50*", justify="right", no_wrap=True)
    table.add_column("sure", no_wrap=True)
    if mode == "alone":
        table.add_column("ops", justify="right", no_wrap=True)
        table.add_column("$/M", justify="right", no_wrap=True)
        table.add_column("sure", no_wrap=True)
    for row in rows:
        table.add_row(*_cells(row, mode))
    return table


def _cells(row: Row, mode: Mode) -> list[str | Text]:
    latency, client = row.latency, row.client
    clients = max(1, row.orders + len(row.failed))
    modelled = row.modelled
    cells: list[str | Text] = [
        row.channel.title,
        *(
            milliseconds(None if latency is None else value)
            for value in (() if latency is None else (latency.p50, latency.p95, latency.p99))
        ),
        *(["-"] * 3 if latency is None else []),
        f"{client.requests / clients:.1f}",
        f"{(client.messages_in + client.messages_out) / clients:.1f}",
        f"{client.connections / clients:.1f}",
        f"{(client.bytes_in + client.bytes_out) / clients / 1000:.1f}",
        f"{100 * row.missed / row.changes:.0f} %" if row.changes else "-",
        Text(str(row.lost), "red" if row.lost else ""),
        str(client.duplicates),
        span(modelled.p50, bound=modelled.p50_bound),
        modelled.confidence,
    ]
    if mode == "alone":
        operations = "-" if row.server is None else f"{sum(row.server.operations.values()) / clients:.1f}"
        cells.append(operations)
        cells += ["-", ""] if row.bill is None else [f"{row.bill.usd:,.2f}", row.bill.confidence]
    return cells


def _notes(report: Report) -> list[str]:
    sure = "; ".join(f"{letter}: {meaning}" for letter, meaning in report.book.meaning.items())
    modelled = "; ".join(f"{letter}: {meaning}" for letter, meaning in report.latency_meaning.items())
    return [
        f"Times begin at {report.timed_from}.",
        "Missed: changes whose client learned of them no sooner than of a later one. Lost: never learned of. "
        "Dropped: came although they were there already.",
        "An order takes requests, messages, connections and KB, in both directions together. "
        "Ops: AWS operations. $/M: dollars for a million orders.",
        "* AWS's own latency by published figures: not part of what was measured. ≥: a part has no figure.",
        *([f"How sure the latency is: {modelled}."] if modelled else []),
        f"Prices of {report.book.date:%Y-%m-%d}, {report.book.region}. How sure they are: {sure}.",
        *CAVEATS[:1],
    ]
