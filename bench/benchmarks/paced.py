"""50 orders a second, end to end: none lost, none twice, and how long the last one takes."""

from __future__ import annotations

import time
from collections.abc import Sequence

from bench import load
from bench.model import Benchmark, Context, Figure, NotMeasured, Target
from bench.receive import Receipts, subscribers
from bench.shop import open_shop, without_new_parts
from bench.statistics import summarize
from clients import Status

RATE = 50.0
# A backlog is no loss: wait until it is worked off, so that lost and late changes can be distinguished.
DRAIN_SECONDS = 90.0
GOOD_LIFE = list(range(1, 7))


async def run(context: Context) -> Sequence[Figure]:
    """Send, receive every change, and count."""
    seconds = 2.0 if context.quick else 60.0
    count = int(RATE * seconds)
    async with (
        open_shop(context.folder, *without_new_parts(context.side), side=context.side) as shop,
        subscribers(shop) as receipts,
    ):
        warm = await load.elsewhere(
            load.send_orders, shop.cloud.ready_file, 20.0, 20 if context.quick else 100
        )
        if not await receipts.wait_complete({order.order_id for order in warm}, 30):
            raise NotMeasured("the first orders did not come to their end")
        context.say(f"{RATE:g} orders a second, {seconds:g} s")
        sent = await load.elsewhere(load.send_orders, shop.cloud.ready_file, RATE, count)
        context.say(
            f"sent; {len(sent) - sum(order.order_id in receipts.complete for order in sent)} under way"
        )
        await receipts.wait_complete({order.order_id for order in sent if not order.refused}, DRAIN_SECONDS)
        return _figures(sent, receipts, now=time.time())


def _figures(sent: Sequence[load.Sent], receipts: Receipts, now: float) -> list[Figure]:
    last_sent = max(order.sent for order in sent)
    paced = len(sent) / (last_sent - min(order.sent for order in sent) + 1 / RATE)
    delivered = [order for order in sent if _delivered(order.order_id, receipts)]
    ends = {order.order_id: receipts.changes[order.order_id][-1][1] for order in delivered}
    drained = (max(ends.values()) if len(delivered) == len(sent) else now) - last_sent
    lives = summarize([ends[order.order_id] - order.sent for order in delivered]) if delivered else None
    answers = summarize([(order.answered - order.sent) * 1000 for order in sent])
    complete = sum(order.order_id in receipts.complete for order in sent)
    in_order = sum(receipts.versions(order.order_id) == GOOD_LIFE for order in sent)
    figures = [
        Figure("orders sent", len(sent), "orders"),
        Figure("pace that was kept", paced, "orders/s", Target(at_least=RATE * 0.98)),
        Figure("refused", sum(order.refused is not None for order in sent), "orders", Target(exactly=0)),
        Figure("delivered", len(delivered), "orders", Target(exactly=len(sent))),
        Figure(
            "received with every version",
            complete,
            "orders",
            Target(exactly=len(sent)),
            note="by the subscription alone, nothing read from history",
        ),
        Figure(
            "of those, each version once and in order",
            in_order,
            "orders",
            note="delivery is at least once; the rest is what a client has to put in order",
        ),
        Figure(
            "last order sent to last order delivered",
            drained,
            "s",
            note="" if len(delivered) == len(sent) else "given up then",
        ),
        Figure(
            "rate from the first order sent to the last one delivered",
            len(ends) / (max(ends.values(), default=now) - min(order.sent for order in sent)),
            "orders/s",
            Target(at_least=RATE * 0.95),
            note="what this machine carries",
        ),
        Figure("answer to a submission", answers.median, "ms", spread=answers),
    ]
    if lives is not None:
        figures.append(Figure("submission to DELIVERED", lives.median, "s", spread=lives))
    return figures


def _delivered(order_id: str, receipts: Receipts) -> bool:
    changes = receipts.changes.get(order_id)
    return bool(changes) and any(change.status is Status.DELIVERED for change, _ in changes or ())


BENCHMARK = Benchmark("throughput.paced", "50 orders a second, end to end", 180, run)
