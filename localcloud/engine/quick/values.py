"""Attribute values: whether they are as they should be, and what they weigh."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from localcloud.engine.ministack.dynamodb import DynamoDB, dynamodb
from localcloud.engine.patching import Record

# Well below the 32 levels that DynamoDB allows: what is nested that deep is MiniStack's to judge.
DEPTH = 24
# How many items' weights are remembered, and with them items that a table has no more.
REMEMBERED = 512
_WEIGHED: dict[int, tuple[Record, int]] = {}


class Unusual(Exception):
    """Not for the short way; nothing has been changed."""


@lru_cache(maxsize=4096)
def number(characters: str) -> int | None:
    """Return what a number weighs in bytes; None when MiniStack would spell it otherwise, or refuse it."""
    if dynamodb.ddb_canonicalize_number(characters) != characters:
        return None
    size: int = dynamodb.number_size_bytes(characters)
    return size


def measure(value: Any, depth: int = 1) -> int:  # noqa: PLR0912 - one branch for each type, called for each value
    """Return what a value weighs.

    Raises
    ------
    Unusual
        It is a set or binary, or not what MiniStack would keep as it is.

    Examples
    --------
    >>> measure({"S": "ab"}), measure({"L": [{"NULL": True}]}), measure({"M": {"a": {"BOOL": True}}})
    (2, 5, 6)
    """
    if type(value) is not dict or len(value) != 1 or depth > DEPTH:
        raise Unusual
    ((kind, content),) = value.items()
    if kind == "S":
        if type(content) is str:
            return len(content) if content.isascii() else text(content)
    elif kind == "N":
        size = number(content) if type(content) is str else None
        if size is not None:
            return size
    elif kind == "M":
        if type(content) is dict:
            total = 3
            for name, item in content.items():
                total += 1 + (len(name) if name.isascii() else text(name)) + measure(item, depth + 1)
            return total
    elif kind == "L":
        if type(content) is list:
            total = 3
            for item in content:
                total += 1 + measure(item, depth + 1)
            return total
    elif kind == "BOOL":
        if type(content) is bool:
            return 1
    elif kind == "NULL" and content is True:
        return 1
    raise Unusual


def text(characters: str) -> int:
    """Return how many bytes a text takes.

    Raises
    ------
    Unusual
        It has half of a surrogate pair.
    """
    try:
        return len(characters.encode())
    except UnicodeEncodeError:
        raise Unusual from None


def measure_item(item: Record) -> int:
    """Return what an item of a table weighs; raises as :func:`measure` does.

    An item in a table never changes in place, so what was weighed is remembered for a while: a
    write weighs one item for the table, for each index and for the stream.
    """
    weighed = _WEIGHED.get(id(item))
    # The item is held with its weight, or another could be where it was.
    if weighed is not None and weighed[0] is item:
        return weighed[1]
    return remember(item, measure_all(item))


def remember(item: Record, weight: int) -> int:
    """Remember what an item weighs, and return it."""
    if len(_WEIGHED) >= REMEMBERED:
        _WEIGHED.clear()
    _WEIGHED[id(item)] = (item, weight)
    return weight


def measure_all(item: Record) -> int:
    """Return what some attributes weigh; raises as :func:`measure` does."""
    total = 0
    for name, value in item.items():
        total += (len(name) if name.isascii() else text(name)) + measure(value)
    return total


def weigh_quickly() -> None:
    """Have all of MiniStack's DynamoDB weigh values so; it falls back to its own way."""
    weigh_value, weigh_item = (
        dynamodb.attribute_value_size,
        dynamodb.item_size_bytes,
    )

    def value_size(value: Any) -> Any:
        try:
            return measure(value)
        except Unusual:
            return weigh_value(value)

    def item_size(item: Any) -> Any:
        try:
            weighed = _WEIGHED.get(id(item))
            if weighed is not None and weighed[0] is item:
                return weighed[1]
            return measure_all(item) if type(item) is dict else 0
        except Unusual:
            return weigh_item(item)

    DynamoDB.attribute_value_size.replace(value_size)
    DynamoDB.item_size_bytes.replace(item_size)
