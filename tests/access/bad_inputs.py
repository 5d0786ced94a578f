"""Bad orders and bad requests, and what is said of each."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]
DOCUMENT = "mutation ($input: SubmitOrderInput!) { FIELD(input: $input) { id } }"
ITEM: Json = {"sku": "cup", "name": "Cup", "quantity": 1, "unitPrice": 250}
INT_MAX = 2**31 - 1


def an_order(**changes: Any) -> Json:
    order = {"clientToken": str(uuid.uuid4()), "currency": "EUR", "cardToken": "tok_approve", "items": [ITEM]}
    return {**order, **changes}


def with_item(**changes: Any) -> Json:
    return an_order(items=[{**ITEM, **changes}])


@dataclass(frozen=True)
class Ours:
    """An order that GraphQL's types allow and the shop does not."""

    name: str
    order: Json
    path: str
    code: str
    message: str


_CHARACTERS = "must have no control characters and no halves of a surrogate pair"
_CURRENCIES = "must be one of AUD, CHF, EUR, GBP, INR, JPY, KWD, USD"
_QUANTITY = "must be 1 to 999"
_LENGTH = "must have 1 to 256 characters"
_TOO_LARGE = f"the total must be at most {INT_MAX}"
_UUID = "must be a UUID such as 3f2b8c1e-9a4d-4e0f-8b7a-5c6d7e8f9a0b"
_SKU = "must be 1 to 64 of A-Z, a-z, 0-9, dot, dash, underscore"
_NAME = "items[0].name"


def many(count: int) -> list[Json]:
    return [{**ITEM, "sku": f"s-{number}"} for number in range(count)]


OURS = (
    Ours("no-items", an_order(items=[]), "items", "NO_ITEMS", "an order needs at least one item"),
    Ours("51-items", an_order(items=many(51)), "items", "TOO_MANY_ITEMS", "an order has at most 50 items"),
    Ours("negative", with_item(quantity=-1), "items[0].quantity", "QUANTITY_RANGE", _QUANTITY),
    Ours("zero", with_item(quantity=0), "items[0].quantity", "QUANTITY_RANGE", _QUANTITY),
    Ours("1000", with_item(quantity=1000), "items[0].quantity", "QUANTITY_RANGE", _QUANTITY),
    Ours("largest-int", with_item(quantity=INT_MAX), "items[0].quantity", "QUANTITY_RANGE", _QUANTITY),
    Ours("negative-price", with_item(unitPrice=-1), "items[0].unitPrice", "PRICE_RANGE", "must be 0 or more"),
    Ours("currency", an_order(currency="XXX"), "currency", "UNKNOWN_CURRENCY", _CURRENCIES),
    Ours("currency-half", an_order(currency="\udc00"), "currency", "UNKNOWN_CURRENCY", _CURRENCIES),
    Ours("total", with_item(quantity=999, unitPrice=INT_MAX), "items", "TOTAL_TOO_LARGE", _TOO_LARGE),
    Ours(
        "total-by-one",
        an_order(items=[{**ITEM, "unitPrice": INT_MAX}, {**ITEM, "sku": "x", "unitPrice": 1}]),
        "items",
        "TOTAL_TOO_LARGE",
        _TOO_LARGE,
    ),
    Ours("name-257", with_item(name="x" * 257), _NAME, "NAME_LENGTH", _LENGTH),
    Ours("name-129-emoji", with_item(name="\U0001f375" * 129), _NAME, "NAME_LENGTH", _LENGTH),
    Ours("name-half-a-megabyte", with_item(name="x" * 500_000), _NAME, "NAME_LENGTH", _LENGTH),
    Ours("name-empty", with_item(name=""), _NAME, "NAME_LENGTH", _LENGTH),
    Ours("control", with_item(name="a\x07b"), _NAME, "NAME_CHARACTERS", _CHARACTERS),
    Ours("nul", with_item(name="a\x00b"), _NAME, "NAME_CHARACTERS", _CHARACTERS),
    Ours("newline", with_item(name="a\nb"), _NAME, "NAME_CHARACTERS", _CHARACTERS),
    Ours("high-half", with_item(name="a\ud800"), _NAME, "NAME_CHARACTERS", _CHARACTERS),
    Ours("low-half", with_item(name="\udc00a"), _NAME, "NAME_CHARACTERS", _CHARACTERS),
    Ours("halves-reversed", with_item(name="\udf75\ud83c"), _NAME, "NAME_CHARACTERS", _CHARACTERS),
    Ours("sku-half", with_item(sku="\ud800"), "items[0].sku", "BAD_SKU", _SKU),
    Ours("sku-65", with_item(sku="s" * 65), "items[0].sku", "BAD_SKU", _SKU),
    Ours(
        "sku-twice",
        an_order(items=[ITEM, ITEM]),
        "items[1].sku",
        "DUPLICATE_SKU",
        "is in the order already; add up the quantities",
    ),
    Ours("token", an_order(clientToken="42"), "clientToken", "NOT_A_UUID", _UUID),
    Ours("token-number", an_order(clientToken=42), "clientToken", "NOT_A_UUID", _UUID),
    Ours("token-half", an_order(clientToken="\ud800"), "clientToken", "NOT_A_UUID", _UUID),
    Ours(
        "card",
        an_order(cardToken="4111 1111"),
        "cardToken",
        "BAD_CARD_TOKEN",
        "must be 1 to 128 of A-Z, a-z, 0-9, dash, underscore",
    ),
)


@dataclass(frozen=True)
class Theirs:
    """What GraphQL's types do not allow: AppSync itself says so. Without ``place`` it names none."""

    name: str
    order: Any
    message: str
    place: bool = True


def _int(was: str) -> str:
    return f"Variable 'quantity' has an invalid value. Expected type 'Int' but was '{was}'."


def _unknown(kind: str) -> str:
    return f"The variables input contains a field that is not defined for input object type '{kind}' "


def _map(name: str, was: str) -> str:
    return (
        f"Variable '{name}' has an invalid value. Expected type 'Map' but was '{was}'. "
        "Variables for input objects must be an instance of type 'Map'."
    )


def _null(kind: str) -> str:
    return f"Variable 'input' has coerced Null value for NonNull type '{kind}'"


_WITHOUT_CARD = {key: value for key, value in an_order().items() if key != "cardToken"}
_CURRENCY = "Variable 'currency' has an invalid value. Expected type 'String' but was 'Integer'."
THEIRS = (
    Theirs("string", with_item(quantity="1"), _int("String")),
    Theirs("fraction", with_item(quantity=1.5), _int("Double")),
    Theirs("boolean", with_item(quantity=True), _int("Boolean")),
    Theirs("2^31", with_item(quantity=2**31), _int("Long")),
    Theirs("2^63", with_item(quantity=2**63), _int("BigInteger")),
    Theirs("10^400", with_item(quantity=10**400), _int("BigInteger")),
    Theirs("unknown-field", an_order(rebate=1), _unknown("SubmitOrderInput"), place=False),
    Theirs("unknown-field-half", an_order(**{"\ud800": 1}), _unknown("SubmitOrderInput"), place=False),
    Theirs("unknown-field-of-item", with_item(rebate=1), _unknown("OrderItemInput"), place=False),
    Theirs("null", None, _null("SubmitOrderInput!")),
    Theirs("missing", _WITHOUT_CARD, _null("String!")),
    Theirs("null-item", an_order(items=[None]), _null("OrderItemInput!")),
    Theirs("list", [], _map("input", "ArrayList")),
    Theirs("text", "order", _map("input", "String")),
    Theirs("lists-in-lists", an_order(items=[[[ITEM]]]), _map("items", "ArrayList")),
    Theirs("number-for-text", an_order(currency=978), _CURRENCY),
)


@dataclass(frozen=True)
class Malformed:
    """A body that holds no request; made from that of a good one."""

    name: str
    make: Callable[[str], str | bytes]
    status: int = 400
    error_type: str = "MalformedHttpRequestException"
    message: str = "Unable to parse GraphQL query."


_EMPTY = "Request body is empty."
MALFORMED = (
    Malformed("empty", lambda _: b"", message=_EMPTY),
    Malformed("blank", lambda _: " \r\n", message=_EMPTY),
    Malformed("invalid-utf-8", lambda body: body.encode().replace(b"Cup", b"C\xff\xfep")),
    Malformed("cut-utf-8", lambda body: body.encode().replace(b"Cup", b"C\xe2\x82")),
    Malformed("utf-8-surrogate", lambda body: body.encode().replace(b"Cup", b"C\xed\xa0\x80")),
    Malformed("nul", lambda body: body.replace("Cup", "C\x00p")),
    Malformed("cut-json", lambda body: body[:-10]),
    Malformed("two-documents", lambda body: body + body),
    Malformed("nan", lambda body: body.replace('"quantity": 1', '"quantity": NaN')),
    Malformed("infinity", lambda body: body.replace('"quantity": 1', '"quantity": -Infinity')),
    Malformed("5000-digits", lambda body: body.replace('"quantity": 1', '"quantity": ' + "9" * 5000)),
    Malformed("batch", lambda body: f"[{body}, {body}]"),
    Malformed("text", json.dumps),
    Malformed("number", lambda _: "42"),
    Malformed("null", lambda _: "null"),
    Malformed("no-query", lambda body: body.replace('"query"', '"quarry"')),
    Malformed("query-of-another-type", lambda body: json.dumps({**json.loads(body), "query": [1]})),
    Malformed("variables-of-another-type", lambda body: json.dumps({**json.loads(body), "variables": [1]})),
    Malformed("deep-json", lambda body: body.replace('"quantity": 1', '"quantity": ' + "[" * 100_000)),
    Malformed("deep-query", lambda _: json.dumps({"query": "{ orders " * 5000 + "}" * 5000})),
    Malformed("no-graphql", lambda body: json.dumps({**json.loads(body), "query": "mutation ("})),
    Malformed("query-without-utf-8", lambda _: json.dumps({"query": '{ order(id: "\ud800") { id } }'})),
    Malformed(
        "2-megabytes",
        lambda body: body.replace("Cup", "C" * 2_000_000),
        413,
        "RequestEntityTooLargeException",
        "Request body is over 1048576 bytes.",
    ),
)


@dataclass(frozen=True)
class Invalid:
    """A request that can be read and does not fit the schema, or is too large."""

    name: str
    query: str
    message: str
    at: str | None
    """The last such text in the query is where it is said to be."""
    error_type: str | None = None


def _type_of_type(depth: int) -> str:
    return f"{{ __schema {{ types {'{ ofType ' * depth}{{ name }}{' }' * depth} }} }}"


INVALID = (
    Invalid(
        "unknown-field",
        "mutation ($input: SubmitOrderInput!) { FIELD(input: $input) { id price } }",
        "Validation error of type FieldUndefined: Field 'price' in type 'Order' is undefined @ 'FIELD/price'",
        "price",
    ),
    Invalid(
        "unknown-argument",
        "mutation ($input: SubmitOrderInput!) { FIELD(input: $input, rebate: 1) { id } }",
        "Validation error of type UnknownArgument: Unknown field argument rebate @ 'FIELD'",
        "rebate",
    ),
    Invalid(
        "no-argument",
        "mutation { FIELD { id } }",
        "Validation error of type MissingFieldArgument: Missing field argument input @ 'FIELD'",
        "FIELD",
    ),
    Invalid(
        "type-of-variable",
        "mutation ($input: String!) { FIELD(input: $input) { id } }",
        "Validation error of type VariableTypeMismatch: Variable type 'String!' doesn't match expected type "
        "'SubmitOrderInput!' @ 'FIELD'",
        "$input",
    ),
    Invalid(
        "undefined-variable",
        "mutation { FIELD(input: $order) { id } }",
        "Validation error of type UndefinedVariable: Undefined variable order @ 'FIELD'",
        "$order",
    ),
    Invalid(
        "too-deep",
        _type_of_type(14),
        "Query depth limit of 15 exceeded: the query is 17 levels deep.",
        None,
        error_type="QueryDepthLimitReached",
    ),
)
