"""``orderwire figures``: what the shop does, now or live, and whether all ways of counting agree."""

from __future__ import annotations

import argparse
import asyncio
import os
import time
from collections.abc import Sequence
from typing import Final

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from clients.analytics.athena import Athena
from clients.analytics.checking import QUESTION, Counts, Difference, differences, of_figures, of_rows
from clients.analytics.figures import ShopFigures
from clients.analytics.settings import find_athena
from clients.api import OrderApi
from clients.cli.exits import Exit
from clients.cli.traces import duration
from clients.cli.views import write_json
from clients.cli.words import STYLE, money
from clients.client import OrderClient
from clients.errors import ServerFault

HELP: Final = """\
Counted from every change of every order, each once: orders a minute and by status, revenue by currency, time
from recorded to delivered (p50 and p95 within 1 percent), dead letters.

examples:
  orderwire figures                     once
  orderwire figures --watch             until Ctrl-C
  orderwire figures --check             recount everything by SQL and compare, to the unit
  orderwire figures --check --wait 0    without waiting for changes that are still on their way

`--check` compares again until both agree or --wait seconds are over: a window ends before its figures are
there (AnalyticsWindowSeconds), and a file is written before SQL knows it (AnalyticsBufferSeconds). It asks
Athena with AWS's own credentials, as `orderwire sql` does.

exit codes: 0 they agree; 1 they do not, and it says where. The others are those of `orderwire --help`.
"""
LOOK: Final = 1.0
"""Seconds between two readings."""


async def run_figures(
    options: argparse.Namespace, client: OrderClient, console: Console, *, as_json: bool
) -> Exit:
    """Show, watch or check the figures."""
    if options.check:
        return await _check(options, client.api, console, as_json=as_json)
    figures = await client.api.figures()
    if not options.watch:
        if as_json:
            write_json(figures.document)
        else:
            console.print(_table(figures))
        return Exit.OK
    if as_json:
        while True:
            write_json(figures.document)
            figures = await _newer(client.api, figures)
    with Live(_table(figures), console=console, auto_refresh=False) as live:
        while True:
            figures = await _newer(client.api, figures, same=True)
            live.update(_table(figures), refresh=True)


async def _newer(api: OrderApi, figures: ShopFigures, *, same: bool = False) -> ShopFigures:
    """Return the next figures; those of the same version count where the hour moves on."""
    while True:
        await asyncio.sleep(LOOK)
        latest = await api.figures()
        if same or latest.version > figures.version:
            return latest


def _table(figures: ShopFigures) -> Table:
    """Return the figures as they are printed."""
    outer = Table.grid(padding=(0, 3))
    statuses = Table("status", box=None, pad_edge=False)
    for name in ("now", "ever", "last minute", "last hour"):
        statuses.add_column(name, justify="right", no_wrap=True)
    minutes = list(figures.minutes.values())
    for status in figures.now:
        hour = sum(minute.get(status, 0) for minute in minutes)
        # The current minute has only begun: the last whole one says what a minute has.
        last = minutes[-2].get(status, 0) if len(minutes) > 1 else 0
        counts = (figures.now[status], figures.entries[status], last, hour)
        statuses.add_row(Text(status.value, STYLE[status]), *(str(count) for count in counts))
    rest = Table(box=None, pad_edge=False, show_header=False)
    for currency, revenue in figures.revenue.items():
        rest.add_row(
            f"delivered in {currency}", Text(money(revenue.amount, currency)), f"{revenue.orders} orders"
        )
    delivery = figures.delivery
    for name, value in (("p50", delivery.p50), ("p95", delivery.p95), ("average", delivery.average)):
        words = "-" if value is None else duration(value / 1000)
        rest.add_row(f"time to deliver, {name}", words, f"{delivery.orders} in the last hour")
    rest.add_row("dead letters", Text(str(figures.dead_letters), "red" if figures.dead_letters else ""), "")
    rest.add_row("read at", f"{figures.at:%H:%M:%S} UTC", f"version {figures.version}")
    outer.add_row(statuses, rest)
    return outer


async def _check(options: argparse.Namespace, api: OrderApi, console: Console, *, as_json: bool) -> Exit:
    athena = Athena(
        find_athena(
            os.environ,
            ready_file=getattr(options, "ready_file", None),
            region=getattr(options, "region", None),
            workgroup=options.workgroup,
            database=options.database,
        )
    )
    questions = await asyncio.to_thread(athena.questions)
    sql = next((question.sql for question in questions if question.name == QUESTION), None)
    if sql is None:
        raise ServerFault(f"The workgroup has no saved question {QUESTION!r}: deploy the stack again.")
    until = time.monotonic() + options.wait
    with console.status("comparing", spinner="line") if console.is_terminal else _Silence():
        while True:
            before = of_figures(await api.figures())
            answer = await asyncio.to_thread(athena.ask, sql)
            live = of_figures(await api.figures())
            differing = differences([live, of_rows(answer.rows)])
            # What changed meanwhile says nothing, unless there is no time left.
            if (not differing and before == live) or time.monotonic() >= until:
                return _report(live, differing, console, as_json=as_json)
            await asyncio.sleep(LOOK)


def _report(live: Counts, differing: Sequence[Difference], console: Console, *, as_json: bool) -> Exit:
    code = Exit.ORDER_FAILED if differing else Exit.OK
    if as_json:
        for figure, name, (first, second) in differing:
            write_json(
                {"type": "difference", "figure": figure, "name": name, "figures": first, "sql": second}
            )
        write_json({"type": "check", "agree": not differing, "compared": len(live)})
        return code
    for figure, name, (first, second) in differing:
        console.print(Text(f"{figure} {name}: {first} by the figures, {second} by SQL", "red"))
    if not differing:
        changes = sum(count for (figure, _), count in live.items() if figure == "entries")
        console.print(f"The figures and SQL agree: {changes} changes, {len(live)} figures.")
    return code


class _Silence:
    """Nothing to show without a terminal."""

    def __enter__(self) -> None: ...
    def __exit__(self, *error: object) -> None: ...


def add_options(command: argparse.ArgumentParser) -> None:
    """Add what is shown, and how long to wait."""
    what = command.add_mutually_exclusive_group()
    what.add_argument("--watch", action="store_true", help="show them live, until Ctrl-C")
    what.add_argument("--check", action="store_true", help="recount everything by SQL, and compare")
    command.add_argument(
        "--wait", type=float, default=600.0, metavar="SECONDS", help="until figures have to agree (600)"
    )
    command.add_argument("--workgroup", metavar="NAME", help="Athena's workgroup, for --check")
    command.add_argument("--database", metavar="NAME", help="the catalogue's database, for --check")
