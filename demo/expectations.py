"""How each order must end, as its card and the stock say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from clients.model import NewOrder, Reason, Status
from clients.orders_file import Entry


@dataclass(frozen=True, slots=True)
class End:
    """A final status, with the reason of a failure."""

    status: Status
    reason: Reason | None = None

    def __str__(self) -> str:
        return str(self.status) if self.reason is None else f"{self.status} {self.reason}"


DELIVERED = End(Status.DELIVERED)
_OUT_OF_STOCK = End(Status.FAILED, Reason.OUT_OF_STOCK)


def expectations(entries: Sequence[Entry], stock: Mapping[str, int]) -> dict[int, frozenset[End]]:
    """Return, for each entry's number, the ends that would be right.

    An entry's own ``expect`` counts first. There is more than one end only when orders compete for the
    last of an item: which of them gets it depends on who comes first.
    """
    demand: Counter[str] = Counter()
    for entry in entries:
        if _in_stock(entry.order, stock):
            for item in entry.order.items:
                demand[item.sku] += item.quantity
    scarce = {sku for sku, wanted in demand.items() if wanted > stock.get(sku, 0)}
    ends: dict[int, frozenset[End]] = {}
    for entry in entries:
        right = _end(entry.order, stock)
        competes = any(item.sku in scarce for item in entry.order.items)
        # A validated order asks for stock and money at once; when it gets neither, stock is the reason.
        may_lose = competes and right.reason not in {Reason.UNKNOWN_ITEM, Reason.OUT_OF_STOCK}
        possible = {right, _OUT_OF_STOCK} if may_lose else {right}
        if entry.expect is not None:  # the file's own word counts, whatever we make of cards and stock
            possible = {end for end in possible if end.status is entry.expect} or {End(entry.expect)}
        ends[entry.number] = frozenset(possible)
    return ends


def _in_stock(order: NewOrder, stock: Mapping[str, int]) -> bool:
    return all(item.quantity <= stock.get(item.sku, -1) for item in order.items)


def _end(order: NewOrder, stock: Mapping[str, int]) -> End:
    if any(item.sku not in stock for item in order.items):
        return End(Status.FAILED, Reason.UNKNOWN_ITEM)
    if not _in_stock(order, stock):
        return _OUT_OF_STOCK
    if order.card_token.startswith("tok_timeout"):
        return End(Status.FAILED, Reason.PAYMENT_TIMEOUT)
    if not order.card_token.startswith("tok_approve"):
        return End(Status.FAILED, Reason.PAYMENT_DECLINED)
    return DELIVERED
