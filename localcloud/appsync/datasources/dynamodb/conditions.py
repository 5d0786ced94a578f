"""What AppSync does when a condition of PutItem, UpdateItem or DeleteItem fails.

It reads the item; a put whose item is there already, and a delete of what is gone, count as done. Else the
strategy decides: ``Reject`` (the error, with the item in ``ctx.result``) or ``Custom`` (a function says
reject, discard or retry). Source: "Condition expressions" in the resolver reference.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from localcloud.appsync.datasources import documents
from localcloud.appsync.datasources.documents import Document
from localcloud.appsync.datasources.dynamodb.items import item_result, written_item
from localcloud.appsync.datasources.dynamodb.values import Item, plain_item, typed_map
from localcloud.appsync.datasources.engine import EngineHttp
from localcloud.appsync.datasources.lambda_function import Invoker, invoke
from localcloud.appsync.datasources.services import DYNAMODB, ServiceError, call
from localcloud.appsync.definition import JSON, DynamoDBConfig

if TYPE_CHECKING:
    from localcloud.appsync.calls import FieldCall

Retry = Callable[[Document], Awaitable[JSON]]


@dataclass(frozen=True)
class ConditionFailure:
    """A failed condition of ``request``, and who can help to deal with it."""

    config: DynamoDBConfig
    request: Document
    error: ServiceError
    http: EngineHttp
    functions: Invoker

    async def settle(self, field: FieldCall, retry: Retry) -> JSON:
        """Return a result after all, or raise the error with the current item as its result."""
        condition = documents.optional_mapping(self.request, "condition")
        current = await self._current(consistent=condition.get("consistentRead") is not False)
        if self._already_done(condition, current):
            return plain_item(current) if current else None
        handler = documents.optional_mapping(condition, "conditionalCheckFailedHandler", "condition.")
        if handler.get("strategy") == "Custom":
            return await self._ask_function(documents.text(handler, "lambdaArn"), current, field, retry)
        raise self._rejection(current)

    def _rejection(self, current: Item | None) -> ServiceError:
        result = plain_item(current) if current else None
        return self.error.with_result(result)

    async def _current(self, *, consistent: bool) -> Item | None:
        key = typed_map(documents.mapping(self.request, "key"))
        get: Document = {"TableName": self.config.table, "Key": key, "ConsistentRead": consistent}
        answer = await call(self.http, DYNAMODB, "GetItem", get, self.config.region)
        item = answer.get("Item")
        return item if isinstance(item, dict) and item else None

    def _already_done(self, condition: Document, current: Item | None) -> bool:
        operation = self.request.get("operation")
        if operation == "DeleteItem":
            return current is None
        if operation != "PutItem" or current is None:
            return False
        ignored = condition.get("equalsIgnore")
        names = set(map(str, ignored)) if isinstance(ignored, list) else set()
        here = {name: value for name, value in plain_item(current).items() if name not in names}
        there = {
            name: value for name, value in plain_item(written_item(self.request)).items() if name not in names
        }
        return here == there

    async def _ask_function(self, arn: str, current: Item | None, field: FieldCall, retry: Retry) -> JSON:
        event: Document = {
            "arguments": field.arguments,
            "requestMapping": self.request,
            "currentValue": current,
            "resolver": {
                "tableName": self.config.table,
                "awsRegion": self.config.region,
                "parentType": field.type_name,
                "field": field.field_name,
            },
            "identity": field.identity,
        }
        answer = await invoke(self.functions, arn, event)
        action = answer.get("action") if isinstance(answer, dict) else None
        if action == "discard":
            return plain_item(current) if current else None
        if action == "retry" and isinstance(answer, dict):
            mapping = documents.optional_mapping(answer, "retryMapping")
            # Same operation, same key; a second failure is rejected.
            again: Document = {"operation": self.request["operation"], "key": self.request["key"]}
            for part in ("attributeValues", "update", "condition"):
                if part in mapping:
                    again[part] = mapping[part]
            try:
                return await retry(again)
            except ServiceError as error:
                error.result = item_result({"Item": await self._current(consistent=True)}, "Item")
                raise
        raise self._rejection(current)
