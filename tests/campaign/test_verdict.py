"""The verdict: what is wrong in the books is named, and nothing else is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from campaign.books import Books, OrderBook
from campaign.figures import of_orders
from campaign.following import Record
from campaign.plan import CampaignPlan, Purchase, WayIn
from campaign.shopping import Sales
from campaign.verdict import judge
from clients.analytics.checking import Difference
from clients.model import Item, NewOrder

STATUSES = ("RECEIVED", "VALIDATED", "CONFIRMED", "PACKED", "SHIPPED", "DELIVERED")
BAD = ("RECEIVED", "VALIDATED", "FAILED")


def book(order_id: str, statuses: tuple[str, ...]) -> OrderBook:
    return OrderBook(order_id, tuple(enumerate(statuses, 1)))


def purchase(order_id: str) -> Purchase:
    items = (Item("tea", "tea", 2, 250),)
    return Purchase("ada", WayIn.GRAPHQL, NewOrder("EUR", items, "tok_approve", order_id))


@dataclass
class Campaign:
    """One delivered order and one that failed, as they should be."""

    plan: CampaignPlan
    sales: Sales
    books: Books
    record: Record

    def complaints(self) -> tuple[int, int, int]:
        verdict = judge(self.plan, self.sales, self.books, [self.record])
        counts = len(verdict.lost), len(verdict.doubled), len(verdict.stuck)
        assert verdict.passed is (counts == (0, 0, 0))
        return counts


@pytest.fixture
def campaign() -> Campaign:
    return Campaign(
        CampaignPlan(1, (purchase("a"), purchase("b")), (), {"tea": 10}),
        Sales(accepted={"a", "b"}),
        Books(
            orders={"a": book("a", STATUSES), "b": book("b", BAD)},
            payments={"a": ("AUTHORIZED", 500), "b": ("VOIDED", 500)},
            reserved={("a", "tea"): ("HELD", 2), ("b", "tea"): ("RELEASED", 2)},
            available={"tea": 8},
            executions=Counter({"a": 1, "b": 1}),
            dead_letters={"OrderDeadLetters": 0},
        ),
        Record("appsync", "ada", ("a",), {"a": list(enumerate(STATUSES, 1))}),
    )


def test_verdict_is_clean_when_the_books_are_consistent(campaign: Campaign) -> None:
    assert campaign.complaints() == (0, 0, 0)


def lose_order(campaign: Campaign) -> None:
    del campaign.books.orders["b"]


def refuse_order(campaign: Campaign) -> None:
    campaign.sales.accepted.remove("b")
    campaign.sales.refused["b"] = "given up"


def lose_money(campaign: Campaign) -> None:
    campaign.books.payments["a"] = ("VOIDED", 500)


def lose_stock(campaign: Campaign) -> None:
    campaign.books.available["tea"] = 7


def lose_version(campaign: Campaign) -> None:
    del campaign.record.versions["a"][2]


def lose_follower(campaign: Campaign) -> None:
    campaign.record.failure = "Unavailable: gone"


def keep_money(campaign: Campaign) -> None:
    campaign.books.payments["b"] = ("AUTHORIZED", 500)


def take_more(campaign: Campaign) -> None:
    campaign.books.payments["a"] = ("AUTHORIZED", 501)


def run_twice(campaign: Campaign) -> None:
    campaign.books.executions["a"] = 2


def repeat_status(campaign: Campaign) -> None:
    campaign.books.orders["b"] = book("b", ("RECEIVED", "VALIDATED", "VALIDATED", "FAILED"))


def end_twice(campaign: Campaign) -> None:
    campaign.books.orders["b"] = book("b", ("RECEIVED", "CANCELLED", "FAILED"))


def bring_twice(campaign: Campaign) -> None:
    campaign.record.versions["a"].append((6, "DELIVERED"))


def gain_stock(campaign: Campaign) -> None:
    campaign.books.available["tea"] = 9


def stand_still(campaign: Campaign) -> None:
    campaign.books.orders["b"] = book("b", BAD[:2])


def keep_reservation(campaign: Campaign) -> None:
    campaign.books.reserved["b", "tea"] = ("HELD", 2)


def leave_dead_letter(campaign: Campaign) -> None:
    campaign.books.dead_letters["OrderDeadLetters"] = 1


@pytest.mark.parametrize(
    ("harm", "lost", "doubled", "stuck"),
    [
        (lose_order, 1, 0, 0),
        (refuse_order, 1, 0, 0),
        (lose_money, 1, 0, 0),
        (lose_stock, 1, 0, 0),
        (lose_version, 1, 0, 0),
        (lose_follower, 1, 0, 0),
        (keep_money, 0, 1, 0),
        (take_more, 0, 1, 0),
        (run_twice, 0, 1, 0),
        (repeat_status, 0, 1, 0),
        (end_twice, 0, 1, 0),
        (bring_twice, 0, 1, 0),
        (gain_stock, 0, 1, 0),
        (stand_still, 0, 0, 1),
        (keep_reservation, 0, 0, 1),
        (leave_dead_letter, 0, 0, 1),
    ],
)
def test_verdict_names_each_fault_of_the_books(
    campaign: Campaign, harm: Callable[[Campaign], None], lost: int, doubled: int, stuck: int
) -> None:
    harm(campaign)
    assert campaign.complaints() == (lost, doubled, stuck)


def test_differing_figure_is_lost_or_doubled(campaign: Campaign) -> None:
    differing = [Difference("amount", "EUR", (500, 500, 400)), Difference("now", "FAILED", (1, 2, 1))]
    verdict = judge(campaign.plan, campaign.sales, campaign.books, [campaign.record], differing)
    assert verdict.lost == ["figures: amount EUR: 500 by the table, 500 by the windows, 400 by SQL"]
    assert verdict.doubled == ["figures: now FAILED: 1 by the table, 2 by the windows, 1 by SQL"]


def test_figures_of_the_table_equal_those_of_its_histories() -> None:
    orders = [
        OrderBook("a", tuple(enumerate(STATUSES, 1)), "EUR", 2**31 - 1),
        OrderBook("b", tuple(enumerate(STATUSES, 1)), "EUR", 2**31 - 1),
        OrderBook("c", tuple(enumerate(BAD, 1)), "JPY", 7),
    ]
    counts = of_orders(orders)
    assert counts["entries", "RECEIVED"] == 3
    assert (counts["now", "DELIVERED"], counts["now", "FAILED"]) == (2, 1)
    assert (counts["deliveries", "EUR"], counts["amount", "EUR"]) == (2, 2**32 - 2)
    assert ("amount", "JPY") not in counts
