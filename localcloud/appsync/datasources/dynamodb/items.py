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
    call: Document = {"TableName": table, "Key": _key(request)}
    if request.get("consistentRead"):
        call["ConsistentRead"] = True
    if projection := expressions.take(request, "projection"):
        call["ProjectionExpression"] = projection
    return expressions.put(call)


def written_item(request: Document) -> Item:
    """Return the item that a ``PutItem`` writes, typed: its values and its key."""
    return typed_map(documents.optional_mapping(request, "attributeValues")) | _key(request)


def _conditioned(call: Document, request: Document, expressions: Expressions) -> Document:
    if condition := expressions.take(request, "condition"):
        call["ConditionExpression"] = condition
    return expressions.put(call)


def put_item(table: str, request: Document) -> Document:
    """Return the API request of ``PutItem``."""
    return _conditioned({"TableName": table, "Item": written_item(request)}, request, Expressions())


def update_item(table: str, request: Document) -> Document:
    """Return the API request of ``UpdateItem``."""
    expressions = Expressions()
    call: Document = {"TableName": table, "Key": _key(request), "ReturnValues": "ALL_NEW"}
    call["UpdateExpression"] = expressions.take(request, "update")
    if call["UpdateExpression"] is None:
        del call["UpdateExpression"]
    return _conditioned(call, request, expressions)


def delete_item(table: str, request: Document) -> Document:
    """Return the API request of ``DeleteItem``."""
    call: Document = {"TableName": table, "Key": _key(request), "ReturnValues": "ALL_OLD"}
    return _conditioned(call, request, Expressions())


def scope_of(table: str, request: Document) -> str:
    """Return what a ``nextToken`` is good for."""
    return f"{request.get('operation')}/{table}/{request.get('index') or ''}"


def page(table: str, request: Document) -> Document:
    """Return the API request of ``Query`` or ``Scan``."""
    expressions = Expressions()
    call: Document = {"TableName": table}
    if request.get("operation") == "Query":
        documents.mapping(request, "query")
        call["KeyConditionExpression"] = expressions.take(request, "query")
        call["ScanIndexForward"] = request.get("scanIndexForward") is not False
    if filtered := expressions.take(request, "filter"):
        call["FilterExpression"] = filtered
    if projection := expressions.take(request, "projection"):
        call["ProjectionExpression"] = projection
    optional = {
        "IndexName": "index",
        "Limit": "limit",
        "ConsistentRead": "consistentRead",
        "Select": "select",
        "Segment": "segment",
        "TotalSegments": "totalSegments",
    }
    for name, ours in optional.items():
        if request.get(ours) is not None:
            call[name] = request[ours]
    if token := documents.optional_text(request, "nextToken"):
        call["ExclusiveStartKey"] = read_token(scope_of(table, request), token)
    return expressions.put(call)


def page_result(table: str, request: Document, answer: Document) -> JSON:
    """Return the result of ``Query`` or ``Scan``."""
    listed = answer.get("Items")
    return {
        "items": [plain_item(item) for item in listed if isinstance(item, dict)]
        if isinstance(listed, list)
        else [],
        "nextToken": write_token(scope_of(table, request), answer.get("LastEvaluatedKey")),
        "scannedCount": answer.get("ScannedCount"),
    }


def item_result(answer: Document, name: str) -> JSON:
    """Return the item that an answer carries under ``name``, plain; null when there is none."""
    item = answer.get(name)
    return plain_item(item) if isinstance(item, dict) and item else None
