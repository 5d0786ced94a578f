"""DynamoDB's attribute values, to and from plain Python, as far as orders need them.

boto3's own serializer goes through ``Decimal`` and costs ten times as much; orders hold text,
whole numbers, lists and maps alone. The stream's records have the same form.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias, cast

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

Plain: TypeAlias = "str | int | Sequence[Plain] | Mapping[str, Plain]"
Attribute: TypeAlias = "AttributeValueTypeDef"
Item: TypeAlias = "Mapping[str, AttributeValueTypeDef]"


class MalformedItem(ValueError):
    """An item of a table does not have the form that orders are kept in."""


def to_attribute(value: Plain) -> Attribute:
    """Return ``value`` as DynamoDB takes it.

    Examples
    --------
    >>> to_attribute({"sku": "TEA-1", "quantity": 2})
    {'M': {'sku': {'S': 'TEA-1'}, 'quantity': {'N': '2'}}}
    """
    if isinstance(value, str):
        # str() turns an enumeration's member into its plain text.
        return {"S": str(value)}
    if isinstance(value, int):
        return {"N": str(value)}
    if isinstance(value, Mapping):
        return {"M": {name: to_attribute(inner) for name, inner in value.items()}}
    return {"L": [to_attribute(inner) for inner in value]}


def to_item(fields: Mapping[str, Plain]) -> dict[str, Attribute]:
    """Return a whole item as DynamoDB takes it."""
    return {name: to_attribute(value) for name, value in fields.items()}


def text(item: Item, name: str) -> str:
    """Return the string attribute ``name``.

    Raises
    ------
    MalformedItem
        When it is missing or not a string; so do the other readers here.
    """
    try:
        return item[name]["S"]
    except KeyError:
        raise MalformedItem(f"no string {name!r}") from None


def optional_text(item: Item, name: str) -> str | None:
    """Return the string attribute ``name``, None when there is none."""
    return item.get(name, {}).get("S")


def number(item: Item, name: str) -> int:
    """Return the whole number ``name``."""
    try:
        value = item[name]["N"]
    except KeyError:
        raise MalformedItem(f"no number {name!r}") from None
    return int(value)


def entries(item: Item, name: str) -> list[Item]:
    """Return the list of maps ``name``."""
    value = item.get(name, {}).get("L")
    if value is None:
        raise MalformedItem(f"no list {name!r}")
    maps = [inner.get("M") for inner in value]
    if any(inner is None for inner in maps):
        raise MalformedItem(f"{name!r} is not a list of maps")
    return cast("list[Item]", maps)


def optional_map(item: Item, name: str) -> Item | None:
    """Return the map ``name``, None when there is none."""
    return cast("Item | None", item.get(name, {}).get("M"))
