"""BatchGetItem, BatchPutItem and BatchDeleteItem, across tables."""

from __future__ import annotations

from localcloud.appsync.datasources import documents
from localcloud.appsync.datasources.documents import Document
from localcloud.appsync.datasources.dynamodb.expressions import Expressions
from localcloud.appsync.datasources.dynamodb.values import Item, plain_item, typed_map
from localcloud.appsync.definition import JSON


def _typed_keys(table: str, config: Document) -> list[Item]:
    return [typed_map(key) for key in documents.objects(config, "keys", f"tables.{table}.")]


def batch_get(request: Document) -> Document:
    """Return the API request of ``BatchGetItem``."""
    tables: Document = {}
    for name, config in documents.mapping(request, "tables").items():
        table = documents.document(config)
        expressions = Expressions()
        entry: Document = {"Keys": list[JSON](_typed_keys(name, table))}
        if table.get("consistentRead"):
            entry["ConsistentRead"] = True
        if projection := expressions.take(table, "projection", f"tables.{name}."):
            entry["ProjectionExpression"] = projection
        tables[name] = expressions.put(entry)
    return {"RequestItems": tables}


def batch_get_result(request: Document, answer: Document) -> JSON:
    """Return ``{data, unprocessedKeys}``: per table, items in the order of their keys, null where none is."""
    responses = documents.optional_mapping(answer, "Responses")
    unprocessed = documents.optional_mapping(answer, "UnprocessedKeys")
    data: Document = {}
    leftover: Document = {}
    for name, config in documents.mapping(request, "tables").items():
        keys = [plain_item(key) for key in _typed_keys(name, documents.document(config))]
        listed_items = responses.get(name)
        items = (
            [plain_item(item) for item in listed_items if isinstance(item, dict)]
            if isinstance(listed_items, list)
            else []
        )
        data[name] = [next((item for item in items if key.items() <= item.items()), None) for key in keys]
        rest = unprocessed.get(name)
        leftover[name] = (
            [plain_item(key) for key in documents.objects(rest, "Keys")] if isinstance(rest, dict) else []
        )
    return {"data": data, "unprocessedKeys": leftover}


def _writes(request: Document, kind: str, inner: str) -> Document:
    tables: Document = {}
    for name in documents.mapping(request, "tables"):
        listed = documents.objects(documents.mapping(request, "tables"), name, "tables.")
        tables[name] = [{kind: {inner: typed_map(item)}} for item in listed]
    return {"RequestItems": tables}


def batch_put(request: Document) -> Document:
    """Return the API request of ``BatchPutItem``."""
    return _writes(request, "PutRequest", "Item")


def batch_delete(request: Document) -> Document:
    """Return the API request of ``BatchDeleteItem``."""
    return _writes(request, "DeleteRequest", "Key")


def batch_write_result(request: Document, answer: Document) -> JSON:
    """Return ``{data, unprocessedItems}``, or ``unprocessedKeys`` where items are deleted; per table."""
    delete = request.get("operation") == "BatchDeleteItem"
    kind, inner = ("DeleteRequest", "Key") if delete else ("PutRequest", "Item")
    unprocessed = documents.optional_mapping(answer, "UnprocessedItems")
    data: Document = {}
    leftover: Document = {}
    tables = documents.mapping(request, "tables")
    for name in tables:
        rest = documents.objects(unprocessed, name) if name in unprocessed else []
        missed = [plain_item(documents.mapping(documents.mapping(request, kind), inner)) for request in rest]
        sent = [plain_item(typed_map(item)) for item in documents.objects(tables, name, "tables.")]
        data[name] = [None if item in missed else item for item in sent]
        leftover[name] = list[JSON](missed)
    return {"data": data, ("unprocessedKeys" if delete else "unprocessedItems"): leftover}
