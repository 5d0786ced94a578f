"""A table as a data source: an operation of the request document, by its name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from localcloud.appsync.datasources import documents, elements
from localcloud.appsync.datasources.documents import Document
from localcloud.appsync.datasources.dynamodb import batches, items, transactions
from localcloud.appsync.datasources.dynamodb.conditions import ConditionFailure
from localcloud.appsync.datasources.dynamodb.syncing import sync
from localcloud.appsync.datasources.dynamodb.values import plain_item
from localcloud.appsync.datasources.dynamodb.versioned import WRITES, VersionedTable
from localcloud.appsync.datasources.engine import EngineHttp
from localcloud.appsync.datasources.failures import RequestInvalid
from localcloud.appsync.datasources.lambda_function import Invoker
from localcloud.appsync.datasources.services import DYNAMODB, ServiceError, call
from localcloud.appsync.definition import JSON, DynamoDBConfig

if TYPE_CHECKING:
    from localcloud.appsync.calls import FieldCall


@dataclass(frozen=True)
class _Operation:
    """An operation: DynamoDB's name of it, its request and its result, given (table, document, answer)."""

    api: str
    request: Callable[[str, Document], Document]
    result: Callable[[str, Document, Document], JSON]


OPERATIONS: Final = {
    "GetItem": _Operation("GetItem", items.get_item, lambda _t, _r, a: items.item_result(a, "Item")),
    # DynamoDB does not return what was put; AppSync does.
    "PutItem": _Operation("PutItem", items.put_item, lambda _t, r, _a: plain_item(items.written_item(r))),
    "UpdateItem": _Operation(
        "UpdateItem", items.update_item, lambda _t, _r, a: items.item_result(a, "Attributes")
    ),
    "DeleteItem": _Operation(
        "DeleteItem", items.delete_item, lambda _t, _r, a: items.item_result(a, "Attributes")
    ),
    "Query": _Operation("Query", items.page, items.page_result),
    "Scan": _Operation("Scan", items.page, items.page_result),
    "BatchGetItem": _Operation(
        "BatchGetItem", lambda _t, r: batches.batch_get(r), lambda _t, r, a: batches.batch_get_result(r, a)
    ),
    "BatchPutItem": _Operation(
        "BatchWriteItem",
        lambda _t, r: batches.batch_put(r),
        lambda _t, r, a: batches.batch_write_result(r, a),
    ),
    "BatchDeleteItem": _Operation(
        "BatchWriteItem",
        lambda _t, r: batches.batch_delete(r),
        lambda _t, r, a: batches.batch_write_result(r, a),
    ),
    "TransactGetItems": _Operation(
        "TransactGetItems",
        lambda _t, r: transactions.transact_get(r),
        lambda _t, r, a: transactions.transact_get_result(r, a),
    ),
    "TransactWriteItems": _Operation(
        "TransactWriteItems",
        lambda _t, r: transactions.transact_write(r),
        lambda _t, r, a: transactions.transact_write_result(r, a),
    ),
}


def _cancelled(error: ServiceError, request: Document) -> ServiceError:
    return error.with_result(transactions.cancelled_result(request, error.body))


class DynamoDBSource:
    """Runs request documents on a table (batches and transactions name their tables themselves)."""

    def __init__(self, config: DynamoDBConfig, http: EngineHttp, functions: Invoker) -> None:
        self._config = config
        self._http = http
        self._functions = functions
        self._versioned = VersionedTable(config, config.delta, http) if config.delta else None

    async def execute(self, request: JSON, field: FieldCall) -> JSON:
        """Run an operation.

        Raises
        ------
        ServiceError
            ``DynamoDB:ConditionalCheckFailedException`` with the current item as its result,
            ``DynamoDB:TransactionCanceledException`` with the reasons, any other with null.
        """
        document = documents.document(request)
        elements.check(document, elements.DYNAMODB.get(str(document.get("operation")), {"*": None}))
        try:
            if document.get("operation") == "Sync":
                return await self._sync(document, field)
            return await self._run(document)
        except ServiceError as error:
            if error.code == "TransactionCanceledException" and "CancellationReasons" in error.body:
                raise _cancelled(error, document) from None
            if error.code != "ConditionalCheckFailedException":
                raise
            failure = ConditionFailure(self._config, document, error, self._http, self._functions)
            return await failure.settle(field, self._run)

    async def _sync(self, request: Document, field: FieldCall) -> JSON:
        if self._versioned is None:
            where = f"{field.type_name}.{field.field_name}"
            msg = f"{where}: Sync is for versioned data sources; that of {self._config.table} is none."
            raise RequestInvalid(msg)
        return await sync(self._versioned, request)

    async def _run(self, request: Document) -> JSON:
        name = documents.text(request, "operation")
        operation = OPERATIONS.get(name)
        if operation is None:
            supported = ", ".join([*OPERATIONS, "Sync"])
            msg = f"Unsupported operation '{name}' for a DynamoDB data source; there are {supported}."
            raise RequestInvalid(msg)
        if self._versioned is not None and name in WRITES:
            return await self._versioned.write(request)
        table = self._config.table
        sent = operation.request(table, request)
        answer = await call(self._http, DYNAMODB, operation.api, sent, self._config.region)
        return operation.result(table, request, answer)
