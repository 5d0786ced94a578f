"""Tables: their keys and indexes, as the short ways need them."""

from __future__ import annotations

from typing import NamedTuple

from localcloud.engine.ministack.dynamodb import DynamoDB
from localcloud.engine.patching import Record
from localcloud.engine.quick.values import Unusual, measure_all, measure_item, number

# Sizes are bounded by MiniStack's limits, and its errors say so; far below them there is nothing to say.
ITEM_BYTES = 400 * 1024
PARTITION_KEY_BYTES = 2048
SORT_KEY_BYTES = 1024
KEY_TYPES = {"S", "N"}


class ItemPlace(NamedTuple):
    """Where an item is."""

    name: str
    table: Record
    partition: str
    sort: str

    @property
    def item(self) -> Record | None:
        """The item that is there."""
        item: Record | None = self.table["items"].get(self.partition, {}).get(self.sort)
        return item


def table_of(dynamodb: DynamoDB, name: object) -> Record:
    """Return a table by its name; one that there is not, or an ARN, is :class:`Unusual`."""
    table: Record | None = dynamodb.tables.get(name) if type(name) is str else None
    if table is None or table.get("VectorIndexes"):
        raise Unusual
    return table


def place(name: str, table: Record, key: object, *, whole: bool) -> ItemPlace:
    """Return where the item with this key is.

    Parameters
    ----------
    key
        The key, or an item that holds it.
    whole
        Nothing but the key may be in ``key``.
    """
    partition, sort = table["pk_name"], table["sk_name"]
    if type(key) is not dict or (whole and len(key) != (2 if sort else 1)):
        raise Unusual
    types = {defined["AttributeName"]: defined["AttributeType"] for defined in table["AttributeDefinitions"]}
    return ItemPlace(
        name,
        table,
        _key_value(key.get(partition), types.get(partition), PARTITION_KEY_BYTES),
        _key_value(key.get(sort), types.get(sort), SORT_KEY_BYTES) if sort else "__no_sort__",
    )


def _key_value(value: object, kind: str | None, limit: int) -> str:
    if type(value) is not dict or len(value) != 1 or kind not in KEY_TYPES:
        raise Unusual
    content = value.get(kind)
    # A character takes up to four bytes.
    if type(content) is not str or not content or len(content) * 4 > limit:
        raise Unusual
    if kind == "N" and number(content) is None:
        raise Unusual
    return content


def check_indexes(table: Record, item: Record, before: Record | None) -> None:
    """Raise :class:`Unusual` unless what an item has of the indexes' keys is of their types and not empty.

    Parameters
    ----------
    before
        The item that it replaces: what both share has been checked.
    """
    types: dict[str, str] = {}
    for index in _indexes(table):
        for part in index["KeySchema"]:
            name = part["AttributeName"]
            value = item.get(name)
            if value is None or (before is not None and before.get(name) is value):
                continue
            if not types:
                types = {
                    defined["AttributeName"]: defined["AttributeType"]
                    for defined in table["AttributeDefinitions"]
                }
            _key_value(value, types.get(name), SORT_KEY_BYTES)


def _indexes(table: Record) -> list[Record]:
    return [*(table.get("GlobalSecondaryIndexes") or ()), *(table.get("LocalSecondaryIndexes") or ())]


def index_units(table: Record, before: Record | None, after: Record | None) -> float:
    """Return the write units that the change of an item costs the table's indexes.

    As MiniStack counts them: nothing where what the index shows stays the same, one write for an
    entry that comes, goes or changes in place, two where it moves.
    """
    return sum(_units(table, index, before, after) for index in _indexes(table))


def _units(table: Record, index: Record, before: Record | None, after: Record | None) -> float:
    keys = [part["AttributeName"] for part in index["KeySchema"]]
    old, new = _view(table, index, keys, before), _view(table, index, keys, after)
    if old is None and new is None:
        return 0.0
    if old is None or new is None:
        return kilobytes(_weight(old or new or {}, before, after))
    if any(old[key] != new[key] for key in keys):
        return kilobytes(_weight(old, before)) + kilobytes(_weight(new, after))
    return 0.0 if old == new else kilobytes(max(_weight(old, before), _weight(new, after)))


def _weight(view: Record, *items: Record | None) -> int:
    return measure_item(view) if any(view is item for item in items) else measure_all(view)


def _view(table: Record, index: Record, keys: list[str], item: Record | None) -> Record | None:
    """Return what an index shows of an item; None where it is not in the index."""
    if not item or any(key not in item for key in keys):
        return None
    projection = index.get("Projection") or {}
    kind = projection.get("ProjectionType", "ALL")
    if kind == "ALL":
        return item
    names = {*keys, table["pk_name"], table["sk_name"]}
    if kind == "INCLUDE":
        names.update(projection.get("NonKeyAttributes") or ())
    return {name: item[name] for name in names if name in item}


def kilobytes(size: int) -> float:
    """Return the write units of ``size`` bytes: one for each started KB.

    Examples
    --------
    >>> kilobytes(0), kilobytes(1024), kilobytes(1025)
    (1.0, 1.0, 2.0)
    """
    return float(max(1, -(-size // 1024)))
