"""Operations on one item, and Query and Scan: request document -> API request, API answer -> result."""

from __future__ import annotations

from localcloud.appsync.datasources import documents
from localcloud.appsync.datasources.documents import Document
from localcloud.appsync.datasources.dynamodb.expressions import Expressions
from localcloud.appsync.datasources.dynamodb.tokens import read_token, write_token
from localcloud.appsync.datasources.dynamodb.values import Item, plain_item, typed_map
from localcloud.appsync.definition import JSON


def _key(request: Document) -> Item:
    return typed_map(documents.mapping(request, "key"))


def get_item(table: str, request: Document) -> Document:
    """Return the API request of ``GetItem``."""
    expressions = Expressions()
    made: Document = {"TableName": table, "Key": _key(request)}
    if request.get("consistentRead"):
        made["ConsistentRead"] = True
    if projection := expressions.take(request, "projection"):
        made["ProjectionExpression"] = projection
    return expressions.put(made)


def written_item(request: Document) -> Item:
    """Return the item that a ``PutItem`` writes, typed: its values and its key."""
    return typed_map(documents.optional_mapping(request, "attributeValues")) | _key(request)


def _conditioned(made: Document, request: Document, expressions: Expressions) -> Document:
    if condition := expressions.take(request, "condition"):
        made["ConditionExpression"] = condition
    return expressions.put(made)


def put_item(table: str, request: Document) -> Document:
    """Return the API request of ``PutItem``."""
    return _conditioned({"TableName": table, "Item": written_item(request)}, request, Expressions())


def update_item(table: str, request: Document) -> Document:
    """Return the API request of ``UpdateItem``."""
    expressions = Expressions()
    made: Document = {"TableName": table, "Key": _key(request), "ReturnValues": "ALL_NEW"}
    made["UpdateExpression"] = expressions.take(request, "update")
    if made["UpdateExpression"] is None:
        del made["UpdateExpression"]
    return _conditioned(made, request, expressions)


def delete_item(table: str, request: Document) -> Document:
    """Return the API request of ``DeleteItem``."""
    made: Document = {"TableName": table, "Key": _key(request), "ReturnValues": "ALL_OLD"}
    return _conditioned(made, request, Expressions())


def scope_of(table: str, request: Document) -> str:
    """Return what a ``nextToken`` is good for."""
    return f"{request.get('operation')}/{table}/{request.get('index') or ''}"


def page(table: str, request: Document) -> Document:
    """Return the API request of ``Query`` or ``Scan``."""
    expressions = Expressions()
    made: Document = {"TableName": table}
    if request.get("operation") == "Query":
        documents.mapping(request, "query")
        made["KeyConditionExpression"] = expressions.take(request, "query")
        made["ScanIndexForward"] = request.get("scanIndexForward") is not False
    if filtered := expressions.take(request, "filter"):
        made["FilterExpression"] = filtered
    if projection := expressions.take(request, "projection"):
        made["ProjectionExpression"] = projection
    given = {
        "IndexName": "index",
        "Limit": "limit",
        "ConsistentRead": "consistentRead",
        "Select": "select",
        "Segment": "segment",
        "TotalSegments": "totalSegments",
    }
    for name, ours in given.items():
        if request.get(ours) is not None:
            made[name] = request[ours]
    if token := documents.optional_text(request, "nextToken"):
        made["ExclusiveStartKey"] = read_token(scope_of(table, request), token)
    return expressions.put(made)


def page_result(table: str, request: Document, answer: Document) -> JSON:
    """Return the result of ``Query`` or ``Scan``."""
    found = answer.get("Items")
    return {
        "items": [plain_item(item) for item in found if isinstance(item, dict)]
        if isinstance(found, list)
        else [],
        "nextToken": write_token(scope_of(table, request), answer.get("LastEvaluatedKey")),
        "scannedCount": answer.get("ScannedCount"),
    }


def item_result(answer: Document, name: str) -> JSON:
    """Return the item that an answer carries under ``name``, plain; null when there is none."""
    item = answer.get(name)
    return plain_item(item) if isinstance(item, dict) and item else None
