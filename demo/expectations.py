"""How each order must end, as its card, the stock and staff say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from clients.model import NewOrder, Reason, Status
from clients.orders_file import Entry, Staff


@dataclass(frozen=True, slots=True)
class End:
    """A final status, with the reason of a failure."""

    status: Status
    reason: Reason | None = None

    def __str__(self) -> str:
        return str(self.status) if self.reason is None else f"{self.status} {self.reason}"


DELIVERED = End(Status.DELIVERED)
_DECIDED = {
    Staff.APPROVE: DELIVERED,
    Staff.REJECT: End(Status.REJECTED, Reason.NOT_APPROVED),
    Staff.NOBODY: End(Status.EXPIRED, Reason.APPROVAL_TIMEOUT),
}
_OUT_OF_STOCK = End(Status.FAILED, Reason.OUT_OF_STOCK)


def expectations(entries: Sequence[Entry], stock: Mapping[str, int]) -> dict[int, frozenset[End]]:
    """Return, for each entry's number, the ends that would be right.

    An entry's own ``expect`` counts first. There is more than one end only when orders compete for the
    last of an item: which of them gets it depends on who comes first.
    """
    demand: Counter[str] = Counter()
    for entry in entries:
        if all(item.sku in stock for item in entry.order.items):
            # Each item is taken for itself: an order that lacks one holds its others for a moment.
            for item in entry.order.items:
                if item.quantity <= stock[item.sku]:
                    demand[item.sku] += item.quantity
    scarce = {sku for sku, wanted in demand.items() if wanted > stock.get(sku, 0)}
    ends: dict[int, frozenset[End]] = {}
    for entry in entries:
        expected = _end(entry.order, stock, entry.staff)
        competes = any(item.sku in scarce for item in entry.order.items)
        # A validated order asks for stock and money at once; when it gets neither, stock is the reason.
        may_lose = competes and expected.reason not in {Reason.UNKNOWN_ITEM, Reason.OUT_OF_STOCK}
        possible = {expected, _OUT_OF_STOCK} if may_lose else {expected}
        if entry.expect is not None:  # the file's own word counts, whatever we make of cards and stock
            possible = {end for end in possible if end.status is entry.expect} or {End(entry.expect)}
        ends[entry.number] = frozenset(possible)
    return ends


def _in_stock(order: NewOrder, stock: Mapping[str, int]) -> bool:
    return all(item.quantity <= stock.get(item.sku, -1) for item in order.items)


def _end(order: NewOrder, stock: Mapping[str, int], staff: Staff | None) -> End:
    if any(item.sku not in stock for item in order.items):
        return End(Status.FAILED, Reason.UNKNOWN_ITEM)
    if not _in_stock(order, stock):
        return _OUT_OF_STOCK
    if order.card_token.startswith("tok_timeout"):
        return End(Status.FAILED, Reason.PAYMENT_TIMEOUT)
    if not order.card_token.startswith("tok_approve"):
        return End(Status.FAILED, Reason.PAYMENT_DECLINED)
    return DELIVERED if staff is None else _DECIDED[staff]
