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
    for one in estimates:
        first = one.first
        ceiling = (
            "-" if first is None else f"{first.orders:>9,.0f}  {first.quota.key} {first.quota.confidence}"
        )
        table.add_row(
            one.title,
            f"{one.usd:,.2f}",
            f"{one.bill.usd:,.2f}",
            one.confidence,
            ("≥ " if one.late.bound else "") + seconds(one.late.mean),
            seconds(one.late.p95),
            one.late.confidence,
            f"{100 * one.missed:.1f} %",
            f"{one.counts.requests:,.1f}",
            Text(ceiling, "red" if one.broken else ""),
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
    for one, two in zip(estimates, simulated, strict=True):
        refused = ", ".join(f"{key} {count:,}" for key, count in two.refused.items())
        table.add_row(
            one.title,
            _beside(two.counts.requests, one.counts.requests, f"{two.counts.requests:,.2f}"),
            _beside(two.late, one.late.mean, seconds(two.late)),
            _beside(two.p95, one.late.p95, seconds(two.p95)),
            f"{100 * two.missed:.1f} %",
            f"{two.most:,.0f}",
            Text(refused or "-", "red" if refused else ""),
        )
    return table


def show_against(console: Console, differences: Sequence[Difference], unknown: Sequence[str]) -> None:
    """Print the model beside a measured run."""
    table = _table("An order, modelled and measured", "channel", "", "modelled", "measured", "difference")
    for one in differences:
        table.add_row(
            one.title,
            one.what,
            f"{one.modelled:,.3f}",
            f"{one.measured:,.3f}",
            Text(f"{100 * one.share:.1f} %", "" if one.agrees else "red"),
        )
    console.print(table)
    for title in unknown:
        console.print(Text(f"{title}: measured, and not in the model", "yellow"))
    wrong = sum(not one.agrees for one in differences)
    if wrong:
        console.print(
            Text(f"{wrong} of {len(differences)} figures differ by more than {TOLERANCE:.0%}", "red")
        )


def show_claims(console: Console, claims: Sequence[Claim]) -> None:
    """Print the claims and what to think of them."""
    for claim in claims:
        console.print()
        console.print(Text(f"“{claim.said}”", "bold"))
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
