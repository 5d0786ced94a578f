"""DynamoDB: tables, indexes, transactions as the single actions, PartiQL, and its condition keys.

Source: "Using IAM policy conditions for fine-grained access control" in the DynamoDB developer guide.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from localcloud.iam.actions.call import ApiCall, Json, Lookups, Need
from localcloud.iam.conditions import Context, Value
from localcloud.iam.evaluation import ANY

_TRANSACTION: Final = {
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
    "Get": "GetItem",
}
_VERBS: Final = {
    "select": "PartiQLSelect",
    "insert": "PartiQLInsert",
    "update": "PartiQLUpdate",
    "delete": "PartiQLDelete",
}
_STATEMENT: Final = re.compile(
    r"""\s*(?P<verb>select|insert|update|delete)\b
        (?:.*?\b(?:from|into)\b|(?<=update))\s*
        "?(?P<table>[\w.:/-]+)"?(?:\s*\.\s*"?(?P<index>[\w.-]+)"?)?""",
    re.IGNORECASE | re.DOTALL | re.VERBOSE,
)
_ATTRIBUTE: Final = re.compile(r"[#\w][\w-]*")
_WORDS: Final = frozenset(
    {
        *("and", "or", "not", "between", "in", "set", "remove", "add", "delete", "size", "begins_with"),
        *("attribute_exists", "attribute_not_exists", "attribute_type", "contains", "if_not_exists"),
        "list_append",
    }
)


def needs(call: ApiCall, lookups: Lookups) -> tuple[Need, ...]:
    """Return what a call of DynamoDB needs."""
    match call.operation:
        case "TransactWriteItems" | "TransactGetItems":
            return tuple(_transaction(call, lookups))
        case "BatchGetItem" | "BatchWriteItem":
            return tuple(_batch(call, lookups))
        case "ExecuteStatement" | "BatchExecuteStatement" | "ExecuteTransaction":
            return tuple(_partiql(call))
    stream = call.text("StreamArn")
    if call.operation == "GetRecords":
        stream = lookups.iterator_stream(call.text("ShardIterator")) or ANY
    name = call.text("TableName", "ResourceArn", "TableArn")
    if stream or not name:
        unknown = ANY if call.operation == "GetRecords" else "*"
        return (Need(f"dynamodb:{call.operation}", stream or unknown),)
    resource = _table(call, name)
    index = call.text("IndexName") if call.operation in {"Query", "Scan"} else ""
    if index:
        resource += f"/index/{index}"
    return (
        Need(f"dynamodb:{call.operation}", resource, lambda: _context(call, call.document, name, lookups)),
    )


def _table(call: ApiCall, name: str) -> str:
    return name if name.startswith("arn:") else call.arn(f"table/{name}", "dynamodb")


def _transaction(call: ApiCall, lookups: Lookups) -> Iterator[Need]:
    for item in call.records("TransactItems"):
        for member, operation in _TRANSACTION.items():
            detail = item.get(member)
            if isinstance(detail, dict) and isinstance(name := detail.get("TableName"), str):
                part: dict[str, Json] = detail

                def context(part: dict[str, Json] = part, name: str = name) -> Context:
                    values = dict(_context(call, part, name, lookups))
                    return {**values, "dynamodb:enclosingoperation": call.operation}

                yield Need(f"dynamodb:{operation}", _table(call, name), context)


def _batch(call: ApiCall, lookups: Lookups) -> Iterator[Need]:
    tables = call.document.get("RequestItems")
    for name, requested in tables.items() if isinstance(tables, dict) else ():

        def context(name: str = name, requested: Json = requested) -> Context:
            return _batch_context(name, requested, lookups)

        yield Need(f"dynamodb:{call.operation}", _table(call, name), context)


def _partiql(call: ApiCall) -> Iterator[Need]:
    parts = [call.document, *call.records("Statements"), *call.records("TransactStatements")]
    for part in parts:
        text = part.get("Statement")
        statement = _STATEMENT.match(text) if isinstance(text, str) else None
        if statement is not None:
            resource = _table(call, statement["table"])
            if statement["index"]:
                resource += f"/index/{statement['index']}"
            yield Need(f"dynamodb:{_VERBS[statement['verb'].lower()]}", resource)


def _context(call: ApiCall, part: dict[str, Json], table: str, lookups: Lookups) -> Context:
    values: dict[str, Value] = {}
    names = part.get("ExpressionAttributeNames")
    aliases = {key: str(name) for key, name in names.items()} if isinstance(names, dict) else {}
    partition = lookups.partition_key(table)
    leading = _leading_keys(part, partition, aliases)
    if leading:
        values["dynamodb:leadingkeys"] = leading
    attributes = _attributes(part, aliases)
    if attributes:
        values["dynamodb:attributes"] = attributes
    for member in ("ReturnValues", "ReturnConsumedCapacity", "Select"):
        value = part.get(member)
        if isinstance(value, str):
            values[f"dynamodb:{member.lower()}"] = value
    if call.operation in {"Query", "Scan"} and "dynamodb:select" not in values:
        projected = "ProjectionExpression" in part or "AttributesToGet" in part
        values["dynamodb:select"] = "SPECIFIC_ATTRIBUTES" if projected else "ALL_ATTRIBUTES"
    return values


def _batch_context(table: str, requested: Json, lookups: Lookups) -> Context:
    partition = lookups.partition_key(table)
    items: list[Json] = []
    if isinstance(requested, dict):
        keys = requested.get("Keys")
        items += keys if isinstance(keys, list) else []
    for request in requested if isinstance(requested, list) else ():
        for detail in request.values() if isinstance(request, dict) else ():
            if isinstance(detail, dict):
                items.append(detail.get("Item") or detail.get("Key"))
    leading = {text for item in items for text in _values(item, partition)}
    attributes = {name for item in items if isinstance(item, dict) for name in item}
    values: dict[str, Value] = {}
    if leading:
        values["dynamodb:leadingkeys"] = tuple(sorted(leading))
    if attributes:
        values["dynamodb:attributes"] = tuple(sorted(attributes))
    return values


def _leading_keys(part: dict[str, Json], partition: str | None, aliases: dict[str, str]) -> tuple[str, ...]:
    if partition is None:
        return ()
    for member in ("Key", "Item"):
        values = tuple(_values(part.get(member), partition))
        if values:
            return values
    conditions = part.get("KeyConditions")
    if isinstance(conditions, dict) and isinstance(legacy := conditions.get(partition), dict):
        listed = legacy.get("AttributeValueList")
        return tuple(
            text for value in (listed if isinstance(listed, list) else ()) for text in _scalar(value)
        )
    expression, bound = part.get("KeyConditionExpression"), part.get("ExpressionAttributeValues")
    if not isinstance(expression, str) or not isinstance(bound, dict):
        return ()
    written = {partition, *(alias for alias, name in aliases.items() if name == partition)}
    for name in written:
        found_value = re.search(rf"(?<![\w#]){re.escape(name)}\s*=\s*(:\w+)", expression)
        if found_value is not None:
            return tuple(_scalar(bound.get(found_value[1])))
    return ()


def _values(item: Json, name: str | None) -> Iterator[str]:
    if isinstance(item, dict) and name is not None:
        yield from _scalar(item.get(name))


def _scalar(value: Json) -> Iterator[str]:
    for kind, text in value.items() if isinstance(value, dict) else ():
        if kind in {"S", "N", "B"}:
            yield str(text)


def _attributes(part: dict[str, Json], aliases: dict[str, str]) -> tuple[str, ...]:
    names: set[str] = set()
    for member in ("Key", "Item"):
        item = part.get(member)
        names.update(item if isinstance(item, dict) else ())
    listed = part.get("AttributesToGet")
    names.update(str(name) for name in (listed if isinstance(listed, list) else ()))
    for member in ("ProjectionExpression", "UpdateExpression", "ConditionExpression", "FilterExpression"):
        expression = part.get(member)
        if not isinstance(expression, str):
            continue
        # Top-level names: what follows a dot belongs to the attribute before it.
        for path in re.sub(r"\.[#\w-]+|\[\d+\]|:\w+", "", expression).replace(",", " ").split():
            for word in _ATTRIBUTE.findall(path):
                if word.lower() not in _WORDS and not word[0].isdigit():
                    names.add(aliases.get(word, word))
    return tuple(sorted(names))
