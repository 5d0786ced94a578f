"""What the books say of the orders: lost, doubled, stuck, or right."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from campaign.books import Books
from campaign.figures import PLACES
from campaign.following import Record
from campaign.plan import CampaignPlan
from campaign.shopping import Sales
from clients.analytics.checking import Difference

FINAL = {"DELIVERED", "FAILED", "CANCELLED", "REJECTED", "EXPIRED"}
# A payment that is not there to be taken.
UNPAID = {"VOIDED", "DECLINED"}


@dataclass
class Verdict:
    """The count, and a line for each thing that is wrong.

    Attributes
    ----------
    lost, doubled, stuck
        Complaints, each with its order or its place. A campaign is right when all three are empty.
    """

    accepted: int = 0
    delivered: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        """Whether nothing is wrong."""
        return not (self.lost or self.doubled or self.stuck)


def judge(
    plan: CampaignPlan,
    sales: Sales,
    books: Books,
    records: Sequence[Record],
    differing: Sequence[Difference] = (),
) -> Verdict:
    """Hold the books against what was bought, what the channels brought, and where figures differ."""
    verdict = Verdict(accepted=len(sales.accepted))
    for order_id, why in sales.refused.items():
        verdict.lost.append(f"{order_id}: was not accepted: {why}")
    for purchase in plan.purchases:
        if purchase.order_id in sales.accepted:
            _order(purchase.order_id, books, verdict)
    _money(plan, books, verdict)
    _stock(plan, books, verdict)
    for record in records:
        _channel(record, books, sales, verdict)
    for figure, name, values in differing:
        words = ", ".join(f"{value} by {place}" for place, value in zip(PLACES, values, strict=True))
        wrong = verdict.doubled if max(values) > values[0] else verdict.lost
        wrong.append(f"figures: {figure} {name}: {words}")
    for queue, depth in books.dead_letters.items():
        if depth:
            verdict.stuck.append(f"{queue}: {depth} messages are still there after the redrive")
    return verdict


def _order(order_id: str, books: Books, verdict: Verdict) -> None:
    book = books.orders.get(order_id)
    if book is None:
        verdict.lost.append(f"{order_id}: was accepted, and there is no such order")
        return
    statuses = [status for _, status in book.versions]
    if len(set(statuses)) != len(statuses):
        verdict.doubled.append(f"{order_id}: has a status twice: {' '.join(statuses)}")
    if book.status not in FINAL:
        verdict.stuck.append(f"{order_id}: is {book.status}")
    elif any(status in FINAL for status in statuses[:-1]):
        verdict.doubled.append(f"{order_id}: has more than one end: {' '.join(statuses)}")
    if books.executions[order_id] > 1:
        verdict.doubled.append(f"{order_id}: has {books.executions[order_id]} executions")
    verdict.delivered += book.status == "DELIVERED"


def _money(plan: CampaignPlan, books: Books, verdict: Verdict) -> None:
    """Money taken equals money owed: the whole total of a delivered order, and nothing of any other."""
    for purchase in plan.purchases:
        book = books.orders.get(purchase.order_id)
        if book is None or book.status not in FINAL:
            continue
        status, amount = books.payments.get(purchase.order_id, ("VOIDED", 0))
        charged = 0 if status in UNPAID else amount
        owed = purchase.total if book.status == "DELIVERED" else 0
        if charged > owed:
            verdict.doubled.append(f"{purchase.order_id}: {charged} was taken and {owed} is owed ({status})")
        elif charged < owed:
            verdict.lost.append(f"{purchase.order_id}: {charged} was taken and {owed} is owed ({status})")


def _stock(plan: CampaignPlan, books: Books, verdict: Verdict) -> None:
    """Stock adds up to the unit: what is on the shelves and what was delivered is what there was."""
    sold = dict.fromkeys(plan.stock, 0)
    for purchase in plan.purchases:
        book = books.orders.get(purchase.order_id)
        for item in purchase.order.items:
            status, quantity = books.reserved.get((purchase.order_id, item.sku), ("RELEASED", 0))
            if book is not None and book.status == "DELIVERED":
                sold[item.sku] += item.quantity
                if (status, quantity) != ("HELD", item.quantity):
                    verdict.lost.append(f"{purchase.order_id}: {item.sku} is {status}, {quantity} units")
            elif book is not None and book.status in FINAL and status == "HELD":
                verdict.stuck.append(f"{purchase.order_id}: keeps {quantity} of {item.sku}")
    for sku, initial in plan.stock.items():
        there = books.available.get(sku, 0)
        if there + sold[sku] != initial:
            complaint = f"{sku}: {there} left and {sold[sku]} delivered of {initial}"
            (verdict.lost if there + sold[sku] < initial else verdict.doubled).append(complaint)


def _channel(record: Record, books: Books, sales: Sales, verdict: Verdict) -> None:
    """Every version of every followed order came once and in order."""
    where = f"{record.channel} ({record.customer})"
    if record.failure is not None:
        verdict.lost.append(f"{where}: the follower ended: {record.failure}")
    for order_id in _accepted(record.orders, sales):
        book = books.orders.get(order_id)
        arrived = record.versions.get(order_id, [])
        if book is None or arrived == list(book.versions):
            continue
        words = f"{where}: {order_id}: {_versions(arrived)} arrived of {_versions(book.versions)}"
        versions = [version for version, _ in arrived]
        doubled = len(set(versions)) != len(versions) or versions != sorted(versions)
        (verdict.doubled if doubled else verdict.lost).append(words)


def _accepted(orders: Iterable[str], sales: Sales) -> list[str]:
    return [order_id for order_id in orders if order_id in sales.accepted]


def _versions(versions: Iterable[tuple[int, str]]) -> str:
    return " ".join(str(version) for version, _ in versions) or "none"
