"""Whatever JSON comes as an order: no internal error, and both ways in say the same.

`submitOrder` is checked in JavaScript, `enqueueOrder` in Python; GraphQL's own checks come before both.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orders.parsing import Code
from tests.access.ways_in import FIELDS, WaysIn, ways_in
from tests.examples import examples

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


TOKEN = "3f2b8c1e-9a4d-4e0f-8b7a-5c6d7e8f9a0b"
CHARACTERS = st.sampled_from(
    [
        *"\x00\x1f \x7f\x80\x9f\xa0aZ09.-_;|:",
        "\ud7ff",
        "\ud800",
        "\udbff",
        "\udc00",
        "\udfff",
        "\ue000",
        "\u212a",
        "\U0001f375",
    ]
)


def lengths(most: int) -> st.SearchStrategy[str]:
    """Text of about the greatest length, in letters and in what counts twice, and odd characters."""
    edges = [0, 1, most - 1, most, most + 1]
    wide = st.sampled_from([most // 2, most // 2 + 1]).map(lambda n: "\U0001f375" * n)
    return (
        st.sampled_from(edges).map(lambda n: "x" * n) | wide | st.lists(CHARACTERS, max_size=3).map("".join)
    )


def many(count: int) -> list[dict[str, object]]:
    return [{**ITEM, "sku": f"S-{number}"} for number in range(count)]


# What lies at the edge of each rule. A rule that one side lacks, or draws elsewhere, shows there.
EDGES: dict[str, st.SearchStrategy[Any]] = {
    "clientToken": st.sampled_from(
        [
            TOKEN.upper(),
            TOKEN[:-1],
            TOKEN + "0",
            f"{TOKEN[:-1]}g",
            f"{TOKEN[:-1]}\u0661",
            TOKEN.replace("-", ""),
            5,
        ]
    ),
    "currency": st.sampled_from(
        ["AUD", "CHF", "EUR", "GBP", "INR", "JPY", "KWD", "USD", "eur", "EUR ", "XXX", "\ud800", ""]
    ),
    "cardToken": lengths(128),
    "items": st.sampled_from([0, 1, 49, 50, 51]).map(many) | st.just(ITEM),
    "sku": lengths(64) | st.sampled_from(["CUP-7", "TEA-1", "cup-7"]),
    "name": lengths(256),
    "quantity": st.sampled_from([-1, 0, 1, 2, 998, 999, 1000, 999.0, 1.5, True, "1", None]),
    # 999 of 2,149,633 and more are over 2**31 - 1, as is one of 2**31 - 1 beside another item.
    "unitPrice": st.sampled_from([-1, 0, 1, 2_149_632, 2_149_633, 2**31 - 901, 2**31 - 900, 2**31 - 1, -0.0]),
}


@st.composite
def damaged(draw: st.DrawFn) -> Any:
    """An order of two items, right at first, with up to three of its places replaced or left out."""
    order: Any = {
        "clientToken": str(draw(st.uuids())),
        "currency": "EUR",
        "items": [{**ITEM, "quantity": 1}, {**ITEM, "sku": "TEA-1"}],
        "cardToken": "tok_approve",
    }
    for place in draw(st.lists(st.sampled_from(PLACES), max_size=3, unique=True)):
        at = order
        for step in place[:-1]:
            at = at[step] if _has(at, step) else None
        last = place[-1]
        if not isinstance(at, dict) and not _has(at, last):
            continue
        match draw(st.sampled_from(["edge", "edge", "edge", "edge", "other", "gone"])):
            case "gone" if isinstance(at, dict):
                at.pop(last, None)
            case "edge" if last in EDGES:
                at[last] = draw(EDGES[last])
            case _:
                at[last] = draw(ANYTHING)
    return order


def _has(at: Any, step: Any) -> bool:
    return (isinstance(at, dict) and step in at) or (
        isinstance(at, list) and isinstance(step, int) and step < len(at)
    )


@pytest.fixture(scope="module")
def ways() -> Iterator[WaysIn]:
    with ways_in() as ways:
        yield ways


def comparable(answer: dict[str, Any], name: str) -> dict[str, Any]:
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
        answers.append(comparable(answer, name))
    assert answers[0] == answers[1]


@settings(max_examples=examples(1_000), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(order=damaged())
async def test_damaged_order_is_handled_alike_by_both_implementations(ways: WaysIn, order: Any) -> None:
    await check(ways, order)


@settings(max_examples=examples(300), deadline=None)
@given(order=ANYTHING)
async def test_any_input_is_handled_alike_by_both_implementations(ways: WaysIn, order: Any) -> None:
    await check(ways, order)


@pytest.mark.slow
@settings(max_examples=3_000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(order=damaged() | ANYTHING)
async def test_thousands_of_inputs_are_handled_alike_by_both_implementations(
    ways: WaysIn, order: Any
) -> None:
    await check(ways, order)
