"""``orderwire burst``: many orders at a rate, by several ways in, side by side."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Callable
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from rich.console import Console

from clients.auth import Credentials
from clients.burst import INTAKES, Burst, BurstPlan, Figures, Intake, Load
from clients.burst.overflow import queued
from clients.cli.burst_page import write_page
from clients.cli.burst_views import Watching, document, print_results
from clients.cli.exits import Exit
from clients.cli.views import write_json
from clients.cli.writing import require_writable
from clients.client import OrderClient
from clients.errors import BadSettings
from clients.model import Item, NewOrder
from clients.tracking import Pace

MOST_ORDERS, MOST_RATE, MOST_SECONDS = 20_000, 5_000.0, 900.0
FEW_CONNECTIONS, MOST_CONNECTIONS = 500, 2000
SPARE_FILES = 200
"""Open files that are left for anything but the burst's connections."""
DEFAULT: Final = ("direct", "standard", "fifo")
# Nothing that an order waits for by itself is too long for this.
_PACE = Pace(quiet=600.0, quiet_cap=600.0)
_ORDER = NewOrder("EUR", (Item("TEA-DARJEELING", "Darjeeling first flush, 100 g", 1, 420),), "tok_approve")

HELP = """\
Orders are sent at their own times, whatever becomes of those before: the load does not slow down with the
server. One way after the other gets the same burst, from the same customers, by turns.

ways:
  direct     the mutation submitOrder: a resolver starts the workflow; when that is throttled, the order
             overflows into the queue
  queue      the mutation enqueueOrder: a function puts the order in a standard queue
  standard   API Gateway puts it in a standard queue without a function (the stack's ExtraIntakes)
  fifo       the same by a FIFO queue, where each customer is a group

what the figures say:
  throttled  refused for the rate, which the sender must try again
  overflowed accepted by `direct` and queued, as the start was throttled; from a local cloud's meter,
             on AWS the metric NumberOfMessagesSent of the order queue
  started    the news of the first state after RECEIVED came, by subscription
  overtaken  began more than 1 s after an order that the same customer sent when this one was accepted
             already; a FIFO queue lets no order overtake another of its customer
  sent twice each 50th order is sent again with the same token; run twice says for how many that mattered
  times      from sending to the answer, and to the news of the start

examples:
  orderwire burst --orders 3000 --rate 1000                  direct, standard and FIFO
  orderwire burst --ways direct --orders 500 --rate 50       one way alone
  orderwire burst --with grace --with linus                  more customers: orders are dealt out in turn
  orderwire burst --json | jq .startP95                      one JSON object for each way
  python -m localcloud … --quotas quotas.json                starts throttled as on AWS: docs/channels.md

Each order is a whole workflow of some 20 state transitions, and costs that on AWS: there it asks first.
Ctrl-C stops the sending and shows what there is. Orders that were accepted go on.

exit codes: 0 all that was accepted has started; 1 some had not when --patience was over, or failed;
130 interrupted. The others are those of `orderwire --help`.
"""


def add_options(burst: argparse.ArgumentParser) -> None:
    """Add the options."""
    burst.add_argument(
        "--orders", type=_between(1, MOST_ORDERS, int), default=300, metavar="N", help="by each way (300)"
    )
    burst.add_argument(
        "--rate",
        type=_between(0.1, MOST_RATE, float),
        default=100.0,
        metavar="R",
        help="orders a second (100)",
    )
    burst.add_argument(
        "--ways", type=_ways, metavar="A,B", help=f"of {', '.join(INTAKES)} ({','.join(DEFAULT)})"
    )
    burst.add_argument(
        "--with", dest="others", action="append", default=[], metavar="NAME",
        help="another customer, with the same password; may be repeated",
    )  # fmt: skip
    burst.add_argument(
        "--patience", type=_between(1, MOST_SECONDS, float), default=120.0, metavar="S",
        help="seconds to send, to wait for the starts, and for the ends, each (120)",
    )  # fmt: skip
    burst.add_argument("--html", type=Path, metavar="FILE", help="write a page with the figures and curves")
    burst.add_argument("--yes", action="store_true", help="do not ask on AWS")


async def run_burst(
    options: argparse.Namespace, client: OrderClient, console: Console, *, as_json: bool
) -> Exit:
    """Send the bursts and print what became of them; interrupted, what there is so far."""
    ways = _served(options, client)
    require_writable(options.html)
    _confirm(options, client, ways)
    load = Load(options.orders, options.rate, at_once=_connections(), seconds=_sending(options))
    plan = BurstPlan(load, _ORDER, patience=options.patience)
    settings = client.settings
    results: dict[str, Figures] = {}
    async with AsyncExitStack() as stack:
        names = dict.fromkeys([client.credentials.user, *options.others])
        clients = {
            name: await stack.enter_async_context(
                OrderClient(settings, Credentials(name, client.credentials.password), pace=_PACE)
            )
            for name in names
        }
        burst = Burst(settings, clients, plan, partial(queued, settings.meter, settings.order_queue))
        watching = stack.enter_context(Watching(console, shown=console.is_terminal and not as_json))
        try:
            for way in ways:
                watching.begin(way.title, options.orders)
                results[way.name] = await burst.run(way, watching.look)
                if as_json:
                    write_json(document(way.name, results[way.name]))
        except asyncio.CancelledError:
            results[way.name] = burst.so_far()
            _show(results, options, console, as_json=as_json, last=way.name)
            raise
    _show(results, options, console, as_json=as_json)
    return Exit.OK if all(_whole(figures) for figures in results.values()) else Exit.ORDER_FAILED


def _show(
    results: dict[str, Figures],
    options: argparse.Namespace,
    console: Console,
    *,
    as_json: bool,
    last: str | None = None,
) -> None:
    if as_json and last is not None:
        write_json({**document(last, results[last]), "interrupted": True})
    if not as_json:
        print_results(results, console)
    if options.html is not None:
        write_page(options.html, results)


def _whole(figures: Figures) -> bool:
    return figures.started >= figures.accepted and not figures.failed + figures.refused + figures.unsent


def _served(options: argparse.Namespace, client: OrderClient) -> list[type[Intake]]:
    """Return the ways; without names, those that the stack has."""
    wanted = [INTAKES[name] for name in options.ways or DEFAULT]
    lacking = {way.name: why for way in wanted if (why := way.lacks(client.settings))}
    if options.ways and lacking:
        raise BadSettings("; ".join(f"{name}: {why}" for name, why in lacking.items()))
    ways = [way for way in wanted if way.name not in lacking]
    if lacking:
        ways.append(INTAKES["queue"])
    return ways


def _confirm(options: argparse.Namespace, client: OrderClient, ways: list[type[Intake]]) -> None:
    host = urlsplit(client.settings.endpoint).hostname or ""
    if options.yes or host == "localhost" or host.startswith("127.") or host == "::1":
        return
    what = f"{len(ways) * options.orders:,} orders to {host}, each a whole workflow that is billed"
    if not sys.stdin.isatty():
        raise BadSettings(f"This sends {what}: say --yes.")
    sys.stderr.write(f"Send {what}? [y/N] ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
        raise BadSettings("Nothing was sent.")


def _connections() -> int:
    """Return how many requests this process may have open at a time."""
    try:
        import resource  # noqa: PLC0415 - Windows has none
    except ImportError:
        return FEW_CONNECTIONS
    allowed, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = MOST_CONNECTIONS if allowed == resource.RLIM_INFINITY else allowed - SPARE_FILES
    return max(50, min(MOST_CONNECTIONS, most))


def _sending(options: argparse.Namespace) -> float:
    return float(options.orders / options.rate + options.patience)


def _ways(text: str) -> list[str]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    for name in names:
        if name not in INTAKES:
            raise argparse.ArgumentTypeError(f"{name!r} is none of {', '.join(INTAKES)}")
    return list(dict.fromkeys(names))


def _between(least: float, most: float, kind: type[int] | type[float]) -> Callable[[str], float]:
    def read(text: str) -> float:
        try:
            value = kind(text)
        except ValueError:
            what = "a whole number" if kind is int else "a number"
            raise argparse.ArgumentTypeError(f"{text!r} is not {what}") from None
        if not least <= value <= most:
            raise argparse.ArgumentTypeError(f"must be from {least:g} to {most:g}")
        return value

    return read
