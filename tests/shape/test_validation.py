"""`validateOrder.js` and `orders/parsing.py` are one set of rules: the same in, the same out."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orders.canonical import canonical
from orders.errors import InvalidOrder
from orders.model import CustomerId, Timestamp
from orders.parsing import CURRENCIES, parse_order
from tests.examples import examples
from tests.shape import shape
from tests.shape.api import Api

VECTORS = shape.ROOT / "tests" / "vectors"
TOKEN = "3f2b8c1e-9a4d-4e0f-8b7a-5c6d7e8f9a0b"


def vectors(name: str) -> list[Any]:
    document = json.loads((VECTORS / name).read_text(encoding="utf-8"))
    return [pytest.param(vector, id=vector["note"].replace(" ", "-")) for vector in document["vectors"]]


@cache
def api() -> Api:
    return Api()


def python(document: Any) -> dict[str, Any]:
    """Return what Python makes of an input: an error, or what is recorded."""
    try:
        contents = parse_order(
            document, customer_id=CustomerId("ada"), at=Timestamp("2026-11-20T18:00:00.000Z")
        )
    except InvalidOrder as error:
        return {"type": "InvalidOrder", "message": str(error), "info": error.info}
    return {"id": contents.order_id, "total": contents.total, "canonical": canonical(contents)}


async def javascript(document: Any) -> dict[str, Any]:
    """Return what AppSync makes of it."""
    valid = "type" not in python(document)
    outcome = await api().call(
        "Mutation.submitOrder",
        {"input": document},
        Orders=[lambda _: {"keys": []}] if valid else [],
        Workflows=[lambda _: {"statusCode": 200, "headers": {}, "body": "{}"}] if valid else [],
    )
    if outcome.errors:
        [error] = outcome.errors
        return {"type": error.error_type, "message": error.message, "info": error.error_info}
    [(_, transaction), _start] = api().requests
    contents = transaction["transactItems"][0]["attributeValues"]
    return {
        "id": contents["orderId"]["S"],
        "total": int(contents["total"]["N"]),
        "canonical": contents["canonical"]["S"],
    }


@pytest.mark.parametrize("vector", vectors("invalid_orders.json"))
async def test_javascript_and_python_refuse_with_the_same_words(vector: Any) -> None:
    refusal = python(vector["input"])
    assert refusal["info"] == {"path": vector["path"], "code": vector["code"]}
    assert await javascript(vector["input"]) == refusal


@pytest.mark.parametrize("vector", vectors("canonical.json"))
async def test_javascript_and_python_build_the_same_canonical_string(vector: Any) -> None:
    document = {"clientToken": TOKEN, **vector["order"]}
    recorded = await javascript(document)
    assert recorded["canonical"] == vector["canonical"]
    assert recorded == python(document)


async def test_upper_case_token_names_the_same_order() -> None:
    document = {"clientToken": TOKEN.upper(), "currency": "EUR", "cardToken": "tok_approve"}
    recorded = await javascript(
        {**document, "items": [{"sku": "A", "name": "a", "quantity": 1, "unitPrice": 1}]}
    )
    assert recorded["id"] == TOKEN


# Near the edges: characters that matter to the rules, and lengths and numbers around the limits.
PIECES = st.sampled_from(
    [
        "a",
        "Z",
        "9",
        ".",
        "-",
        "_",
        ";",
        "|",
        ":",
        " ",
        "\t",
        "\u007f",
        "é",
        "K",
        "ﬁ",
        "🍵",
        "\ud83c",
        "\udf75",
    ]
)
WORDS = st.lists(PIECES, max_size=4).map("".join) | st.sampled_from([63, 64, 65, 128, 129, 256, 257]).map(
    lambda length: "x" * length
)
NUMBERS = st.sampled_from([-1, 0, 1, 2, 998, 999, 1000, 2**30, 2**31 - 1]) | st.integers(-(2**31), 2**31 - 1)
ITEMS = st.fixed_dictionaries(
    {
        "sku": st.sampled_from(["A", "B", "C", "D"]) | WORDS,
        "name": st.just("Tea") | WORDS,
        "quantity": st.integers(1, 9) | NUMBERS,
        "unitPrice": st.integers(0, 9_999) | NUMBERS,
    }
)
INPUTS = st.fixed_dictionaries(
    {
        "clientToken": st.uuids().map(str)
        | st.uuids().map(lambda token: str(token).upper())
        | st.text("0123456789abcdefABCDEFgK-", min_size=35, max_size=37),
        "currency": st.sampled_from(CURRENCIES) | st.sampled_from(["", "EURO", "usd"]),
        "items": st.lists(ITEMS, min_size=1, max_size=4) | st.just([]),
        "cardToken": st.sampled_from(["tok_approve", "tok_decline"]) | WORDS,
    }
)


@settings(max_examples=examples(150), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(document=INPUTS)
async def test_javascript_and_python_agree_on_any_input(document: Any) -> None:
    assert await javascript(document) == python(document)
