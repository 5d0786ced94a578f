"""A state machine that reserves, releases, authorizes and voids in any order, and counts goods and money."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from uuid import uuid4

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from orders.errors import AlreadyCompensated, OutOfStock, PaymentDeclined, PaymentTimeout, UnknownItem
from orders.model import OrderId, OrderItem
from orders.ports import PaymentProvider, StockRoom

ON_SHELF = {"TEA": 5, "CUP": 3}
SLOTS = 3
slots = st.integers(0, SLOTS - 1)
times = st.integers(1, 2)
baskets = st.lists(
    st.tuples(st.sampled_from(["TEA", "CUP", "GHOST"]), st.integers(1, 4)),
    min_size=1,
    max_size=3,
    unique_by=lambda line: line[0],
)
cards = st.sampled_from(["tok_approve", "tok_approve_visa", "tok_decline", "tok_timeout", "tok_else"])


@dataclass(frozen=True)
class Shop:
    """What is tested, and how to look behind it: sku to available, order to the ledger's status."""

    stock: StockRoom
    payments: PaymentProvider
    available: Callable[[str], int]
    ledger: Callable[[OrderId], str | None]
    suffix: str = field(default_factory=lambda: uuid4().hex[:8])

    def sku(self, name: str) -> str:
        return f"{name}-{self.suffix}"


@dataclass
class Customer:
    """An order, and what must be true of it."""

    order_id: OrderId
    items: tuple[OrderItem, ...]
    card_token: str
    holds: set[str] = field(default_factory=set)
    released: bool = False
    paid: str | None = None


class FulfilmentLife(RuleBasedStateMachine):
    open_shop: Callable[[], Shop]

    @initialize(baskets=st.tuples(*[baskets] * SLOTS), cards=st.tuples(*[cards] * SLOTS))
    def begin(self, baskets: tuple[list[tuple[str, int]], ...], cards: tuple[str, ...]) -> None:
        self.shop = type(self).open_shop()
        self.orders = [
            Customer(
                OrderId(str(uuid4())),
                tuple(OrderItem(self.shop.sku(name), name, quantity, 100) for name, quantity in basket),
                card,
            )
            for basket, card in zip(baskets, cards, strict=True)
        ]

    @rule(slot=slots, times=times)
    def reserve(self, slot: int, times: int) -> None:
        order = self.orders[slot]
        available = {name: self._remaining(name) for name in ON_SHELF}
        for _ in range(times):
            # As the workflow's map does: every item is tried, whatever becomes of the others.
            for item in order.items:
                expected: type[Exception] | None = None
                if order.released:
                    expected = AlreadyCompensated
                elif item.sku not in order.holds:
                    expected = self._refusal(item, available)
                result = outcome(partial(self.shop.stock.reserve, order.order_id, item.sku, item.quantity))
                assert result is expected
                if expected is None:
                    order.holds.add(item.sku)

    @rule(slot=slots, times=times)
    def release(self, slot: int, times: int) -> None:
        order = self.orders[slot]
        for _ in range(times):
            skus = [item.sku for item in order.items]
            assert self.shop.stock.release(order.order_id, skus) is bool(order.holds)
            order.holds, order.released = set(), True

    @rule(slot=slots, times=times)
    def authorize(self, slot: int, times: int) -> None:
        order = self.orders[slot]
        for _ in range(times):
            expected: type[Exception] | None = None
            if order.paid == "VOIDED":
                expected = AlreadyCompensated
            elif order.card_token.startswith("tok_timeout"):
                expected = PaymentTimeout
            elif not order.card_token.startswith("tok_approve"):
                expected, order.paid = PaymentDeclined, "DECLINED"
            else:
                order.paid = "AUTHORIZED"
            result = outcome(
                lambda: self.shop.payments.authorize(
                    order.order_id, amount=100, currency="EUR", card_token=order.card_token
                )
            )
            assert result is expected

    @rule(slot=slots, times=times)
    def void(self, slot: int, times: int) -> None:
        order = self.orders[slot]
        for _ in range(times):
            assert self.shop.payments.void(order.order_id) is (order.paid == "AUTHORIZED")
            if order.paid != "DECLINED":
                order.paid = "VOIDED"

    @invariant()
    def goods_and_money_add_up(self) -> None:
        if not hasattr(self, "shop"):
            return
        for name in ON_SHELF:
            available = self.shop.available(self.shop.sku(name))
            assert available == self._remaining(name) >= 0
        for order in self.orders:
            assert self.shop.ledger(order.order_id) == order.paid

    def _remaining(self, name: str) -> int:
        sku = self.shop.sku(name)
        reserved = sum(
            i.quantity for order in self.orders for i in order.items if i.sku == sku in order.holds
        )
        return ON_SHELF[name] - reserved

    def _refusal(self, item: OrderItem, available: dict[str, int]) -> type[Exception] | None:
        if item.name not in available:
            return UnknownItem
        return OutOfStock if available[item.name] < item.quantity else None


def outcome(work: Callable[[], object]) -> type[Exception] | None:
    try:
        work()
    except (UnknownItem, OutOfStock, PaymentDeclined, PaymentTimeout, AlreadyCompensated) as error:
        return type(error)
    return None


def live(open_shop: Callable[[], Shop], *, examples: int, steps: int) -> None:
    """Try ``examples`` sequences of up to ``steps`` tasks, each in a shop of its own."""

    class Life(FulfilmentLife):
        pass

    Life.open_shop = staticmethod(open_shop)
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
