from __future__ import annotations

from clients import Item, NewOrder, Reason, Status
from clients.orders_file import Entry
from demo.expectations import DELIVERED, End, expectations

OUT = End(Status.FAILED, Reason.OUT_OF_STOCK)
DECLINED = End(Status.FAILED, Reason.PAYMENT_DECLINED)
UNKNOWN = End(Status.FAILED, Reason.UNKNOWN_ITEM)
TIMEOUT = End(Status.FAILED, Reason.PAYMENT_TIMEOUT)


def _entry(number: int, card: str = "tok_approve", expect: Status | None = None, **quantities: int) -> Entry:
    items = tuple(Item(sku, sku, quantity, 100) for sku, quantity in quantities.items())
    return Entry(number, NewOrder("EUR", items, card), expect=expect)


def _ends(*entries: Entry, **stock: int) -> list[set[End]]:
    return [set(ends) for ends in expectations(entries, stock).values()]


def test_card_and_stock_determine_the_end() -> None:
    assert _ends(_entry(1, tea=2), tea=2) == [{DELIVERED}]
    assert _ends(_entry(1, tea=3), tea=2) == [{OUT}]
    assert _ends(_entry(1, tea=1), cup=1) == [{UNKNOWN}]
    assert _ends(_entry(1, "tok_decline", tea=1), tea=2) == [{DECLINED}]
    assert _ends(_entry(1, "tok_timeout_bank", tea=1), tea=2) == [{TIMEOUT}]
    assert _ends(_entry(1, "tok_nobody_knows", tea=1), tea=2) == [{DECLINED}]


def test_missing_stock_is_the_reason_before_payment() -> None:
    assert _ends(_entry(1, "tok_decline", tea=3), tea=2) == [{OUT}]


def test_unfulfillable_order_takes_nothing_from_the_others() -> None:
    assert _ends(_entry(1, tea=5), _entry(2, tea=2), tea=2) == [{OUT}, {DELIVERED}]


def test_order_lacking_one_item_holds_its_others_briefly() -> None:
    both = _entry(1, tea=2, cup=1)
    assert _ends(both, _entry(2, tea=2), tea=3, cup=0) == [{OUT}, {DELIVERED, OUT}]
    assert _ends(_entry(1, tea=2, ghost=1), _entry(2, tea=2), tea=3) == [{UNKNOWN}, {DELIVERED}]


def test_competing_orders_may_lose() -> None:
    assert _ends(_entry(1, tea=2), _entry(2, tea=1), tea=2) == [{DELIVERED, OUT}, {DELIVERED, OUT}]
    assert _ends(_entry(1, "tok_decline", tea=2), _entry(2, tea=1), tea=2) == [
        {DECLINED, OUT},
        {DELIVERED, OUT},
    ]


def test_expectation_in_the_file_wins() -> None:
    assert _ends(_entry(1, expect=Status.DELIVERED, tea=2), _entry(2, tea=1), tea=2)[0] == {DELIVERED}
    assert _ends(_entry(1, expect=Status.CANCELLED, tea=1), tea=2) == [{End(Status.CANCELLED)}]
