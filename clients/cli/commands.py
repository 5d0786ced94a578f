"""The commands: each takes the parsed options and an open client, and returns an exit code."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from clients.cli.burst import run_burst
from clients.cli.dead_letters import run_dead_letters
from clients.cli.events import run_events
from clients.cli.exits import Exit, exit_for
from clients.cli.following import follow, show, warn_if_off
from clients.cli.imports import run_import
from clients.cli.listing import list_orders
from clients.cli.traces import print_trace
from clients.cli.views import BarsView, JsonView, LinesView, View, change_line, write_json
from clients.cli.waterfall import print_waterfall
from clients.cli.webhooks import run_webhooks
from clients.cli.words import STYLE, money, order_document
from clients.client import OrderClient
from clients.errors import BadSettings, OrderwireError
from clients.follow import Follower
from clients.model import Order
from clients.orders_file import BadEntry, Entry, read_orders, run_by
from clients.rest import RestClient
from clients.ways.appsync import AppSync


async def run(options: argparse.Namespace, client: OrderClient, console: Console, *, as_json: bool) -> Exit:
    """Run the command that the options name."""
    others = {
        **{"list": list_orders, "trace": show_trace, "webhooks": run_webhooks, "dlq": run_dead_letters},
        **{"burst": run_burst, "import": run_import, "events": run_events},
    }
    if (command := others.get(options.command)) is not None:
        return await command(options, client, console, as_json=as_json)
    match options.command:
        case "submit":
            return await submit(options, client, _view(console, as_json=as_json, many=True))
        case "follow":
            many = len(options.ids) > 1
            return await follow(options, client, _view(console, as_json=as_json, many=many))
        case "show":
            order = await client.api.order(options.id)
        case "decide":
            order = await client.api.decide(options.id, options.decision, reason=options.reason)
        case "redrive":
            async with RestClient(client.settings, client.tokens) as rest:
                order = await rest.redrive(options.id)
        case _:
            order = await client.api.cancel(options.id)
    if as_json:
        write_json(order_document(order))
    else:
        _print_order(order, console)
    return Exit.OK


async def submit(options: argparse.Namespace, client: OrderClient, view: View) -> Exit:
    """Submit a file's orders and, when asked to, follow them to their ends."""
    entries = [run_by(entry, options.orchestrator) for entry in read_orders(_content(options.file))]
    await client.tokens.token()  # a wrong password is one error, not one for each line
    orders = [entry for entry in entries if isinstance(entry, Entry)]
    with view:
        view.expect(len(orders))
        codes = [Exit.OK]
        for entry in entries:
            if isinstance(entry, BadEntry):
                view.refused(entry.number, entry.reason)
                codes.append(Exit.REFUSED)
        if options.follow and orders:
            warn_if_off(client, AppSync.name)
            # Live before the first order is sent: every change of it comes by the subscription.
            ids = {entry.order.client_token.lower() for entry in orders}
            async with client.follower(only=ids, on_state=view.state) as follower:
                await follower.wait_live()
                showing = asyncio.create_task(show(follower, view))
                try:
                    codes += await _submit_all(orders, options, client, view, follower)
                    follower.seal()
                    codes.append(await showing)
                finally:
                    showing.cancel()
        else:
            codes += await _submit_all(orders, options, client, view, None)
    return max(codes)


async def _submit_all(
    entries: list[Entry],
    options: argparse.Namespace,
    client: OrderClient,
    view: View,
    follower: Follower | None,
) -> list[Exit]:
    limit = asyncio.Semaphore(options.concurrency)
    rest = RestClient(client.settings, client.tokens) if options.by_rest else None

    async def submit_entry(entry: Entry) -> Exit:
        async with limit:
            try:
                if rest is not None:
                    order = await rest.submit(entry.order)
                else:
                    order = await client.submit(entry.order, enqueue=options.enqueue)
            except OrderwireError as error:
                view.refused(entry.number, str(error))
                return exit_for(error)
        view.submitted(entry.number, order)
        if follower is not None:
            follower.track_submitted(order)
        return Exit.OK

    async with rest or contextlib.nullcontext(), asyncio.TaskGroup() as group:
        tasks = [group.create_task(submit_entry(entry)) for entry in entries]
    return [task.result() for task in tasks]


async def show_trace(
    options: argparse.Namespace, client: OrderClient, console: Console, *, as_json: bool
) -> Exit:
    """Show what an order's workflow went through."""
    trace = await client.api.trace(options.id)
    if as_json:
        write_json({"type": "trace", **trace.document})
        return Exit.OK
    print_trace(trace, console)
    print_waterfall(trace, console)
    return Exit.OK


def _print_order(order: Order, console: Console) -> None:
    status = (order.status, STYLE[order.status])
    console.print(Text.assemble(f"{order.id}  ", status, f"  {order.reason or ''}"))
    table = Table("quantity", "sku", "name", "each", box=None)
    for item in order.items:
        table.add_row(str(item.quantity), item.sku, Text(item.name), money(item.unit_price, order.currency))
    console.print(table)
    console.print(f"total {money(order.total, order.currency)}", highlight=False)
    for change in order.history:
        console.print(change_line(change))


def _view(console: Console, *, as_json: bool, many: bool) -> View:
    if as_json:
        return JsonView()
    return BarsView(console) if many and console.is_terminal else LinesView(console)


def _content(file: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        raise BadSettings(f"Cannot read {file}: {error.strerror}.") from error
