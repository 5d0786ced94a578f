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
    def check(request: Document, tables: Mapping[str, Table]) -> Iterator[Broken]:
        table = tables[request["TableName"]]
        parsed = yield from expressions(request)
        yield from _values(request)
        if "Key" in request:
            yield from _key(request["Key"], table)
        if "Item" in request:
            yield from _item(request["Item"], table)
        if update := parsed.get("UpdateExpression"):
            yield from _update(update, request, table)
        yield from _return_values(operation, request)

    return check


def _return_values(operation: str, request: Document) -> Iterator[Broken]:
    if (wanted := request.get("ReturnValues")) and wanted not in RETURNED.get(operation, {"NONE"}):
        yield "return-values", f"{operation} cannot return {wanted}"
    if request.get("ReturnValuesOnConditionCheckFailure", "NONE") not in {"NONE", "ALL_OLD"}:
        yield "return-values", "a failed condition returns NONE or ALL_OLD"


def _query(request: Document, tables: Mapping[str, Table]) -> Iterator[Broken]:
    table = tables[request["TableName"]]
    index = request.get("IndexName")
    if index is not None and index not in table.indexes:
        yield "index", f"{request['TableName']} has no index {index}"
        return
    keys = table.indexes[index] if index else table.key
    if index and request.get("ConsistentRead"):
        yield "consistent-index", "a global secondary index has no consistent reads"
    parsed = yield from expressions(request)
    yield from _values(request)
    names = request.get("ExpressionAttributeNames", {})
    if condition := parsed.get("KeyConditionExpression"):
        yield from _key_condition(condition, names, keys)
    elif "KeyConditionExpression" not in request:
        yield "key-condition", "a query needs one"
    for path in parsed["FilterExpression"].paths if "FilterExpression" in parsed else []:
        if _plain(path, names)[0] in keys:
            yield "filter-on-key", f"a filter cannot test {_plain(path, names)[0]}, a key"
    if request.get("Limit", 1) < 1:
        yield "limit", "at least 1"


def _key_condition(condition: Parsed, names: Document, keys: tuple[str, ...]) -> Iterator[Broken]:
    if condition.connectives - {"AND"}:
        yield "key-condition", f"no {', '.join(condition.connectives - {'AND'})}"
    tested: dict[str, str] = {}
    for comparison in condition.comparisons:
        attribute = _plain(comparison.paths[0], names)[0] if comparison.paths else ""
        if attribute not in keys or attribute in tested:
            yield "key-condition", f"{attribute} is no key, or is tested twice"
        tested[str(attribute)] = comparison.operator
    if tested.get(keys[0]) != "=":
        yield "key-condition", f"{keys[0]} must be equal to a value"
    allowed = {"=", "<", "<=", ">", ">=", "BETWEEN", "begins_with"}
    if len(keys) > 1 and tested.get(keys[1], "=") not in allowed:
        yield "key-condition", f"a sort key has no {tested[keys[1]]}"


def _scan(request: Document, tables: Mapping[str, Table]) -> Iterator[Broken]:
    if request["TableName"] not in tables:
        yield "index", f"there is no table {request['TableName']}"
    # Unlike a query's, a scan's filter may test keys.
    yield from expressions(request)
    yield from _values(request)
    if request.get("Limit", 1) < 1:
        yield "limit", "at least 1"


# --- batches and transactions ---


def _batch_write(request: Document, tables: Mapping[str, Table]) -> Iterator[Broken]:
    if not 1 <= sum(len(writes) for writes in request["RequestItems"].values()) <= MOST_WRITES:
        yield "batch-size", f"1 to {MOST_WRITES} writes"
    for name, writes in request["RequestItems"].items():
        keys: list[Document] = []
        for write in writes:
            [(kind, item)] = write.items()
            if kind == "PutRequest":
                yield from _item(item["Item"], tables[name])
                keys.append({part: item["Item"].get(part) for part in tables[name].key})
            else:
                yield from _key(item["Key"], tables[name])
                keys.append(item["Key"])
        if len({json.dumps(key, sort_keys=True) for key in keys}) != len(keys):
            yield "same-item-twice", "a batch writes each item once"


def _batch_get(request: Document, tables: Mapping[str, Table]) -> Iterator[Broken]:
    if sum(len(request["Keys"]) for request in request["RequestItems"].values()) > 100:
        yield "batch-size", "at most 100 keys"
    for name, request_item in request["RequestItems"].items():
        yield from expressions(request_item)
        for key in request_item["Keys"]:
            yield from _key(key, tables[name])
        if len({json.dumps(key, sort_keys=True) for key in request_item["Keys"]}) != len(
            request_item["Keys"]
        ):
            yield "same-item-twice", "a batch reads each item once"


def _transaction(request: Document, tables: Mapping[str, Table]) -> Iterator[Broken]:
    writes = request["TransactItems"]
    if not 1 <= len(writes) <= 100:
        yield "transaction-size", f"1 to 100 operations, not {len(writes)}"
    if len(request.get("ClientRequestToken", "-")) > 36:
        yield "transaction-token", "at most 36 characters"
    keys: set[str] = set()
    total = 0
    for write in writes:
        [(kind, part)] = write.items()
        table = tables[part["TableName"]]
        key = part.get("Key") or {name: part["Item"].get(name) for name in table.key}
        identity = json.dumps([part["TableName"], key], sort_keys=True)
        if identity in keys:
            yield "same-item-twice", f"two operations on {key}"
        keys.add(identity)
        total += item_size(part.get("Item", key)) + sum(
            size(value) for value in part.get("ExpressionAttributeValues", {}).values()
        )
        operation = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem"}.get(kind, "GetItem")
        if "ReturnValues" in part:
            yield "return-values", "an operation of a transaction returns nothing"
        yield from _single(operation)(part, tables)
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


def _values(request: Document) -> Iterator[Broken]:
    for name, value in request.get("ExpressionAttributeValues", {}).items():
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


def _update(update: Parsed, request: Document, table: Table) -> Iterator[Broken]:
    names = request.get("ExpressionAttributeNames", {})
    targets = [_plain(path, names) for _, path in update.targets]
    for first, two in combinations(targets, 2):
        shorter = min(len(first), len(two))
        if first[:shorter] == two[:shorter]:
            yield "overlapping-paths", f"{first} and {two}"
    for target in targets:
        if target[0] in table.key:
            yield "update-of-key", f"{target[0]} is part of the key"


def _plain(path: tuple[str | int, ...], names: Document) -> tuple[str | int, ...]:
    return tuple(names.get(part, part) if isinstance(part, str) else part for part in path)
