"""``python -m demo``: show orders going through a running local cloud."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.text import Text

from clients import BadSettings, OrderwireError
from clients.cli.exits import Exit, exit_for
from clients.orders_file import BadEntry, Entry, read_orders
from demo import run, screen
from demo.executions import executions
from demo.ready import Ready, read_ready
from demo.reasons import explain
from demo.record import OrderRecord, read_later, times
from demo.shop import prepare, read_stock

_HERE = Path(__file__).resolve().parent.parent
# More would hide the summary; what they have in common shows in these.
EXPLAINED = 5


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demonstration and return its exit code."""
    options = _parser().parse_args(arguments)
    console = Console(highlight=False, emoji=False, markup=False)
    try:
        return asyncio.run(
            demonstrate(options.ready_file, options.orders, options.stock, console, patience=options.patience)
        )
    except KeyboardInterrupt:
        return Exit.INTERRUPTED
    except OrderwireError as error:
        Console(stderr=True, highlight=False, markup=False).print(
            Text(f"demo: {error}", "red"), soft_wrap=True
        )
        return exit_for(error)


async def demonstrate(
    ready_file: Path, orders: Path, stock_file: Path, console: Console, *, patience: float = 180.0
) -> int:
    """Prepare the shop, send the orders through, and print what came of them.

    Returns
    -------
    int
        0 when all is as it should be, 1 when an order ended otherwise than its card and stock say, a
        version was missed or nothing came by the subscription, 6 when only entries of the file were refused.
    """
    ready = read_ready(ready_file)
    stock = read_stock(stock_file)
    entries = _read(orders)
    customers = [entry.customer for entry in entries if isinstance(entry, Entry) and entry.customer]
    await asyncio.to_thread(prepare, ready, customers, stock)
    since = datetime.now(UTC)
    records = await run.run(ready.settings, entries, stock, console, patience=patience)
    bad = sum(isinstance(entry, BadEntry) for entry in entries) + sum(r.refused is not None for r in records)
    screen.summary(console, records, bad, since, await asyncio.to_thread(_reasons, ready, records))
    screen.addresses(console, ready.settings, ready.engine, customers, ready.page)
    arrivals = [arrival for record in records for arrival in record.arrivals]
    # The guarantee holds without the subscription; a demonstration of live updates does not.
    never_live = read_later(arrivals, since) > 0 and times(arrivals) is None
    if never_live or any(record.complaints for record in records):
        return Exit.ORDER_FAILED
    return Exit.REFUSED if bad else Exit.OK


def _reasons(ready: Ready, records: Sequence[OrderRecord]) -> dict[int, list[str]]:
    """Return why orders are not as they should be, by their line; of many the first ones."""
    wrong = [record for record in records if record.complaints][:EXPLAINED]
    log = os.environ.get("LOCALCLOUD_LOG_FILE")
    log_file = Path(log) if log else None
    if log_file is not None and log_file.is_relative_to(Path.cwd()):
        log_file = log_file.relative_to(Path.cwd())
    reasons = executions(ready, [record.order.client_token for record in wrong])
    return {
        record.number: list(explain(record, reasons.get(record.order.client_token), log_file))
        for record in wrong
    }


def _read(orders: Path) -> list[Entry | BadEntry]:
    try:
        return list(read_orders(orders.read_bytes()))
    except OSError as error:
        raise BadSettings(f"Cannot read the orders file {orders}: {error.strerror}.") from error


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m demo", description="Show orders going through a running local cloud."
    )
    ready = os.environ.get("LOCALCLOUD_READY_FILE", ".local/ready.json")
    parser.add_argument("--ready-file", type=Path, default=Path(ready), help="what the local cloud wrote")
    parser.add_argument(
        "--orders",
        type=Path,
        default=_HERE / "examples" / "orders.jsonl",
        help="what to send: one JSON object a line",
    )
    parser.add_argument(
        "--stock", type=Path, default=_HERE / "examples" / "stock.json", help="how much there is of each SKU"
    )
    parser.add_argument(
        "--patience",
        type=float,
        default=180.0,
        metavar="SECONDS",
        help="without a change, until an order is stuck",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
