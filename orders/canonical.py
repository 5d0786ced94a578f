"""The canonical string of an order: equal exactly when two submissions ask for the same.

AppSync's JavaScript has no hash, so contents are compared as text. `appsync/js` builds the same
string; ``tests/vectors/canonical.json`` holds both to it. Free text is preceded by its length in
UTF-16 code units (JavaScript's ``length``), so that no name can look like a separator.
"""

from __future__ import annotations

from collections.abc import Iterator

from orders.fields import rules, values
from orders.model import OrderContents


def utf16_length(text: str) -> int:
    """Return the number of UTF-16 code units of ``text``: JavaScript's ``text.length``.

    Examples
    --------
    >>> utf16_length("tea"), utf16_length("🍵")
    (3, 2)
    """
    return len(text) + sum(1 for character in text if character > "\uffff")


def canonical(contents: OrderContents) -> str:
    """Return the canonical string of ``contents``.

    Customer and id are not part of it: they are compared for themselves.

    Examples
    --------
    >>> from orders.model import CustomerId, OrderId, OrderItem, Timestamp
    >>> tea = OrderItem("TEA-1", "Tea 🍵", 2, 450)
    >>> canonical(OrderContents(OrderId("…"), CustomerId("ada"), "EUR", (tea,), "tok_approve",
    ...                         Timestamp("2026-11-20T18:00:00.000Z")))
    'v1|EUR|11:tok_approve|1|TEA-1;2;450;6:Tea 🍵|'
    """
    token = contents.card_token
    head = f"v1|{contents.currency}|{utf16_length(token)}:{token}|{len(contents.items)}|"
    lines = "".join(
        f"{item.sku};{item.quantity};{item.unit_price};{utf16_length(item.name)}:{item.name}|"
        for item in contents.items
    )
    # The number of items says where they end, so nothing is needed for a field that is not there.
    return head + lines + "".join(_optional(contents))


def _optional(contents: OrderContents) -> Iterator[str]:
    for attribute, value in values(contents).items():
        rule = rules()[attribute]
        yield f"{rule.name}={utf16_length(value)}:{value}|" if rule.is_tagged else f"{value}|"
