from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from orders.errors import InvalidOrder
from orders.fields import rules
from orders.model import OrderItem
from orders.parsing import CURRENCIES, MAX_TOTAL, Code, parse_order, parse_order_id
from tests.orders.samples import ADA, AT, submission

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "invalid.json").read_text("utf-8"))["vectors"]


def item(**changes: object) -> dict[str, object]:
    return {"sku": "TEA-1", "name": "Tea", "quantity": 2, "unitPrice": 450, **changes}


def refused(document: object, root: str = "input") -> InvalidOrder:
    with pytest.raises(InvalidOrder) as caught:
        parse_order(document, customer_id=ADA, at=AT, root=root)
    return caught.value


def test_valid_order_is_parsed() -> None:
    order = parse_order(submission(), customer_id=ADA, at=AT)
    assert order.order_id == "3f2b8c1e-9a4d-4e0f-8b7a-5c6d7e8f9a0b"
    assert order.items == (OrderItem("TEA-1", "Tea 🍵", 2, 450), OrderItem("CUP-7", "Cup", 1, 1200))
    assert (order.customer_id, order.created_at, order.currency) == (ADA, AT, "EUR")
    assert order.total == 2 * 450 + 1200


@pytest.mark.parametrize("vector", VECTORS, ids=[vector["note"] for vector in VECTORS])
def test_invalid_order_is_refused_as_in_the_shared_vectors(vector: dict[str, object]) -> None:
    error = refused(vector["input"])
    assert error.info == {"path": vector["path"], "code": vector["code"]}
    assert str(error).startswith(f"{vector['path']}: ")


def test_every_error_code_has_a_vector() -> None:
    optional = {rule.code for rule in rules().values()}  # tests/shape/test_fields.py goes by their rules
    assert {vector["code"] for vector in VECTORS} - optional == {code.value for code in Code}


def test_token_is_lower_cased() -> None:
    order = parse_order(
        submission(clientToken="3F2B8C1E-9A4D-4E0F-8B7A-5C6D7E8F9A0B"), customer_id=ADA, at=AT
    )
    assert order.order_id == "3f2b8c1e-9a4d-4e0f-8b7a-5c6d7e8f9a0b"


@pytest.mark.parametrize(
    ("changes", "total"),
    [
        ({"items": [item(quantity=1, unitPrice=0)]}, 0),
        ({"items": [item(quantity=999, unitPrice=1)]}, 999),
        ({"items": [item(quantity=1, unitPrice=MAX_TOTAL)]}, MAX_TOTAL),
        ({"items": [item(name="x" * 256)]}, 900),
        ({"items": [item(name="𝄞" * 128)]}, 900),
        ({"items": [item(name=" ")]}, 900),
        ({"items": [item(sku="." * 64)]}, 900),
        ({"items": [item(sku=f"S-{n}") for n in range(50)]}, 45_000),
        ({"cardToken": "t" * 128}, 2100),
    ],
)
def test_values_at_the_limits_are_accepted(changes: dict[str, object], total: int) -> None:
    assert parse_order(submission(**changes), customer_id=ADA, at=AT).total == total


@pytest.mark.parametrize("currency", CURRENCIES)
def test_every_currency_of_the_shop_is_accepted(currency: str) -> None:
    assert parse_order(submission(currency=currency), customer_id=ADA, at=AT).currency == currency


def test_error_path_begins_with_the_root_of_the_caller() -> None:
    assert refused(submission(items=[item(quantity=0)]), root="body").path == "body.items[0].quantity"


def test_skus_that_differ_in_case_are_distinct() -> None:
    order = parse_order(submission(items=[item(sku="a"), item(sku="A")]), customer_id=ADA, at=AT)
    assert len(order.items) == 2


def test_card_token_is_missing_from_representations_and_messages() -> None:
    order = parse_order(submission(cardToken="tok_approve_secret"), customer_id=ADA, at=AT)
    assert "secret" not in repr(order)
    assert "secret" not in str(refused(submission(cardToken="tok secret")))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
almost = st.fixed_dictionaries(
    {},
    optional={
        "clientToken": st.just("3f2b8c1e-9a4d-4e0f-8b7a-5c6d7e8f9a0b") | json_values,
        "currency": st.sampled_from(CURRENCIES) | json_values,
        "cardToken": st.just("tok_approve") | json_values,
        "items": st.lists(
            st.fixed_dictionaries(
                {},
                optional={
                    "sku": st.text("ab", max_size=2) | json_values,
                    "name": st.text() | json_values,
                    "quantity": st.integers(-1, 1001) | json_values,
                    "unitPrice": st.integers(-1, 2**31) | json_values,
                },
            )
            | json_values,
            max_size=3,
        )
        | json_values,
    },
)


@given(json_values | almost)
@example(submission())
def test_any_document_is_an_order_or_a_typed_error(document: object) -> None:
    try:
        order = parse_order(document, customer_id=ADA, at=AT)
    except InvalidOrder as error:
        assert error.path.startswith("input")
        assert error.code in set(Code)
        # What we say of a fault can be sent and printed, whatever the input was.
        assert str(error).encode("utf-8").decode().isprintable()
    else:
        assert 0 <= order.total <= MAX_TOTAL
        assert 1 <= len(order.items) <= 50
        assert all(1 <= line.quantity <= 999 and line.name.encode("utf-8") for line in order.items)


@given(st.text())
@example("\u017f" * 36)
def test_any_text_is_a_uuid_or_refused(text: str) -> None:
    with pytest.raises(InvalidOrder):
        parse_order_id(text, "orderId")


@given(st.uuids())
def test_every_uuid_is_an_order_id(uuid: object) -> None:
    assert parse_order_id(str(uuid).upper(), "orderId") == str(uuid)
