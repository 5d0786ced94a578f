"""GetItem, BatchGetItem, and Query for all items of one partition."""

from __future__ import annotations

import re
from functools import lru_cache

from localcloud.engine.hooks.capacity import read_units
from localcloud.engine.meter import Meter
from localcloud.engine.ministack.dynamodb import DynamoDB, dynamodb
from localcloud.engine.patching import Function, Record, Response
from localcloud.engine.quick import expressions
from localcloud.engine.quick.answers import answered
from localcloud.engine.quick.expressions import KEPT
from localcloud.engine.quick.tables import place, table_of
from localcloud.engine.quick.values import Unusual, measure, measure_item

GET = {"TableName", "Key", "ConsistentRead"}
QUERY = {
    *("TableName", "KeyConditionExpression", "ExpressionAttributeNames", "ExpressionAttributeValues"),
    *("ConsistentRead", "ScanIndexForward"),
}
BATCH = {"Keys", "ConsistentRead", "ProjectionExpression", "ExpressionAttributeNames"}
KEYS = 100
NAME = re.compile(r"#?[A-Za-z0-9_]+")
# A page holds 1 MB; what is near it is MiniStack's to divide.
PAGE_BYTES = 512 * 1024


def take_short_cuts(meter: Meter) -> None:
    """Put the short ways before MiniStack's GetItem, Query and BatchGetItem."""

    @DynamoDB.get_item.wrap
    def _(before: Function) -> Function:
        def get(data: Record) -> Response:
            try:
                if type(data) is not dict or not data.keys() <= GET:
                    raise Unusual
                name = data.get("TableName")
                item = place(str(name), table_of(dynamodb, name), data.get("Key"), whole=True).item
                size = measure_item(item) if item else 0
            except Unusual:
                response: Response = before(data)
                return response
            units = read_units(size, consistent=bool(data.get("ConsistentRead")))
            meter.consumed(str(name), read=units, by="dynamodb.GetItem")
            return answered({"Item": item} if item else {})

        return get

    @DynamoDB.query.wrap
    def _(before: Function) -> Function:
        def query(data: Record) -> Response:
            try:
                items = _partition(dynamodb, data)
                size = sum(map(measure_item, items))
                if size > PAGE_BYTES:
                    raise Unusual
            except Unusual:
                response: Response = before(data)
                return response
            units = read_units(size, consistent=bool(data.get("ConsistentRead")))
            meter.consumed(data["TableName"], read=units, by="dynamodb.Query")
            return answered({"Items": items, "Count": len(items), "ScannedCount": len(items)})

        return query

    @DynamoDB.batch_get_item.wrap
    def _(before: Function) -> Function:
        def batch(data: Record) -> Response:
            try:
                if type(data) is not dict or data.keys() != {"RequestItems"} or not data["RequestItems"]:
                    raise Unusual
                results = {
                    name: _items(dynamodb, name, request) for name, request in data["RequestItems"].items()
                }
            except (Unusual, AttributeError):
                response: Response = before(data)
                return response
            for name, (_items_of_table, units) in results.items():
                meter.consumed(name, read=units, by="dynamodb.BatchGetItem")
            answers = {name: items for name, (items, _units) in results.items()}
            return answered({"Responses": answers, "UnprocessedKeys": {}})

        return batch


def _items(dynamodb: DynamoDB, name: str, request: Record) -> tuple[list[Record], float]:
    """Return a table's part of a BatchGetItem, and what it costs."""
    if type(request) is not dict or not request.keys() <= BATCH:
        raise Unusual
    table = table_of(dynamodb, name)
    keys = request.get("Keys")
    if type(keys) is not list or not 0 < len(keys) <= KEYS:
        raise Unusual
    places = [place(name, table, key, whole=True) for key in keys]
    if len({(where.partition, where.sort) for where in places}) < len(places):
        raise Unusual
    names = _projection(
        request.get("ProjectionExpression"), tuple((request.get("ExpressionAttributeNames") or {}).items())
    )
    units, items = 0.0, []
    for where in places:
        item = where.item
        units += read_units(measure_item(item) if item else 0, consistent=bool(request.get("ConsistentRead")))
        if item:
            items.append(item if names is None else {name: item[name] for name in names if name in item})
    return items, units


@lru_cache(maxsize=KEPT)
def _projection(text: str | None, names: tuple[tuple[str, str], ...]) -> list[str] | None:
    """Return the attributes that an expression selects, where it selects whole ones only; None for all."""
    if text is None:
        return None
    paths = [path.strip() for path in text.split(",")]
    aliases = dict(names)
    selected = [aliases.get(path, path) for path in paths]
    if (
        not all(NAME.fullmatch(path) for path in paths)
        or any(path in dynamodb.aws_keywords or path.upper() in dynamodb.aws_keywords for path in paths)
        or any(path.startswith("#") and path not in aliases for path in paths)
        or len(set(selected)) < len(selected)
        or any("." in name or "[" in name for name in selected)
    ):
        raise Unusual
    return selected


def _partition(dynamodb: DynamoDB, data: Record) -> list[Record]:
    """Return the items of a partition in their order, where that is all that is asked for."""
    if type(data) is not dict or not data.keys() <= QUERY or not data.get("KeyConditionExpression"):
        raise Unusual
    table = table_of(dynamodb, data.get("TableName"))
    condition = expressions.condition(data, "KeyConditionExpression")
    kinds = [kind for kind, _word in condition.tokens]
    if kinds not in (["IDENT", "EQ", "VALUE_REF", "EOF"], ["NAME_REF", "EQ", "VALUE_REF", "EOF"]):
        raise Unusual
    (kind, word), _equals, (_kind, reference), _end = condition.tokens
    value = data["ExpressionAttributeValues"][reference]
    measure(value)
    name, sort = table["pk_name"], table["sk_name"]
    types = {defined["AttributeName"]: defined["AttributeType"] for defined in table["AttributeDefinitions"]}
    if (condition.names[word] if kind == "NAME_REF" else word) != name or len(
        data["ExpressionAttributeValues"]
    ) != 1:
        raise Unusual
    key = value.get(types.get(name)) if types.get(name) == "S" else None
    if not key:
        raise Unusual
    items: list[Record] = list(table["items"].get(key, {}).values())
    if len(items) > 1:
        kind = types.get(sort, "S")
        items.sort(
            key=lambda item: dynamodb.sort_key_value(item.get(sort), kind),
            reverse=not data.get("ScanIndexForward", True),
        )
    return items
