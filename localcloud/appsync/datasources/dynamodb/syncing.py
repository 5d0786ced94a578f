"""``Sync``: a whole table, or what changed in it since the last time, in pages."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final

from localcloud.appsync.datasources import documents
from localcloud.appsync.datasources.documents import Document
from localcloud.appsync.datasources.dynamodb.expressions import Expressions
from localcloud.appsync.datasources.dynamodb.tokens import read_token, write_token
from localcloud.appsync.datasources.dynamodb.values import plain_item
from localcloud.appsync.datasources.dynamodb.versioned import VersionedTable, moment, partition
from localcloud.appsync.datasources.failures import RequestInvalid
from localcloud.appsync.datasources.services import DYNAMODB, call
from localcloud.appsync.definition import JSON

DEFAULT_LIMIT: Final = 100
MAX_LIMIT: Final = 1000
_DAY: Final = 86_400_000


@dataclass(frozen=True)
class _Page:
    """Where a page begins: in the base table, or in the delta table's day of ``at`` milliseconds."""

    started: int
    at: int | None
    key: JSON = None

    @classmethod
    def read(cls, scope: str, token: str) -> _Page:
        parts = read_token(scope, token)
        started, at, key = parts if isinstance(parts, list) and len(parts) == 3 else (0, None, None)
        return cls(int(str(started)), at if isinstance(at, int) else None, key)


async def sync(table: VersionedTable, request: Document) -> JSON:
    """Return ``{items, nextToken, scannedCount, startedAt}``.

    Without ``lastSync``, or with one that the delta table remembers no more, the items are those of the base
    table; else those of the delta table, each as it was after a write.
    """
    if request.get("basePartitionKey") is not None or request.get("deltaIndexName") is not None:
        msg = "Sync with basePartitionKey or deltaIndexName is not supported by the local cloud."
        raise RequestInvalid(msg)
    limit = request.get("limit")
    size = limit if isinstance(limit, int) else DEFAULT_LIMIT
    if not 0 < size <= MAX_LIMIT:
        msg = f"Unsupported value for field '$[limit]': 1 to {MAX_LIMIT} is expected."
        raise RequestInvalid(msg)
    scope = f"Sync/{table.config.table}"
    now = int(time.time() * 1000)
    token, last = documents.optional_text(request, "nextToken"), request.get("lastSync")
    if token:
        page = _Page.read(scope, token)
    else:
        usable = isinstance(last, int) and last >= now - table.delta.delta_ttl_minutes * 60_000
        page = _Page(now, last if usable and isinstance(last, int) else None)
    parameters = _call(table, request, page, size)
    answer = await call(
        table.http, DYNAMODB, "Scan" if page.at is None else "Query", parameters, table.config.region
    )
    listed = answer.get("Items")
    items = (
        [plain_item(item) for item in listed if isinstance(item, dict)] if isinstance(listed, list) else []
    )
    return {
        "items": [_view(item, page) for item in items],
        "nextToken": _next(scope, page, answer.get("LastEvaluatedKey")),
        "scannedCount": answer.get("ScannedCount"),
        "startedAt": page.started,
    }


def _call(table: VersionedTable, request: Document, page: _Page, size: int) -> Document:
    expressions = Expressions()
    call: Document = {"Limit": size, "TableName": table.config.table}
    if filtered := expressions.take(request, "filter"):
        call["FilterExpression"] = filtered
    if page.key is not None:
        call["ExclusiveStartKey"] = page.key
    if page.at is not None:
        day, clock = moment(page.at)
        expressions.names |= {"#ds_pk": "ds_pk", "#ds_sk": "ds_sk"}
        expressions.values |= {":ds_pk": {"S": partition(table.config.table, day)}, ":ds_sk": {"S": clock}}
        call |= {
            "TableName": table.delta.table,
            "KeyConditionExpression": "#ds_pk = :ds_pk AND #ds_sk >= :ds_sk",
        }
    return expressions.put(call)


def _view(item: dict[str, JSON], page: _Page) -> JSON:
    if page.at is None:
        return item
    hidden = {"ds_pk", "ds_sk", "gsi_ds_pk", "gsi_ds_sk", "_ttl"}
    return {name: value for name, value in item.items() if name not in hidden}


def _next(scope: str, page: _Page, last: JSON) -> str | None:
    if last:
        return write_token(scope, [page.started, page.at, last])
    if page.at is None:
        return None
    tomorrow = page.at - page.at % _DAY + _DAY
    return write_token(scope, [page.started, tomorrow, None]) if tomorrow <= page.started else None
