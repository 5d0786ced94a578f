from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.canonical import canonical, utf16_length
from orders.model import OrderContents, OrderItem
from orders.parsing import parse_order
from tests.orders.samples import ADA, AT, an_order, submission

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "canonical.json").read_text("utf-8"))["vectors"]

names = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=12)
items = st.lists(
    st.builds(
        OrderItem,
        sku=st.text("AZaz09.-_", min_size=1, max_size=3),
        name=names | st.text("0123456789:;|abc", min_size=1, max_size=12),
        quantity=st.integers(1, 999),
        unit_price=st.integers(0, 10_000),
    ),
    min_size=1,
    max_size=3,
    unique_by=lambda item: item.sku,
)
contents = st.builds(
    lambda currency, card, lines: OrderContents(an_order().order_id, ADA, currency, tuple(lines), card, AT),
    st.sampled_from(["EUR", "JPY"]),
    st.text("ab1_-", min_size=1, max_size=4),
    items,
)


@pytest.mark.parametrize("vector", VECTORS, ids=[vector["note"] for vector in VECTORS])
def test_canonical_form_equals_the_shared_vectors(vector: dict[str, object]) -> None:
    order = vector["order"]
    assert isinstance(order, dict)
    parsed = parse_order(submission(**order), customer_id=ADA, at=AT)
    assert canonical(parsed) == vector["canonical"]


def test_canonical_vectors_are_all_different() -> None:
    assert len({vector["canonical"] for vector in VECTORS}) == len(VECTORS) >= 20


@given(st.text())
def test_length_counts_utf16_units_as_in_javascript(text: str) -> None:
    assert utf16_length(text) == len(text.encode("utf-16-le", "surrogatepass")) // 2


@given(contents, contents)
def test_canonical_forms_are_equal_exactly_for_equal_orders(
    first: OrderContents, other: OrderContents
) -> None:
    same = (first.currency, first.card_token, first.items) == (other.currency, other.card_token, other.items)
    assert (canonical(first) == canonical(other)) is same


@given(contents)
def test_canonical_form_is_unambiguous(order: OrderContents) -> None:
    """The format can be parsed back into the order, so no two orders share one string."""
    units = canonical(order).encode("utf-16-le")
    rest = units.decode("utf-16-le")
    version, currency, rest = rest.split("|", 2)
    card, rest = take(rest)
    count, rest = rest.removeprefix("|").split("|", 1)
    lines = []
    for _ in range(int(count)):
        sku, quantity, unit_price, rest = rest.split(";", 3)
        name, rest = take(rest)
        rest = rest.removeprefix("|")
        lines.append(OrderItem(sku, name, int(quantity), int(unit_price)))
    assert (version, currency, card, tuple(lines), rest) == (
        "v1",
        order.currency,
        order.card_token,
        order.items,
        "",
    )


def take(text: str) -> tuple[str, str]:
    length, rest = text.split(":", 1)
    units = rest.encode("utf-16-le")
    size = int(length) * 2
    return units[:size].decode("utf-16-le"), units[size:].decode("utf-16-le")
