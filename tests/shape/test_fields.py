"""An order's optional fields by their rules: AppSync's resolver and the core do the same with each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from clients.model import Item, NewOrder
from orders.canonical import canonical
from orders.fields import Rule, rules
from orders.model import CustomerId, Timestamp
from orders.parsing import parse_order
from tests.shape.test_validation import TOKEN, javascript, python
from tools.order_fields import RESOLVER, with_rules

ITEM = {"sku": "TEA-1", "name": "Tea", "quantity": 2, "unitPrice": 450}
DOCUMENT = {"clientToken": TOKEN, "currency": "EUR", "items": [ITEM], "cardToken": "tok_approve"}
NAMES = {rule.name: attribute for attribute, rule in rules().items()}


def values_taken(rule: Rule) -> Iterator[str]:
    letter = rule.alphabet[:1] or "🍵"
    units = len(letter.encode("utf-16-le")) // 2
    yield letter * -(-rule.shortest // units)
    yield letter * (rule.longest // units)


def values_refused(rule: Rule) -> Iterator[str]:
    letter = rule.alphabet[:1] or "é"
    yield letter * (rule.longest + 1)
    yield letter * (rule.shortest - 1)
    yield letter * (rule.shortest - 1) + ("é" if rule.alphabet else "\t")


@pytest.mark.parametrize("rule", rules().values(), ids=NAMES)
async def test_javascript_and_python_record_a_valid_field(rule: Rule) -> None:
    strings = {python(DOCUMENT)["canonical"]}
    for value in dict.fromkeys(values_taken(rule)):
        recorded = await javascript({**DOCUMENT, rule.name: value})
        assert recorded == python({**DOCUMENT, rule.name: value})
        assert recorded["canonical"] not in strings
        strings.add(recorded["canonical"])


@pytest.mark.parametrize("rule", rules().values(), ids=NAMES)
async def test_javascript_and_python_refuse_an_invalid_field(rule: Rule) -> None:
    for value in values_refused(rule):
        refusal = python({**DOCUMENT, rule.name: value})
        assert refusal["info"] == {"path": f"input.{rule.name}", "code": rule.code}
        assert await javascript({**DOCUMENT, rule.name: value}) == refusal


def test_resolver_has_the_current_rules() -> None:
    source = RESOLVER.read_text(encoding="utf-8")
    assert with_rules(source) == source, "python -m tools.order_fields"


def test_client_writes_and_reads_every_field() -> None:
    texts: dict[str, Any] = {rule.name: next(values_taken(rule)) for rule in rules().values()}
    order = NewOrder.parse({**DOCUMENT, **texts})
    assert order.items == (Item("TEA-1", "Tea", 2, 450),)
    assert order.document() == {**DOCUMENT, **texts}
    recorded = parse_order(
        order.document(), customer_id=CustomerId("ada"), at=Timestamp("2026-11-20T18:00:00.000Z")
    )
    assert {name: getattr(recorded, attribute) for name, attribute in NAMES.items()} == texts
    assert all(text in canonical(recorded) for text in texts.values())
