"""What DynamoDB refuses in a request before it looks at any item.

Source: Amazon DynamoDB Developer Guide, "Quotas", "Constraints", the pages on expressions, and the API
reference of each operation.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

from tests.aws_rules.expression_parts import Parsed
from tests.aws_rules.expression_rules import Broken, Document, expressions
from tests.aws_rules.tables import Table
from tests.aws_rules.values import faults, item_size, size

LARGEST_ITEM = 400 * 1024
LARGEST_TRANSACTION = 4 * 1024 * 1024
MOST_WRITES = 25
"""In one batch."""
RETURNED = {
    "PutItem": {"NONE", "ALL_OLD"},
    "DeleteItem": {"NONE", "ALL_OLD"},
    "UpdateItem": {"NONE", "ALL_OLD", "UPDATED_OLD", "ALL_NEW", "UPDATED_NEW"},
}


@dataclass(frozen=True)
class Request:
    """A call of DynamoDB's API, and which part of the application makes it."""

    operation: str
    parameters: Document
    origin: str = ""


def broken(request: Request, tables: Mapping[str, Table]) -> list[Broken]:
    """Return the rules that a request breaks, with what is wrong."""
    return list(_OPERATIONS[request.operation](request.parameters, tables))


# --- single operations ---


def _single(operation: str) -> Callable[[Document, Mapping[str, Table]], Iterator[Broken]]:
    def check(given: Document, tables: Mapping[str, Table]) -> Iterator[Broken]:
        table = tables[given["TableName"]]
        parsed = yield from expressions(given)
        yield from _values(given)
        if "Key" in given:
            yield from _key(given["Key"], table)
        if "Item" in given:
            yield from _item(given["Item"], table)
        if update := parsed.get("UpdateExpression"):
            yield from _update(update, given, table)
        yield from _return_values(operation, given)

    return check


def _return_values(operation: str, given: Document) -> Iterator[Broken]:
    if (wanted := given.get("ReturnValues")) and wanted not in RETURNED.get(operation, {"NONE"}):
        yield "return-values", f"{operation} cannot return {wanted}"
    if given.get("ReturnValuesOnConditionCheckFailure", "NONE") not in {"NONE", "ALL_OLD"}:
        yield "return-values", "a failed condition returns NONE or ALL_OLD"


def _query(given: Document, tables: Mapping[str, Table]) -> Iterator[Broken]:
    table = tables[given["TableName"]]
    index = given.get("IndexName")
    if index is not None and index not in table.indexes:
        yield "index", f"{given['TableName']} has no index {index}"
        return
    keys = table.indexes[index] if index else table.key
    if index and given.get("ConsistentRead"):
        yield "consistent-index", "a global secondary index has no consistent reads"
    parsed = yield from expressions(given)
    yield from _values(given)
    names = given.get("ExpressionAttributeNames", {})
    if condition := parsed.get("KeyConditionExpression"):
        yield from _key_condition(condition, names, keys)
    elif "KeyConditionExpression" not in given:
        yield "key-condition", "a query needs one"
    for path in parsed["FilterExpression"].paths if "FilterExpression" in parsed else []:
        if _plain(path, names)[0] in keys:
            yield "filter-on-key", f"a filter cannot test {_plain(path, names)[0]}, a key"
    if given.get("Limit", 1) < 1:
        yield "limit", "at least 1"


def _key_condition(condition: Parsed, names: Document, keys: tuple[str, ...]) -> Iterator[Broken]:
    if condition.connectives - {"AND"}:
        yield "key-condition", f"no {', '.join(condition.connectives - {'AND'})}"
    tested: dict[str, str] = {}
    for one in condition.comparisons:
        attribute = _plain(one.paths[0], names)[0] if one.paths else ""
        if attribute not in keys or attribute in tested:
            yield "key-condition", f"{attribute} is no key, or is tested twice"
        tested[str(attribute)] = one.operator
    if tested.get(keys[0]) != "=":
        yield "key-condition", f"{keys[0]} must be equal to a value"
    allowed = {"=", "<", "<=", ">", ">=", "BETWEEN", "begins_with"}
    if len(keys) > 1 and tested.get(keys[1], "=") not in allowed:
        yield "key-condition", f"a sort key has no {tested[keys[1]]}"


def _scan(given: Document, tables: Mapping[str, Table]) -> Iterator[Broken]:
    if given["TableName"] not in tables:
        yield "index", f"there is no table {given['TableName']}"
    # Unlike a query's, a scan's filter may test keys.
    yield from expressions(given)
    yield from _values(given)
    if given.get("Limit", 1) < 1:
        yield "limit", "at least 1"


# --- batches and transactions ---


def _batch_write(given: Document, tables: Mapping[str, Table]) -> Iterator[Broken]:
    if not 1 <= sum(len(writes) for writes in given["RequestItems"].values()) <= MOST_WRITES:
        yield "batch-size", f"1 to {MOST_WRITES} writes"
    for name, writes in given["RequestItems"].items():
        keys: list[Document] = []
        for write in writes:
            [(kind, one)] = write.items()
            if kind == "PutRequest":
                yield from _item(one["Item"], tables[name])
                keys.append({part: one["Item"].get(part) for part in tables[name].key})
            else:
                yield from _key(one["Key"], tables[name])
                keys.append(one["Key"])
        if len({json.dumps(key, sort_keys=True) for key in keys}) != len(keys):
            yield "same-item-twice", "a batch writes each item once"


def _batch_get(given: Document, tables: Mapping[str, Table]) -> Iterator[Broken]:
    if sum(len(one["Keys"]) for one in given["RequestItems"].values()) > 100:
        yield "batch-size", "at most 100 keys"
    for name, one in given["RequestItems"].items():
        yield from expressions(one)
        for key in one["Keys"]:
            yield from _key(key, tables[name])
        if len({json.dumps(key, sort_keys=True) for key in one["Keys"]}) != len(one["Keys"]):
            yield "same-item-twice", "a batch reads each item once"


def _transaction(given: Document, tables: Mapping[str, Table]) -> Iterator[Broken]:
    writes = given["TransactItems"]
    if not 1 <= len(writes) <= 100:
        yield "transaction-size", f"1 to 100 operations, not {len(writes)}"
    if len(given.get("ClientRequestToken", "-")) > 36:
        yield "transaction-token", "at most 36 characters"
    seen: set[str] = set()
    total = 0
    for write in writes:
        [(kind, one)] = write.items()
        table = tables[one["TableName"]]
        key = one.get("Key") or {name: one["Item"].get(name) for name in table.key}
        identity = json.dumps([one["TableName"], key], sort_keys=True)
        if identity in seen:
            yield "same-item-twice", f"two operations on {key}"
        seen.add(identity)
        total += item_size(one.get("Item", key)) + sum(
            size(value) for value in one.get("ExpressionAttributeValues", {}).values()
        )
        operation = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem"}.get(kind, "GetItem")
        if "ReturnValues" in one:
            yield "return-values", "an operation of a transaction returns nothing"
        yield from _single(operation)(one, tables)
    if total > LARGEST_TRANSACTION:
        yield "transaction-bytes", f"{total} bytes, at most 4 MB"


_OPERATIONS: dict[str, Callable[[Document, Mapping[str, Table]], Iterator[Broken]]] = {
    **{name: _single(name) for name in ("GetItem", "PutItem", "UpdateItem", "DeleteItem")},
    "Query": _query,
    "Scan": _scan,
    "BatchGetItem": _batch_get,
    "BatchWriteItem": _batch_write,
    "TransactWriteItems": _transaction,
}

# --- parts that operations share ---


def _values(given: Document) -> Iterator[Broken]:
    for name, value in given.get("ExpressionAttributeValues", {}).items():
        for rule, what in faults(value):
            yield rule, f"{name}: {what}"


def _key(key: Document, table: Table) -> Iterator[Broken]:
    if set(key) != set(table.key):
        yield "key", f"{sorted(key)} instead of {sorted(table.key)}"
        return
    yield from _key_values(key, table.key, table)


def _key_values(item: Document, keys: tuple[str, ...], table: Table) -> Iterator[Broken]:
    for name, longest in zip(keys, (2048, 1024), strict=False):
        if (value := item.get(name)) is None:
            continue
        kind = table.types[name]
        if set(value) != {kind}:
            yield "key-type", f"{name} must be {kind}, not {sorted(value)}"
        elif value[kind] == "":
            yield "empty-key", f"{name} must not be empty"
        elif size(value) > longest:
            yield "key-size", f"{name}: {size(value)} bytes, at most {longest}"


def _item(item: Document, table: Table) -> Iterator[Broken]:
    if missing := set(table.key) - set(item):
        yield "key", f"{sorted(missing)} is missing"
    for keys in (table.key, *table.indexes.values()):
        yield from _key_values(item, keys, table)
    wrong = [(rule, f"{name}: {what}") for name, value in item.items() for rule, what in faults(value)]
    yield from wrong
    if not wrong and item_size(item) > LARGEST_ITEM:
        yield "item-size", f"{item_size(item)} bytes, at most {LARGEST_ITEM}"


def _update(update: Parsed, given: Document, table: Table) -> Iterator[Broken]:
    names = given.get("ExpressionAttributeNames", {})
    targets = [_plain(path, names) for _, path in update.targets]
    for one, two in combinations(targets, 2):
        shorter = min(len(one), len(two))
        if one[:shorter] == two[:shorter]:
            yield "overlapping-paths", f"{one} and {two}"
    for target in targets:
        if target[0] in table.key:
            yield "update-of-key", f"{target[0]} is part of the key"


def _plain(path: tuple[str | int, ...], names: Document) -> tuple[str | int, ...]:
    return tuple(names.get(part, part) if isinstance(part, str) else part for part in path)
