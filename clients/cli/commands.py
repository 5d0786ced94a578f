"""The commands: each takes the parsed options and an open client, and returns an exit code."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from clients.cli.burst import run_burst
from clients.cli.dead_letters import run_dead_letters
from clients.cli.events import run_events
from clients.cli.exits import Exit, exit_for
from clients.cli.imports import run_import
from clients.cli.traces import print_trace
from clients.cli.views import BarsView, JsonView, LinesView, View, change_line, write_json
from clients.cli.waterfall import print_waterfall
from clients.cli.webhooks import run_webhooks
from clients.cli.words import STYLE, money, order_document
from clients.client import OrderClient
from clients.errors import BadSettings, NotFound, OrderwireError
from clients.follow import Follower, HistoryReader
from clients.model import Order, Status
from clients.orders_file import BadEntry, Entry, read_orders, run_by
from clients.rest import RestClient
from clients.ways import Following
from clients.ways.appsync import AppSync
from clients.ways.graphql_ws import GraphQLWebSocket
from clients.ways.longpoll import LongPoll
from clients.ways.poll import Poll
from clients.ways.websocket import WebSocket

# The other ways read history from the stack's GraphQL API, and work where there is no companion.
_OF_COMPANION = frozenset({WebSocket.name, GraphQLWebSocket.name, Poll.name, LongPoll.name})
# What switches off a channel whose clients connect all the same.
_SWITCH = {
    AppSync.name: "AppSyncChannel",
    WebSocket.name: "WebSocketChannel",
    GraphQLWebSocket.name: "WebSocketChannel",
}


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
            _warn_if_off(client, AppSync.name)
            # Live before the first order is sent: every change of it comes by the subscription.
            ids = {entry.order.client_token.lower() for entry in orders}
            async with client.follower(only=ids, on_state=view.state) as follower:
                await follower.wait_live()
                showing = asyncio.create_task(_show(follower, view))
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

    async def one(entry: Entry) -> Exit:
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
        tasks = [group.create_task(one(entry)) for entry in entries]
    return [task.result() for task in tasks]


async def follow(options: argparse.Namespace, client: OrderClient, view: View) -> Exit:
    """Show every change of some orders until all are final."""
    ids = list(dict.fromkeys(order_id.lower() for order_id in options.ids))
    _warn_if_off(client, options.via)
    async with client.way(options.via) as way:
        missing = await _missing(ids, client, by_rest=options.via in _OF_COMPANION)
        existing = [order_id for order_id in ids if order_id not in missing]
        if not existing:
            raise NotFound(missing[0])
        with view:
            view.expect(len(existing))
            for order_id in missing:
                view.refused(ids.index(order_id) + 1, str(NotFound(order_id)))
            async with way.follow(existing, on_state=view.state) as following:
                code = await _show(following, view)
    return max(code, Exit.NOT_FOUND if missing else Exit.OK)


def _warn_if_off(client: OrderClient, way: str) -> None:
    switch = _SWITCH.get(way)
    if switch in client.settings.off:
        sys.stderr.write(
            f'orderwire: {switch} is "false" in this stack: changes come late, from the history that is read '
            "now and then; another --via may be quicker.\n"
        )


async def _missing(ids: list[str], client: OrderClient, *, by_rest: bool) -> list[str]:
    """Return the orders that are not there: the others are followed without them."""
    missing: list[str] = []
    rest = RestClient(client.settings, client.tokens) if by_rest else None
    async with rest or contextlib.nullcontext():
        reader: HistoryReader = rest or client.api
        for order_id in ids:
            try:
                await reader.history(order_id)
            except NotFound:
                missing.append(order_id)
    return missing


async def _show(follower: Following, view: View) -> Exit:
    code = Exit.OK
    async for arrival in follower:
        view.change(arrival.change)
        if arrival.change.status.final and arrival.change.status is not Status.DELIVERED:
            code = Exit.ORDER_FAILED
    return code


async def list_orders(
    options: argparse.Namespace, client: OrderClient, console: Console, *, as_json: bool
) -> Exit:
    """List one's own orders, newest first."""
    orders = _first(client.api.orders(status=options.status), options.limit)
    if as_json:
        async for order in orders:
            write_json(order_document(order))
        return Exit.OK
    table = Table(box=None, pad_edge=False)
    for name in ("order", "created", "status", "total"):  # ids are there to be copied
        table.add_column(name, no_wrap=True, overflow="ignore")
    table.add_column("reason")
    async for order in orders:
        table.add_row(
            order.id,
            f"{order.created_at:%m-%d %H:%M:%S}",
            Text(order.status, STYLE[order.status]),
            money(order.total, order.currency),
            order.reason or "",
        )
    console.print(table if table.row_count else "No orders.")
    return Exit.OK


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


async def _first(orders: AsyncIterator[Order], limit: int | None) -> AsyncIterator[Order]:
    count = 0
    async for order in orders:
        yield order
        if (count := count + 1) == limit:
            return


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
