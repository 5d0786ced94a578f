"""``orderwire events``: the shop's read model, and its rebuild from the archive."""

from __future__ import annotations

import argparse
import asyncio
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from clients.cli.exits import Exit
from clients.cli.subcommands import add_command
from clients.cli.views import write_json
from clients.cli.words import STYLE, money
from clients.client import OrderClient
from clients.errors import BadSettings, SummaryNotFound
from clients.model import Status
from clients.summaries import Rebuild, Summary

LOOK_SECONDS: Final = 1.0
"""Between two steps of a rebuilding."""
NO_EVENTS: Final = "This stack has no events: its parameter DomainEvents is false."
HELP: Final = """\
Each change of an order is an event on the shop's bus, and kept in its archive. A summary is counted from
events alone; `rebuild` counts all of them again from the archive, for everyone, while the old ones are read.
Interrupted, it goes on where it was: run it again. Events that cannot be read are not counted: it says how
many there are, and `orderwire dlq show summaries` which.

examples:
  orderwire events summary                        what you have ordered and spent
  orderwire events summary --customer 6f0e1a5c-…  anyone's, as staff
  orderwire events rebuild                        on AWS: waits ten minutes until the archive has everything
  orderwire events rebuild --settle 0             in the local cloud, whose archive has it at once

exit codes: 0 done; 1 the replay failed, and the old summaries are read as before; 3 no such customer, or not
yours to see; 4 you are not staff. The others are those of `orderwire --help`.
"""


async def run_events(
    options: argparse.Namespace, client: OrderClient, console: Console, *, as_json: bool
) -> Exit:
    """Run the action that the options name."""
    if options.action == "rebuild":
        return await _rebuild(options.settle, client, console, as_json=as_json)
    summary = await client.api.summaries.read(options.customer)
    if summary is None:
        raise SummaryNotFound("There is no such summary, or it is not yours; or the stack has no events.")
    if as_json:
        write_json({"type": "summary", **summary.document})
    else:
        _print(summary, console)
    return Exit.OK


async def _rebuild(settle: int, client: OrderClient, console: Console, *, as_json: bool) -> Exit:
    rebuild: Rebuild | None = None
    while rebuild is None or not rebuild.ended:
        before = rebuild
        generation = None if rebuild is None else rebuild.generation
        rebuild = await client.api.summaries.rebuild(generation, settle_seconds=settle)
        if rebuild is None:
            raise BadSettings(NO_EVENTS)
        if before is None or before.progress != rebuild.progress:
            _report(rebuild, console, as_json=as_json)
        if not rebuild.ended:
            await asyncio.sleep(LOOK_SECONDS)
    return Exit.OK if rebuild.status == "COMPLETED" else Exit.ORDER_FAILED


def _report(rebuild: Rebuild, console: Console, *, as_json: bool) -> None:
    if as_json:
        write_json({"type": "rebuild", **rebuild.document})
        return
    moment = rebuild.replayed_until
    until = "" if moment is None else f", replayed until {moment:%Y-%m-%d %H:%M:%S}"
    waiting = f", {rebuild.waiting} wait" if rebuild.waiting else ""
    reason = f": {rebuild.reason}" if rebuild.reason else ""
    style = {"FAILED": "red", "COMPLETED": "green"}.get(rebuild.status, "")
    console.print(Text(f"{rebuild.status}{until}{waiting}{reason}", style))
    if rebuild.ended and rebuild.unreadable:
        events = "1 event" if rebuild.unreadable == 1 else f"{rebuild.unreadable} events"
        console.print(Text(f"{events} could not be read: orderwire dlq show summaries", "yellow"))


def _print(summary: Summary, console: Console) -> None:
    table = Table(box=None, pad_edge=False, show_header=False)
    for status, count in summary.orders.items():
        table.add_row(Text(status, STYLE[Status(status)]), str(count))
    for currency, amount in summary.spent.items():
        table.add_row("spent", money(amount, currency))
    if summary.last_order_id is not None:
        table.add_row("last order", summary.last_order_id)
    console.print(table if summary.orders else "No orders.")


def add_options(group: argparse.ArgumentParser, shared: argparse.ArgumentParser) -> None:
    """Add the actions and their options."""
    actions = group.add_subparsers(dest="action", metavar="ACTION", required=True)
    summary = add_command(actions, shared, "summary", "show what a customer has ordered and spent")
    summary.add_argument("--customer", metavar="ID", help="anyone's, as staff; yours without")
    rebuild = add_command(actions, shared, "rebuild", "rebuild all summaries from the archive (staff)", HELP)
    rebuild.add_argument(
        "--settle",
        type=int,
        choices=range(3601),
        default=600,
        metavar="SECONDS",
        help="how long the archive may take to have an event (600; 0 in the local cloud)",
    )
