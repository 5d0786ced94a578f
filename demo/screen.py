"""What a run prints: a line for each change, then the summary."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType, TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from clients import Arrival, Settings, State
from clients.cli.words import STYLE, money
from clients.model import Order
from demo.record import OrderRecord, read_later, times, waited
from demo.shop import CUSTOMERS, PASSWORD, STAFF


class Screen:
    """Lines as they come, above a bar when there is a terminal.

    Parameters
    ----------
    total
        How many orders are to end.
    """

    def __init__(self, console: Console, total: int) -> None:
        self._console = console
        self._progress = Progress(
            TextColumn("orders at their end"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._bar = self._progress.add_task("", total=total)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def note(self, text: str, style: str = "") -> None:
        """Print a line."""
        self._console.print(Text(text, style), soft_wrap=True)

    def submitted(self, record: OrderRecord, order: Order) -> None:
        """Print that the API took an order."""
        what = f"{order.item_count} item{'s' if order.item_count > 1 else ''}"
        self.note(
            f"{_who(record.customer, order.id)}     submitted  {what}, {money(order.total, order.currency)}"
        )

    def arrived(self, customer: str, arrival: Arrival) -> None:
        """Print a change as it arrives."""
        change = arrival.change
        how = f"{waited(arrival):6.0f} ms" if arrival.pushed else "from history"
        self._console.print(
            Text.assemble(
                f"{_who(customer, change.order_id)}  v{change.version}  ",
                (f"{change.status:<9}", STYLE[change.status]),
                f"  {how}",
                f"  {change.reason}" if change.reason else "",
            ),
            soft_wrap=True,
        )
        if change.status.final:
            self._progress.advance(self._bar)

    def waiting(self, records: Sequence[OrderRecord]) -> None:
        """Say which orders have not moved for a while."""
        under_way = [r for r in records if r.order_id is not None and r.end is None]
        unsent = sum(r.order_id is None and r.refused is None and r.unsent is None for r in records)
        names = ", ".join(f"{r.order.client_token[:8]} {r.last_seen}" for r in under_way[:4])
        more = f" and {len(under_way) - 4} more" if len(under_way) > 4 else ""
        parts = [
            *([f"{len(under_way)} on the way: {names}{more}"] if under_way else []),
            *([f"{unsent} to be sent"] if unsent else []),
        ]
        self.note(f"waiting  {'; '.join(parts) or 'for the connections'}", "dim")

    def state(self, customer: str, state: State, why: str) -> None:
        """Print a follower's state when it is worth a word."""
        if state is State.AWAY:
            self.note(f"{customer}'s follower is {state}: {why}", "yellow")


def summary(
    console: Console,
    records: Sequence[OrderRecord],
    bad: int,
    since: datetime,
    reasons: Mapping[int, Sequence[str]] = MappingProxyType({}),
) -> None:
    """Print how the run that began at ``since`` ended; ``reasons`` explain orders by their line."""
    table = Table("final status", "orders", box=None, pad_edge=False)
    sent = [record for record in records if record.refused is None]
    for end, count in sorted(Counter(_ended(record) for record in sent).items()):
        table.add_row(end, str(count))
    console.print()
    console.print(table)
    if bad:
        console.print(Text(f"{bad} of the file's entries were refused, as listed above.", "red"))
    wrong = [record for record in sent if record.complaints]
    for record in wrong:
        _wrong(console, record, reasons.get(record.number, ()))
    if wrong:
        console.print(
            Text(f"{len(wrong)} of {len(sent)} orders are not as their cards and the stock say.", "red bold"),
            soft_wrap=True,
        )
    elif sent:
        console.print(
            Text(
                f"All {len(sent)} ended as their cards and the stock say; "
                "each version came once and in order.",
                "green",
            ),
            soft_wrap=True,
        )
    arrivals = [arrival for record in sent for arrival in record.arrivals]
    if summary := times(arrivals):
        pushed = f"{summary.count} of {len(arrivals)} changes came by the subscription"
        console.print(f"From change to receipt: {summary} ({pushed}).", soft_wrap=True)
        if warm := times(arrival for arrival in arrivals if arrival.version > 2):
            # The first orders wait until Lambda functions have started, as on AWS.
            console.print(f"From the third change of each order on, functions warm: {warm}.", soft_wrap=True)
        console.print("That is the software's overhead on this one machine, not AWS's latency.")
    if later := read_later(arrivals, since):
        console.print(
            Text(
                f"{later} changes were read from history: the subscription had not brought them yet.",
                "yellow",
            ),
            soft_wrap=True,
        )


def _ended(record: OrderRecord) -> str:
    return "not handed in" if record.unsent is not None else str(record.end or "not at its end")


def _wrong(console: Console, record: OrderRecord, reasons: Sequence[str]) -> None:
    """Print what is wrong with an order, and why."""
    order = f"line {record.number}, {record.order.client_token} of {record.customer}"
    card = f"card {record.order.card_token}"
    for complaint in record.complaints:
        console.print(Text(f"{order}: {complaint} ({card})", "red"), soft_wrap=True)
    for line in reasons:
        console.print(Text(f"    {line}"), soft_wrap=True)


def addresses(
    console: Console, settings: Settings, engine: str, customers: Iterable[str], page: str | None = None
) -> None:
    """Print where everything is, and whom to sign in as; ``page`` is the web page's address."""
    names = ", ".join(dict.fromkeys((*CUSTOMERS, *customers)))
    table = Table(box=None, show_header=False, pad_edge=False)
    for name, value in (
        *([("page", page)] if page else []),
        ("GraphQL", settings.endpoint),
        ("real time", settings.realtime),
        # The local cloud serves it where it serves GraphQL; AWS serves none.
        ("GraphiQL", settings.endpoint.removesuffix("graphql")),
        *([("REST", settings.rest)] if settings.rest else []),
        *([("WebSocket", settings.websocket)] if settings.websocket else []),
        ("AWS engine", f"AWS_ENDPOINT_URL={engine}"),
        ("user pool client", settings.client_id),
        ("customers", f"{names}; password {PASSWORD}"),
        ("staff", f"{STAFF}; password {PASSWORD}"),
    ):
        table.add_row(name, Text(value, overflow="fold"))
    console.print()
    console.print(table)


def _who(customer: str, order_id: str) -> str:
    return f"{customer:<10} {order_id[:8]}"
