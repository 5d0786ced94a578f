"""What the runs amount to: a row of figures for each channel, alone and together with the others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from clients import Arrival
from compare.channels import Channel
from compare.commits import Times, committed
from compare.costs import Bill, bill
from compare.latency import Modelled, Part, model
from compare.meter import Count, attribute
from compare.prices import PriceBook
from compare.records import Followed, OrderRecord, Run, Runs
from compare.runner import turns
from compare.spread import Spread, spread
from compare.statistics import Summary, summarize
from compare.usage import ChannelUsage, ServerUse, Usage, total

# Where fan-out looks for followers, for each batch or change, however many follow.
QUERIED = ("ConnectionsTable",)

Mode = Literal["alone", "together"]


@dataclass(frozen=True, slots=True)
class Row:
    """One channel in one run.

    Attributes
    ----------
    orders, changes
        How many orders were followed to their end, and how many changes these went through.
    latency
        Milliseconds from each change's commit to its receipt, on this machine.
    exact
        For how many of them the commit's own time is known; the others begin at the change's ``at``.
    missed
        Changes that the client learned of no sooner than of a later one: its user never saw them.
    lost
        Changes that it never learned of, of orders that it followed to their end.
    failed
        Clients that gave up, and why the first of them did.
    server, bill
        None for channels that ran together: the meter cannot attribute their work.
    modelled
        What AWS adds, from published figures: never part of ``latency``.
    turns
        The median latency of each turn, which shows how much the machine's noise moves it.
    receipts
        Of each order, the milliseconds from the answer to its submission to each moment at which the client
        learned something.
    """

    channel: type[Channel]
    mode: Mode
    orders: int
    changes: int
    latency: Summary | None
    exact: int
    client: Usage
    missed: int
    lost: int
    failed: tuple[str, ...]
    server: ServerUse | None
    bill: Bill | None
    modelled: Modelled
    receipts: tuple[tuple[float, ...], ...] = ()
    turns: Spread | None = None


def rows(
    runs: Runs,
    book: PriceBook,
    architectures: Mapping[str, str],
    parts: Mapping[str, Part],
) -> list[Row]:
    """Return a row for each channel of each run."""
    table: list[Row] = []
    for run in runs.alone:
        server = _server(run, runs.baseline, architectures)
        table += [
            _row(run, channel, "alone", server=server, book=book, parts=parts) for channel in run.channels
        ]
    if runs.together is not None:
        together = runs.together
        table += [
            _row(together, channel, "together", server=None, book=book, parts=parts)
            for channel in together.channels
        ]
    return table


def missed(arrivals: Iterable[Arrival]) -> int:
    """Count the changes of one order that were learned of no sooner than a later one.

    They came in the same answer, or had to wait for the one before: no user could see them.
    """
    count, soonest = 0, None
    for arrival in sorted(arrivals, key=lambda arrival: arrival.version, reverse=True):
        count += soonest is not None and soonest <= arrival.received
        soonest = arrival.received if soonest is None else min(soonest, arrival.received)
    return count


def _server(run: Run, baseline: Run | None, architectures: Mapping[str, str]) -> ServerUse | None:
    if run.count is None or baseline is None or baseline.count is None:
        return None
    pushes = any(channel.pushes for channel in run.channels)
    kinds = [kind for channel in run.channels for kind in channel.tables]
    others = [kind for kind in QUERIED if kind not in kinds]
    return attribute(
        run.count,
        baseline.count,
        architectures,
        pushes=pushes,
        tables=_named(run.count, kinds),
        serving=tuple(kind for channel in run.channels for kind in channel.functions),
        others=_named(run.count, others),
    )


def _named(count: Count, kinds: Sequence[str]) -> tuple[str, ...]:
    """Return the tables of these kinds: CloudFormation puts one between the stack's name and a random one."""
    return tuple(name for name in count.tables if any(kind in name for kind in kinds))


def _row(
    run: Run,
    channel: type[Channel],
    mode: Mode,
    *,
    server: ServerUse | None,
    book: PriceBook,
    parts: Mapping[str, Part],
) -> Row:
    pairs = [
        (record, follower)
        for record in run.orders
        for follower in record.followed
        if record.refused is None and follower.channel == channel.name
    ]
    complete = [(record, follower) for record, follower in pairs if follower.failure is None]
    waits, exact = _waits(complete, run.times)
    client = total(follower.usage for _, follower in pairs)
    changes = sum(len(record.history) for record, _ in pairs)
    usage = ChannelUsage(len(pairs), changes, client, server)
    return Row(
        channel=channel,
        mode=mode,
        orders=len(complete),
        changes=sum(len(record.history) for record, _ in complete),
        latency=summarize(waits),
        exact=exact,
        client=client,
        missed=sum(missed(follower.arrivals) for _, follower in complete),
        lost=sum(_lost(record, follower) for record, follower in complete),
        failed=tuple(follower.failure for _, follower in pairs if follower.failure is not None),
        server=server,
        bill=bill(channel.bill, usage, book) if server is not None else None,
        modelled=model([parts[key] for key in channel.aws], _gap(pairs)),
        turns=spread(
            channel.title,
            [
                _waits(
                    [(record, follower) for record, follower in complete if record.number in turn], run.times
                )[0]
                for turn in turns(run.expected)
            ],
        ),
        receipts=tuple(_receipts(record, follower) for record, follower in pairs if record.history),
    )


def _waits(pairs: Sequence[tuple[OrderRecord, Followed]], times: Times) -> tuple[list[float], int]:
    waits, exact = [], 0
    for _, follower in pairs:
        for arrival in follower.arrivals:
            commit, source = committed(arrival.change, times)
            waits.append((arrival.received.timestamp() - commit) * 1000)
            exact += source == "commit"
    return waits, exact


def _lost(record: OrderRecord, followed: Followed) -> int:
    learned = {arrival.version for arrival in followed.arrivals}
    return sum(change.version not in learned for change in record.history)


def _receipts(record: OrderRecord, followed: Followed) -> tuple[float, ...]:
    """Return the milliseconds from the answer to a submission to each moment with an arrival."""
    moments = dict.fromkeys(arrival.received.timestamp() for arrival in followed.arrivals)
    return tuple((moment - record.answered) * 1000 for moment in moments)


def _gap(pairs: Sequence[tuple[OrderRecord, Followed]]) -> float | None:
    """Return the mean milliseconds between two requests of a client."""
    spans = [
        (follower.arrivals[-1].received.timestamp() - record.submitted, follower.usage.requests - 1)
        for record, follower in pairs
        if follower.arrivals and follower.usage.requests > 1
    ]
    gaps = sum(count for _, count in spans)
    return sum(span for span, _ in spans) * 1000 / gaps if gaps else None
