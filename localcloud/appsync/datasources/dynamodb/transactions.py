"""TransactGetItems and TransactWriteItems."""

from __future__ import annotations

from localcloud.appsync.datasources import documents
from localcloud.appsync.datasources.documents import Document
from localcloud.appsync.datasources.dynamodb.expressions import Expressions
from localcloud.appsync.datasources.dynamodb.values import plain_item, typed_map
from localcloud.appsync.datasources.failures import RequestInvalid
from localcloud.appsync.definition import JSON


def _key(item: Document) -> Document:
    return typed_map(documents.mapping(item, "key", "transactItems."))


def transact_get(request: Document) -> Document:
    """Return the API request of ``TransactGetItems``."""
    writes: list[JSON] = []
    for item in documents.objects(request, "transactItems"):
        expressions = Expressions()
        get: Document = {"TableName": documents.text(item, "table", "transactItems."), "Key": _key(item)}
        if projection := expressions.take(item, "projection", "transactItems."):
            get["ProjectionExpression"] = projection
        writes.append({"Get": expressions.put(get)})
    return {"TransactItems": writes}


def transact_get_result(_request: Document, answer: Document) -> JSON:
    """Return ``{items, cancellationReasons}``: an item for each that was asked for, null where none is."""
    items: list[JSON] = []
    for response in documents.objects(answer, "Responses"):
        item = response.get("Item")
        items.append(plain_item(item) if isinstance(item, dict) and item else None)
    return {"items": items, "cancellationReasons": None}


def _write(item: Document) -> JSON:
    operation = documents.text(item, "operation", "transactItems.")
    expressions = Expressions()
    key = _key(item)
    write: Document = {"TableName": documents.text(item, "table", "transactItems.")}
    if operation == "PutItem":
        values = documents.optional_mapping(item, "attributeValues", "transactItems.")
        write["Item"] = typed_map(values) | key
    else:
        write["Key"] = key
    if operation == "UpdateItem":
        documents.mapping(item, "update", "transactItems.")
        write["UpdateExpression"] = expressions.take(item, "update", "transactItems.")
    if operation == "ConditionCheck":
        documents.mapping(item, "condition", "transactItems.")
    if condition := expressions.take(item, "condition", "transactItems."):
        write["ConditionExpression"] = condition
        returned = documents.mapping(item, "condition").get("returnValuesOnConditionCheckFailure")
        # By default AppSync asks for the item that made the condition fail.
        write["ReturnValuesOnConditionCheckFailure"] = "NONE" if returned is False else "ALL_OLD"
    kinds = {
        "PutItem": "Put",
        "UpdateItem": "Update",
        "DeleteItem": "Delete",
        "ConditionCheck": "ConditionCheck",
    }
    if operation not in kinds:
        msg = f"Unsupported operation '{operation}' in transactItems: {', '.join(kinds)}."
        raise RequestInvalid(msg)
    return {kinds[operation]: expressions.put(write)}


def transact_write(request: Document) -> Document:
    """Return the API request of ``TransactWriteItems``."""
    return {"TransactItems": [_write(item) for item in documents.objects(request, "transactItems")]}


def transact_write_result(request: Document, _answer: Document) -> JSON:
    """Return ``{keys, cancellationReasons}``: the keys in the order of the request."""
    keys = [plain_item(_key(item)) for item in documents.objects(request, "transactItems")]
    return {"keys": list[JSON](keys), "cancellationReasons": None}


def cancelled_result(request: Document, answer: Document) -> JSON:
    """Return ``ctx.result`` of a cancelled transaction: a reason per item, ``None`` if not at fault.

    ``{keys | items: null, cancellationReasons: [{item, type, message}]}``, as the resolver reference has it.
    """
    reasons: list[JSON] = []
    for reason in documents.objects(answer, "CancellationReasons"):
        item = reason.get("Item")
        code = reason.get("Code") or "None"
        reasons.append(
            {
                "item": plain_item(item) if isinstance(item, dict) and item else None,
                "type": code,
                "message": reason.get("Message") or ("None" if code == "None" else code),
            }
        )
    name = "items" if request.get("operation") == "TransactGetItems" else "keys"
    return {name: None, "cancellationReasons": reasons}
