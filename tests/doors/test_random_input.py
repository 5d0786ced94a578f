"""Whatever JSON comes as an order: no internal error, and both ways in say the same.

`submitOrder` is checked in JavaScript, `enqueueOrder` in Python; GraphQL's own checks come before both.
"""

from __future__ import annotations

import copy
import json
import math
from collections.abc import Iterator
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orders.parsing import CURRENCIES, Code
from tests.doors.ways_in import FIELDS, WaysIn, ways_in

TEXTS = st.text(st.characters(exclude_categories=()), max_size=6) | st.sampled_from(
    ["\ud800", "\x00", "a\u2028b", "\u212a", "x" * 256, "x" * 257, "\U0001f375" * 128, "\U0001f375" * 129]
)
NUMBERS = (
    st.integers(-2, 1000)
    | st.sampled_from([2**31 - 1, 2**31, -(2**31) - 1, 2**53, 2**63, 10**40])
    | st.floats()
    | st.sampled_from([1.0, -0.0, 1e300])
)
SCALARS = st.none() | st.booleans() | NUMBERS | TEXTS
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
ITEM = {"sku": "CUP-7", "name": "Cup", "quantity": 2, "unitPrice": 450}
PLACES: tuple[tuple[Any, ...], ...] = (
    *(("clientToken",), ("currency",), ("cardToken",), ("items",), ("unknown",)),
    *(("items", 0), ("items", 1), ("items", 1, "unknown")),
    *(("items", n, key) for n in (0, 1) for key in ITEM),
)


@st.composite
def damaged(draw: st.DrawFn) -> Any:
    """An order of two items, right at first, with up to three of its places left out or replaced."""
    order: Any = {
        "clientToken": str(draw(st.uuids())),
        "currency": draw(st.sampled_from(CURRENCIES)),
        "items": [copy.deepcopy(ITEM), {**ITEM, "sku": "TEA-1"}],
        "cardToken": "tok_approve",
    }
    for place in draw(st.lists(st.sampled_from(PLACES), max_size=3, unique=True)):
        at = order
        for step in place[:-1]:
            at = at[step] if isinstance(at, dict | list) and _has(at, step) else None
        last = place[-1]
        if isinstance(at, dict) and draw(st.booleans()) and last in at:
            del at[last]
        elif isinstance(at, dict) or (isinstance(at, list) and _has(at, last)):
            at[last] = draw(ANYTHING)
    return order


def _has(at: Any, step: Any) -> bool:
    return (isinstance(at, dict) and step in at) or (
        isinstance(at, list) and isinstance(step, int) and step < len(at)
    )


@pytest.fixture(scope="module")
def ways() -> Iterator[WaysIn]:
    with ways_in() as made:
        yield made


def told(answer: dict[str, Any], name: str) -> dict[str, Any]:
    """Return an answer without what must differ, the field's own name (it stands in the same column)."""
    return cast("dict[str, Any]", json.loads(json.dumps(answer).replace(name, "way")))


def has_no_json(value: Any) -> bool:
    """Say whether a value holds a number that JSON has not."""
    if isinstance(value, dict):
        return any(map(has_no_json, value.values()))
    if isinstance(value, list):
        return any(map(has_no_json, value))
    return isinstance(value, float) and not math.isfinite(value)


async def check(ways: WaysIn, order: Any) -> None:
    answers = []
    for name in FIELDS:
        ways.forget()
        answer = await ways.ask(name, order)
        # It must be possible to send it.
        json.dumps(answer, ensure_ascii=False).encode(errors="replace")
        for error in answer.get("errors", []):
            kind = error.get("errorType")
            if kind == "InvalidOrder":
                info = error["errorInfo"]
                assert set(info) == {"path", "code"}
                assert info["path"].startswith("input")
                assert info["code"] in set(Code)
            elif kind == "MalformedHttpRequestException":
                assert has_no_json(order)
            else:  # AppSync's own: of the request as a whole, so it has no path
                assert kind is None, error
                assert error["path"] is None
        assert bool(answer.get("errors")) != ways.written()
        answers.append(told(answer, name))
    assert answers[0] == answers[1]


@settings(max_examples=1_000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(order=damaged())
async def test_a_damaged_order_is_the_same_to_both(ways: WaysIn, order: Any) -> None:
    await check(ways, order)


@settings(max_examples=300, deadline=None)
@given(order=ANYTHING)
async def test_anything_at_all_is_the_same_to_both(ways: WaysIn, order: Any) -> None:
    await check(ways, order)


@pytest.mark.slow
@settings(max_examples=8_000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(order=damaged() | ANYTHING)
async def test_thousands_of_them(ways: WaysIn, order: Any) -> None:
    await check(ways, order)
