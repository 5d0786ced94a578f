"""Versioned data sources: each write is numbered and recorded in a delta table, from which ``Sync`` reads.

As "Conflict detection and sync" in the developer guide has it: items carry ``_version``,
``_lastChangedAt`` and, when they are deleted, ``_deleted`` and ``_ttl``. Of the ways to settle a conflict
there is optimistic concurrency alone: a write that names another ``_version`` than the item has is refused.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from localcloud.appsync.datasources import documents
from localcloud.appsync.datasources.documents import Document
from localcloud.appsync.datasources.dynamodb.items import delete_item, put_item, update_item
from localcloud.appsync.datasources.dynamodb.values import Item, plain, plain_item, typed_map
from localcloud.appsync.datasources.engine import EngineHttp
from localcloud.appsync.datasources.failures import DataSourceFailure
from localcloud.appsync.datasources.services import DYNAMODB, call
from localcloud.appsync.definition import JSON, DeltaSyncConfig, DynamoDBConfig

WRITES: Final = frozenset({"PutItem", "UpdateItem", "DeleteItem"})
_SET: Final = re.compile(r"\bSET\b", re.IGNORECASE)


def partition(table: str, day: str) -> str:
    """Return the delta table's partition of one table's writes of one day, ``2026-11-21``."""
    return f"AppSync-delta-sync-{table}:{day}"


def moment(millis: int) -> tuple[str, str]:
    """Return the day and the time of an instant, as the delta table's keys have them.

    Examples
    --------
    >>> moment(1_700_000_000_123)
    ('2023-11-14', '22:13:20.123')
    """
    at = datetime.fromtimestamp(millis / 1000, UTC)
    return at.strftime("%Y-%m-%d"), f"{at:%H:%M:%S}.{millis % 1000:03d}"


@dataclass(frozen=True)
class VersionedTable:
    """A table whose writes are numbered, and the table that records them."""

    config: DynamoDBConfig
    delta: DeltaSyncConfig
    http: EngineHttp

    async def _call(self, operation: str, request: Document) -> Document:
        return await call(self.http, DYNAMODB, operation, request, self.config.region)

    async def write(self, request: Document) -> JSON:
        """Put, update or delete an item, record the write, and return the item as it is now.

        Raises
        ------
        DataSourceFailure
            ``ConflictUnhandled``, with the item as it is: the request names another version.
        """
        key = typed_map(documents.mapping(request, "key"))
        get: Document = {"TableName": self.config.table, "Key": key, "ConsistentRead": True}
        stored = (await self._call("GetItem", get)).get("Item")
        current: Item = stored if isinstance(stored, dict) else {}
        version = plain(current.get("_version")) if current else 0
        version = version if isinstance(version, int) else 0
        if current and request.get("_version") not in {None, version}:
            msg = "Conflict resolver rejects mutation."
            raise DataSourceFailure(msg, "ConflictUnhandled", plain_item(current))
        now = int(time.time() * 1000)
        marks: Item = {"_version": {"N": str(version + 1)}, "_lastChangedAt": {"N": str(now)}}
        operation = documents.text(request, "operation")
        if operation == "DeleteItem":
            if not current:
                return None
            expires = now // 1000 + self.delta.base_ttl_minutes * 60
            marks |= {"_deleted": {"BOOL": True}, "_ttl": {"N": str(expires)}}
        item = await self._write(operation, request, marks)
        await self._record(request, key, item, now)
        return plain_item(item)

    async def _write(self, operation: str, request: Document, marks: Item) -> Item:
        if operation == "PutItem":
            call = put_item(self.config.table, request)
            item = documents.mapping(call, "Item") | marks
            await self._call("PutItem", call | {"Item": item})
            return item
        call = update_item(self.config.table, request)
        if operation == "DeleteItem":
            call = delete_item(self.config.table, request) | {"ReturnValues": "ALL_NEW"}
        names: Item = {f"#{name}": name for name in marks}
        values = {f":{name}": value for name, value in marks.items()}
        sets = ", ".join(f"#{name} = :{name}" for name in marks)
        update = call.get("UpdateExpression")
        text = update if isinstance(update, str) else ""
        # An expression has one SET clause at most.
        call["UpdateExpression"] = (
            _SET.sub(f"SET {sets},", text, count=1) if _SET.search(text) else f"{text} SET {sets}"
        )
        declared = documents.optional_mapping(call, "ExpressionAttributeNames")
        call["ExpressionAttributeNames"] = declared | names
        call["ExpressionAttributeValues"] = (
            documents.optional_mapping(call, "ExpressionAttributeValues") | values
        )
        return documents.optional_mapping(await self._call("UpdateItem", call), "Attributes")

    async def _record(self, request: Document, key: Item, item: Item, now: int) -> None:
        day, clock = moment(now)
        names = ":".join(str(plain(value)) for value in key.values())
        sort = f"{clock}:{names}:{plain(item['_version'])}"
        keys = {"ds_pk": partition(self.config.table, day), "ds_sk": sort}
        if custom := documents.optional_text(request, "customPartitionKey"):
            indexed = {f"gsi_{name}": value for name, value in keys.items()}
            keys = {"ds_pk": custom, "ds_sk": f"{now}:{names}:{plain(item['_version'])}"}
            if request.get("populateIndexFields"):
                keys |= indexed
        expires: Item = {"_ttl": {"N": str(now // 1000 + self.delta.delta_ttl_minutes * 60)}}
        record: Item = {**item, **{name: {"S": value} for name, value in keys.items()}, **expires}
        await self._call("PutItem", {"TableName": self.delta.table, "Item": record})
