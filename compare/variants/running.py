"""Run variants by turns on the comparison's own runner, and make a row of figures of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from statistics import fmean

from clients import Change, NewOrder, Settings
from clients.auth import TokenSource
from compare.baseline import Baseline
from compare.channels import Channel
from compare.commits import Commits, committed
from compare.costs import Bill, Quantity, Rule, bill, server_side
from compare.meter import IDLE, Count, Meter
from compare.prices import PriceBook
from compare.records import OrderRecord, Run, RunPlan
from compare.runner import AT_ONCE, Shop, Show, new_run, take_turn, turns
from compare.spread import Spread, spread
from compare.statistics import Summary, summarize
from compare.usage import ChannelUsage, FunctionUse, ServerUse, Usage
from compare.variants.base import CustomerClients, Spent, Stack, Variant

AT_ONE_TIME = 1.0


@dataclass(frozen=True, slots=True)
class Row:
    """One variant; milliseconds from the beginning of a submission.

    Attributes
    ----------
    accepted
        To the answer.
    begun, ended
        To the commits of the first change after RECEIVED, and of the last.
    operations
        AWS's, of an order, without what looks for work.
    overtaken
        Orders that began after a later one of the same customer: see :func:`overtaken`.
    refused
        What was answered to orders that were not taken.
    noise
        Of ``accepted`` and ``begun``, each turn's median.
    """

    variant: Variant
    orders: int
    accepted: Summary | None
    started: Summary | None
    ended: Summary | None
    operations: Mapping[str, float]
    transitions: float
    bill: Bill
    overtaken: int
    refused: tuple[str, ...]
    noise: Mapping[str, Spread | None] = field(default_factory=dict)


class _Through:
    """The shop, with the orders of one variant."""

    def __init__(self, shop: Shop, clients: CustomerClients, variant: Variant) -> None:
        self._shop, self._clients, self._variant = shop, clients, variant

    @property
    def settings(self) -> Settings:
        return self._shop.settings

    @property
    def meter(self) -> Meter:
        return self._shop.meter

    @property
    def commits(self) -> Commits:
        return self._shop.commits

    @property
    def tokens(self) -> Mapping[str, TokenSource]:
        return self._shop.tokens

    async def submit(self, customer: str, order: NewOrder) -> None:
        await self._variant.submit(self._clients, customer, order)

    async def history(self, customer: str, order_id: str) -> tuple[Change, ...]:
        return await self._shop.history(customer, order_id)


async def run_variants(
    shop: Shop,
    clients: CustomerClients,
    variants: Sequence[Variant],
    plan: RunPlan,
    *,
    show: Show,
    stack: Stack,
    follower: type[Channel] = Baseline,
    burst: bool = False,
) -> list[Run]:
    """Return a run for each variant; they take turns, after some orders of each that count for nothing.

    In a burst each variant has one turn, and all of its orders are on their way at once.
    """
    most = max(AT_ONCE, plan.orders) if burst else AT_ONCE
    for variant in variants:
        await variant.prepare(stack)
        warm = new_run(f"{variant.title}, warming up", [follower], plan.warm_up)
        await take_turn(warm, _Through(shop, clients, variant), plan, show, range(plan.warm_up))
    runs = [new_run(variant.title, [follower], plan.orders, most) for variant in variants]
    for numbers in [range(plan.orders)] if burst else turns(plan.orders):
        for variant, run in zip(variants, runs, strict=True):
            await variant.prepare(stack)
            if variant.settling:
                settling = new_run(f"{variant.title}, settling", [follower], variant.settling)
                await take_turn(
                    settling, _Through(shop, clients, variant), plan, show, range(variant.settling)
                )
            await take_turn(run, _Through(shop, clients, variant), plan, show, numbers)
    return runs


def row(
    variant: Variant, run: Run, book: PriceBook, architectures: Mapping[str, str], durable: float = 0.0
) -> Row:
    """Return the figures of a variant's run, an order of which took so many durable operations."""
    accepted = [record for record in run.orders if record.refused is None and record.history]
    count = run.count or Count({}, {}, {}, 0.0)
    orders = max(1, len(accepted))
    waits = {
        "accepted": [(record.number, (record.answered - record.submitted) * 1000) for record in accepted],
        "begun": [(record.number, _since(record, run, 1)) for record in accepted if len(record.history) > 1],
        "ended": [(record.number, _since(record, run, -1)) for record in accepted],
    }
    life = fmean(ms for _, ms in waits["ended"]) / 1000 if accepted else 0.0
    spent = Spent(len(accepted), count, life, durable * len(accepted))
    return Row(
        variant=variant,
        orders=len(accepted),
        accepted=summarize(ms for _, ms in waits["accepted"]),
        started=summarize(ms for _, ms in waits["begun"]),
        ended=summarize(ms for _, ms in waits["ended"]),
        operations={
            name: n / orders
            for name, n in count.operations.items()
            if n and not name.startswith((*IDLE, "lambda."))
        },
        transitions=count.transitions / orders,
        bill=_bill(variant, spent, book, architectures),
        overtaken=overtaken(accepted, run),
        refused=tuple(record.refused for record in run.orders if record.refused is not None),
        noise={
            what: spread(
                variant.title,
                [[ms for number, ms in waits[what] if number in turn] for turn in turns(run.expected)],
            )
            for what in ("accepted", "begun", "ended")
        },
    )


def overtaken(records: Sequence[OrderRecord], run: Run) -> int:
    """Count the orders that began after one of their customer's that was accepted later.

    Workflows that are started one after another run beside each other: what is within ``AT_ONE_TIME`` seconds
    is no overtaking.
    """
    by_customer: dict[str, list[tuple[OrderRecord, float]]] = {}
    for record in records:
        if len(record.history) > 1:
            start = committed(record.history[1], run.times)[0]
            by_customer.setdefault(record.customer, []).append((record, start))
    return sum(
        any(later.answered > first.answered and when + AT_ONE_TIME < start for later, when in each)
        for each in by_customer.values()
        for first, start in each
    )


def _since(record: OrderRecord, run: Run, number: int) -> float:
    return (committed(record.history[number], run.times)[0] - record.submitted) * 1000


def _bill(variant: Variant, spent: Spent, book: PriceBook, architectures: Mapping[str, str]) -> Bill:
    count = spent.count
    server = ServerUse(
        operations={name: n for name, n in count.operations.items() if not name.startswith(IDLE)},
        reads=sum(read for read, _ in count.tables.values()),
        writes=sum(write for _, write in count.tables.values()),
        functions={
            name: FunctionUse(invocations, gb_seconds, architectures.get(name, "x86_64"))
            for name, (invocations, gb_seconds) in count.functions.items()
            # Following is the channels' matter.
            if invocations and "Fanout" not in name
        },
    )

    def queued(usage: ChannelUsage) -> Iterator[Quantity]:
        for quantity in server_side(usage):
            yield (
                replace(quantity, price=variant.queue_price) if quantity.price == "sqs.request" else quantity
            )

    rules: tuple[Rule, ...] = (lambda _: variant.bill(spent), queued)
    priced = bill(rules, ChannelUsage(spent.orders, 0, Usage(), server), book)
    # What was not requested has no line.
    return replace(priced, lines=tuple(line for line in priced.lines if line.usd != Decimal(0)))


def faults(rows: Sequence[Row]) -> list[str]:
    """Return what is not as it should be."""
    worries = [
        f"{row.variant.title}: {len(row.refused)} orders were refused ({row.refused[0]})"
        for row in rows
        if row.refused
    ]
    return worries + [f"{row.variant.title}: no order was taken" for row in rows if not row.orders]
