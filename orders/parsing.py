"""From a `SubmitOrderInput` as it arrives to `OrderContents`, or one exact error.

AppSync checks types before we see an input, other ways in do not: everything is checked here.
The first fault found is reported, fields in the order of the contract.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum

from orders.canonical import utf16_length
from orders.errors import InvalidOrder
from orders.fields import Rule, rules, with_values
from orders.model import CustomerId, OrderContents, OrderId, OrderItem, Timestamp
from orders.origins import Orchestrator

CURRENCIES = ("AUD", "CHF", "EUR", "GBP", "INR", "JPY", "KWD", "USD")
MAX_ITEMS = 50
MAX_QUANTITY = 999
MAX_NAME = 256
"""Counted in UTF-16 code units, as JavaScript and AppSync count."""
MAX_TOTAL = 2**31 - 1
"""GraphQL's Int has 32 bits."""

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE | re.ASCII)
_SKU = re.compile(r"[A-Za-z0-9._-]{1,64}")
_CARD_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,128}")
# Controls (Unicode's Cc) would break terminals and logs; a lone surrogate has no UTF-8.
_FORBIDDEN = re.compile("[\u0000-\u001f\u007f-\u009f\ud800-\udfff]")
_FIELD = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")

_ORDER_FIELDS = (
    *("clientToken", "currency", "items", "cardToken"),
    *(rule.name for rule in rules().values()),
    "orchestrator",
)
_ITEM_FIELDS = ("sku", "name", "quantity", "unitPrice")


class Code(StrEnum):
    """What is wrong with an order, for programs: ``errorInfo.code``.

    Optional fields have theirs in their rules.
    """

    REQUIRED = "REQUIRED"
    WRONG_TYPE = "WRONG_TYPE"
    UNKNOWN_FIELD = "UNKNOWN_FIELD"
    NOT_A_UUID = "NOT_A_UUID"
    UNKNOWN_CURRENCY = "UNKNOWN_CURRENCY"
    NO_ITEMS = "NO_ITEMS"
    TOO_MANY_ITEMS = "TOO_MANY_ITEMS"
    BAD_SKU = "BAD_SKU"
    DUPLICATE_SKU = "DUPLICATE_SKU"
    NAME_LENGTH = "NAME_LENGTH"
    NAME_CHARACTERS = "NAME_CHARACTERS"
    QUANTITY_RANGE = "QUANTITY_RANGE"
    PRICE_RANGE = "PRICE_RANGE"
    TOTAL_TOO_LARGE = "TOTAL_TOO_LARGE"
    UNKNOWN_ORCHESTRATOR = "UNKNOWN_ORCHESTRATOR"
    BAD_CARD_TOKEN = "BAD_CARD_TOKEN"  # noqa: S105 - a code, no secret


def parse_order(
    document: object,
    *,
    customer_id: CustomerId,
    at: Timestamp,
    root: str = "input",
    order_id: OrderId | None = None,
    orchestrator: Orchestrator = Orchestrator.WORKFLOW,
) -> OrderContents:
    """Return the order that ``document`` asks for.

    Parameters
    ----------
    document : object
        A `SubmitOrderInput` as ``json.loads`` gives it.
    customer_id : CustomerId
        Who submits: from the verified token, never from the document.
    at : Timestamp
        When the order was received.
    root : str
        What the caller calls the document; paths in errors begin with it.
    order_id : OrderId, optional
        The client's token where it comes beside the document (over REST, as a header), which then
        has no field of that name.
    orchestrator : Orchestrator
        The deployment's own, for an order that names none.

    Raises
    ------
    InvalidOrder
        With the path of the first fault and its `Code`.
    """
    fields = _object(document, root, _ORDER_FIELDS if order_id is None else _ORDER_FIELDS[1:])
    token = order_id or parse_order_id(_present(fields, "clientToken", root), f"{root}.clientToken")
    currency = _text(fields, "currency", root)
    if currency not in CURRENCIES:
        raise _fault(f"{root}.currency", Code.UNKNOWN_CURRENCY, f"must be one of {', '.join(CURRENCIES)}")
    items = _items(_present(fields, "items", root), f"{root}.items")
    card_token = _text(fields, "cardToken", root)
    if not _CARD_TOKEN.fullmatch(card_token):
        raise _fault(
            f"{root}.cardToken",
            Code.BAD_CARD_TOKEN,
            "must be 1 to 128 of A-Z, a-z, 0-9, dash, underscore",
        )
    optional = _optional(fields, root)
    if fields.get("orchestrator") is not None:
        orchestrator = _orchestrator(_text(fields, "orchestrator", root), f"{root}.orchestrator")
    required = OrderContents(
        order_id=token,
        customer_id=customer_id,
        currency=currency,
        items=items,
        card_token=card_token,
        created_at=at,
        orchestrator=orchestrator,
    )
    contents = with_values(required, optional)
    if contents.total > MAX_TOTAL:
        raise _fault(f"{root}.items", Code.TOTAL_TOO_LARGE, f"the total must be at most {MAX_TOTAL}")
    return contents


def parse_order_id(value: object, path: str) -> OrderId:
    """Return an order's id in its one form, lower-case.

    Raises
    ------
    InvalidOrder
        When ``value`` is no UUID in the usual form of 36 characters.
    """
    if not isinstance(value, str):
        raise _fault(path, Code.WRONG_TYPE, "must be a string")
    if not _UUID.fullmatch(value):
        raise _fault(path, Code.NOT_A_UUID, "must be a UUID such as 3f2b8c1e-9a4d-4e0f-8b7a-5c6d7e8f9a0b")
    return OrderId(value.lower())


def has_controls(text: str) -> bool:
    """Say whether ``text`` has control characters, or halves of a surrogate pair."""
    return _FORBIDDEN.search(text) is not None


def _optional(fields: Mapping[str, object], root: str) -> dict[str, str]:
    """Return what is said of the optional fields, by their attributes."""
    texts: dict[str, str] = {}
    for attribute, rule in rules().items():
        if fields.get(rule.name) is not None:
            texts[attribute] = value = _text(fields, rule.name, root)
            if not _fits(value, rule):
                raise _fault(f"{root}.{rule.name}", rule.code, rule.message)
    return texts


def _fits(value: str, rule: Rule) -> bool:
    if not rule.shortest <= utf16_length(value) <= rule.longest:
        return False
    return all(unit in rule.alphabet for unit in value) if rule.alphabet else not has_controls(value)


def _orchestrator(name: str, path: str) -> Orchestrator:
    if name not in list(Orchestrator):
        raise _fault(path, Code.UNKNOWN_ORCHESTRATOR, f"must be {' or '.join(Orchestrator)}")
    return Orchestrator(name)


def _items(value: object, path: str) -> tuple[OrderItem, ...]:
    if not isinstance(value, list):
        raise _fault(path, Code.WRONG_TYPE, "must be a list")
    if not value:
        raise _fault(path, Code.NO_ITEMS, "an order needs at least one item")
    if len(value) > MAX_ITEMS:
        raise _fault(path, Code.TOO_MANY_ITEMS, f"an order has at most {MAX_ITEMS} items")
    items: list[OrderItem] = []
    skus: set[str] = set()
    for index, document in enumerate(value):
        item = _item(document, f"{path}[{index}]")
        if item.sku in skus:
            raise _fault(
                f"{path}[{index}].sku",
                Code.DUPLICATE_SKU,
                "is in the order already; add up the quantities",
            )
        skus.add(item.sku)
        items.append(item)
    return tuple(items)


def _item(document: object, path: str) -> OrderItem:
    fields = _object(document, path, _ITEM_FIELDS)
    sku = _text(fields, "sku", path)
    if not _SKU.fullmatch(sku):
        raise _fault(f"{path}.sku", Code.BAD_SKU, "must be 1 to 64 of A-Z, a-z, 0-9, dot, dash, underscore")
    name = _text(fields, "name", path)
    if not 1 <= utf16_length(name) <= MAX_NAME:
        raise _fault(f"{path}.name", Code.NAME_LENGTH, f"must have 1 to {MAX_NAME} characters")
    if has_controls(name):
        raise _fault(
            f"{path}.name",
            Code.NAME_CHARACTERS,
            "must have no control characters and no halves of a surrogate pair",
        )
    quantity = _whole(fields, "quantity", path)
    if not 1 <= quantity <= MAX_QUANTITY:
        raise _fault(f"{path}.quantity", Code.QUANTITY_RANGE, f"must be 1 to {MAX_QUANTITY}")
    unit_price = _whole(fields, "unitPrice", path)
    if unit_price < 0:
        raise _fault(f"{path}.unitPrice", Code.PRICE_RANGE, "must be 0 or more")
    return OrderItem(sku=sku, name=name, quantity=quantity, unit_price=unit_price)


def _object(document: object, path: str, allowed: tuple[str, ...]) -> Mapping[str, object]:
    if not isinstance(document, dict):
        raise _fault(path, Code.WRONG_TYPE, "must be an object")
    for name in document:
        if name not in allowed:
            # A field's name is the caller's text: it goes into the path only when it looks like one.
            shown = f"{path}.{name}" if _FIELD.fullmatch(str(name)) else path
            raise _fault(shown, Code.UNKNOWN_FIELD, f"has no such field; it has {', '.join(allowed)}")
    return document


def _present(fields: Mapping[str, object], name: str, path: str) -> object:
    value = fields.get(name)
    if value is None:
        raise _fault(f"{path}.{name}", Code.REQUIRED, "is required")
    return value


def _text(fields: Mapping[str, object], name: str, path: str) -> str:
    value = _present(fields, name, path)
    if not isinstance(value, str):
        raise _fault(f"{path}.{name}", Code.WRONG_TYPE, "must be a string")
    return value


def _whole(fields: Mapping[str, object], name: str, path: str) -> int:
    value = _present(fields, name, path)
    # bool is an int to Python, but not to other readers of JSON.
    if not isinstance(value, int) or isinstance(value, bool):
        raise _fault(f"{path}.{name}", Code.WRONG_TYPE, "must be a whole number")
    return value


def _fault(path: str, code: str, message: str) -> InvalidOrder:
    return InvalidOrder(message, path=path, code=str(code))
