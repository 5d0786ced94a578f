"""What the model says, as tables for a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from compare.model.against import TOLERANCE, Difference
from compare.model.claims import Claim, sure
from compare.model.estimate import Books, Estimate
from compare.model.scenario import Scenario
from compare.model.simulation import Simulated

WIDTH = 130


def show(
    console: Console,
    scenario: Scenario,
    books: Books,
    estimates: Sequence[Estimate],
    simulated: Sequence[Simulated],
) -> None:
    """Print the estimates, and the simulation beside them."""
    table = _table(
        f"{scenario.rate:g} orders/s ({scenario.monthly:,.0f} a month), {scenario.followers} follower(s) "
        "each, "
        f"life {scenario.life:g} s, {scenario.changes} changes of {scenario.payload} bytes, "
        f"{scenario.region}",
        "channel", "$/month", "$/M orders", "sure", "late, mean", "p95", "sure", "missed", "requests",
    )  # fmt: skip
    table.add_column("breaks first, at orders/s", no_wrap=True)
    for estimate in estimates:
        first = estimate.first
        ceiling = (
            "-" if first is None else f"{first.orders:>9,.0f}  {first.quota.key} {first.quota.confidence}"
        )
        table.add_row(
            estimate.title,
            f"{estimate.usd:,.2f}",
            f"{estimate.bill.usd:,.2f}",
            estimate.confidence,
            ("≥ " if estimate.late.bound else "") + seconds(estimate.late.mean),
            seconds(estimate.late.p95),
            estimate.late.confidence,
            f"{100 * estimate.missed:.1f} %",
            f"{estimate.counts.requests:,.1f}",
            Text(ceiling, "red" if estimate.broken else ""),
        )
    console.print()
    console.print(table)
    if simulated:
        console.print()
        console.print(_simulated(estimates, simulated))
    console.print()
    for note in notes(books):
        console.print(Text(note, "dim"))


def notes(books: Books) -> list[str]:
    """Return what the figures leave out and how sure they are."""
    return [
        "Dollars: what following adds to the orders, at the first tier of prices, without any free tier. "
        "Not in "
        "them: submitting, the workflow and its writes, logs, metrics, traces, the sign-in.",
        "Late: seconds from a change's commit to its receipt; ≥ where AWS has published nothing of a "
        "part of the "
        "way. Missed: changes learned of no sooner than a later one.",
        f"Prices and quotas of {books.prices.date}. Sure, {sure(books.prices)}.",
    ]


def _simulated(estimates: Sequence[Estimate], simulated: Sequence[Simulated]) -> Table:
    table = _table(
        f"By events, {simulated[0].orders} orders (in brackets: the difference to the closed forms)",
        "channel", "requests", "late, mean", "p95", "missed", "environments",
    )  # fmt: skip
    table.add_column("refused", no_wrap=True)
    for estimate, simulation in zip(estimates, simulated, strict=True):
        refused = ", ".join(f"{key} {count:,}" for key, count in simulation.refused.items())
        table.add_row(
            estimate.title,
            _beside(
                simulation.counts.requests, estimate.counts.requests, f"{simulation.counts.requests:,.2f}"
            ),
            _beside(simulation.late, estimate.late.mean, seconds(simulation.late)),
            _beside(simulation.p95, estimate.late.p95, seconds(simulation.p95)),
            f"{100 * simulation.missed:.1f} %",
            f"{simulation.most:,.0f}",
            Text(refused or "-", "red" if refused else ""),
        )
    return table


def show_against(console: Console, differences: Sequence[Difference], unknown: Sequence[str]) -> None:
    """Print the model beside a measured run."""
    table = _table("An order, modelled and measured", "channel", "", "modelled", "measured", "difference")
    for difference in differences:
        table.add_row(
            difference.title,
            difference.what,
            f"{difference.modelled:,.3f}",
            f"{difference.measured:,.3f}",
            Text(f"{100 * difference.share:.1f} %", "" if difference.agrees else "red"),
        )
    console.print(table)
    for title in unknown:
        console.print(Text(f"{title}: measured, and not in the model", "yellow"))
    wrong = sum(not difference.agrees for difference in differences)
    if wrong:
        console.print(
            Text(f"{wrong} of {len(differences)} figures differ by more than {TOLERANCE:.0%}", "red")
        )


def show_claims(console: Console, claims: Sequence[Claim]) -> None:
    """Print the claims and what to think of them."""
    for claim in claims:
        console.print()
        console.print(Text(f"“{claim.statement}”", "bold"))
        for figure in claim.figures:
            for line in textwrap.wrap(figure, 110, initial_indent="  - ", subsequent_indent="    "):
                console.print(line)
        text = f"{claim.verdict.capitalize()} ({claim.confidence}). {claim.answer}"
        for line in textwrap.wrap(text, 110, initial_indent="  ", subsequent_indent="  "):
            console.print(Text(line, "green" if claim.verdict == "true" else "yellow"))


def seconds(value: float) -> str:
    """Return seconds with as many digits as matter.

    Examples
    --------
    >>> seconds(0.213), seconds(3.62), seconds(125.0)
    ('0.21 s', '3.6 s', '125 s')
    """
    return f"{value:.2f} s" if value < 1 else f"{value:.1f} s" if value < 10 else f"{value:,.0f} s"


def _beside(value: float, other: float, text: str) -> str:
    return f"{text} ({100 * (value / other - 1):+.1f} %)" if other else text


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", box=None, pad_edge=False, padding=(0, 1, 0, 0))
    for number, column in enumerate(columns):
        table.add_column(column, justify="left" if number == 0 else "right", no_wrap=True)
    return table
