"""The sample orders are what they are said to be."""

from __future__ import annotations

import unicodedata
from pathlib import Path

from clients.model import Reason, Status
from clients.orders_file import Entry, Staff, read_orders
from demo.expectations import DELIVERED, End, expectations
from demo.shop import CUSTOMERS, read_stock
from tests.shape import shape

EXAMPLES = Path(__file__).parents[2] / "examples"
ALL = list(read_orders((EXAMPLES / "orders.jsonl").read_bytes()))
ENTRIES = [entry for entry in ALL if isinstance(entry, Entry)]
STOCK = read_stock(EXAMPLES / "stock.json")


def test_every_example_line_is_an_order() -> None:
    assert len(ENTRIES) == len(ALL) >= 40


def test_example_orders_vary_in_customer_currency_and_size() -> None:
    assert {entry.customer for entry in ENTRIES} == set(CUSTOMERS)
    assert {entry.order.currency for entry in ENTRIES} == {
        "AUD",
        "CHF",
        "EUR",
        "GBP",
        "INR",
        "JPY",
        "KWD",
        "USD",
    }
    assert max(len(entry.order.items) for entry in ENTRIES) == 50
    names = "".join(item.name for entry in ENTRIES for item in entry.order.items)
    scripts = {unicodedata.name(letter, "?").split()[0] for letter in names}
    assert {
        "LATIN",
        "GREEK",
        "CYRILLIC",
        "ARABIC",
        "HEBREW",
        "DEVANAGARI",
        "CJK",
        "HANGUL",
        "THAI",
    } <= scripts
    assert "🍵" in names or "🎂" in names


def test_example_orders_keep_the_rules_of_the_shop() -> None:
    for entry in ENTRIES:
        skus = [item.sku for item in entry.order.items]
        assert len(set(skus)) == len(skus)
        assert sum(item.quantity * item.unit_price for item in entry.order.items) < 2**31
        for item in entry.order.items:
            assert 1 <= item.quantity <= 999
            assert 1 <= len(item.name.encode("utf-16-le")) // 2 <= 256


def test_expected_end_of_an_example_is_independent_of_the_order() -> None:
    assert all(len(ends) == 1 for ends in expectations(ENTRIES, STOCK).values())


def test_every_kind_of_end_is_among_the_examples() -> None:
    ends = {end for ends in expectations(ENTRIES, STOCK).values() for end in ends}
    failures = [
        Reason.UNKNOWN_ITEM,
        Reason.OUT_OF_STOCK,
        Reason.PAYMENT_DECLINED,
        Reason.PAYMENT_TIMEOUT,
    ]
    decided = {End(Status.REJECTED, Reason.NOT_APPROVED), End(Status.EXPIRED, Reason.APPROVAL_TIMEOUT)}
    assert ends == {DELIVERED, *(End(Status.FAILED, reason) for reason in failures), *decided}


def test_examples_above_the_limit_name_the_decision_of_staff() -> None:
    limit = int(shape.template()["Parameters"]["ApprovalLimit"]["Default"])
    above = {
        entry.number
        for entry in ENTRIES
        if sum(item.quantity * item.unit_price for item in entry.order.items) > limit
    }
    assert above == {entry.number for entry in ENTRIES if entry.staff is not None}
    assert {entry.staff for entry in ENTRIES} == {None, *Staff}
