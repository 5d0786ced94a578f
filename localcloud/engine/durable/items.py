"""DynamoDB: each item, stream record and transaction's token is written where it is committed."""

from __future__ import annotations

import json
import time
from typing import Any

from localcloud.engine.durable.images import Texts
from localcloud.engine.durable.plain import plain
from localcloud.engine.durable.tables import STREAM, TOKENS, TRIMMED, Tables, key_of, space_of
from localcloud.engine.ministack.dynamodb import DynamoDB, dynamodb
from localcloud.engine.ministack.facade import Patch
from localcloud.engine.ministack.types import Operation
from localcloud.engine.patching import Function, Record

# What writes several items, or an item and its stream record: one frame each.
WRITES: tuple[Patch[Operation], ...] = (
    *(DynamoDB.put_item, DynamoDB.update_item, DynamoDB.delete_item, DynamoDB.batch_write_item),
    *(DynamoDB.transact_write_items, DynamoDB.execute_statement, DynamoDB.batch_execute_statement),
    DynamoDB.execute_transaction,
)


def write_items(tables: Tables) -> None:
    """Write from now on.

    Raises
    ------
    localcloud.engine.patching.MendError
        MiniStack commits in another way than it did.
    """
    texts = Texts()
    _wrap_items(tables, texts)
    _wrap_records(tables, texts)
    _wrap_trimming(tables)
    _watch_tokens(tables)
    journal = tables.journal
    for operation in WRITES:

        @operation.wrap
        def _(before: Function) -> Function:
            def write(data: Record) -> Any:
                journal.begin()
                try:
                    return before(data)
                finally:
                    journal.commit()

            return write


def _wrap_items(tables: Tables, texts: Texts) -> None:
    journal, written, spaces = tables.journal, tables.written, tables.spaces

    @DynamoDB.set_item.wrap
    def _(before: Function) -> Function:
        def put(table: Record, partition: str, sort: str, item: Record) -> Any:
            replaced = before(table, partition, sort, item)
            space = space_of(table)
            if space not in written:
                written[space] = table["items"]
                spaces.add(space)
            journal.put_text(space, key_of(partition, sort), texts.item(item))
            return replaced

        return put

    @DynamoDB.remove_item.wrap
    def _(before: Function) -> Function:
        def remove(table: Record, partition: str, sort: str) -> Any:
            removed = before(table, partition, sort)
            if removed is not None:
                journal.delete(space_of(table), key_of(partition, sort))
            return removed

        return remove

    @DynamoDB.items_replaced.wrap
    def _(before: Function) -> Function:
        def renew(table: Record) -> None:
            before(table)
            with journal.batch():
                tables.write_all(table)

        return renew


def _wrap_records(tables: Tables, texts: Texts) -> None:
    journal, latest, spaces = tables.journal, tables.latest, tables.spaces

    @DynamoDB.emit_stream_event.wrap
    def _(before: Function) -> Function:
        def emit(name: str, *rest: Any, **keywords: Any) -> None:
            before(name, *rest, **keywords)
            records = tables.records.get(name)
            if not records:
                return
            record = records[-1]
            space = f"{STREAM}{record['eventSourceARN']}"
            if latest.get(space) is not record:
                latest[space] = record
                spaces.add(space)
                journal.put_text(space, record["dynamodb"]["SequenceNumber"], texts.record(record))

        return emit


def _wrap_trimming(tables: Tables) -> None:
    journal = tables.journal

    @DynamoDB.trim_stream_records.wrap
    def _(before: Function) -> Function:
        def trim(name: str, *, account_id: Any = None, region: Any = None) -> None:
            place = (account_id, region, name)
            scoped = account_id is not None and region is not None
            records = tables.records.get_scoped(*place) if scoped else tables.records.get(name)
            if not records:
                return
            first = records[0]
            number = len(records)
            expired = list(records) if _expired(first) else None
            before(name, account_id=account_id, region=region)
            if expired is None or len(records) == number:
                return
            with journal.batch():
                arn = first["eventSourceARN"]
                for record in expired[: number - len(records)]:
                    journal.delete(f"{STREAM}{arn}", record["dynamodb"]["SequenceNumber"])
                count = tables.trimmed.get_scoped(*place) if scoped else tables.trimmed.get(name)
                journal.put(TRIMMED, arn, count)

        return trim


def _watch_tokens(tables: Tables) -> None:
    tokens = tables.dynamodb.txn_idempotency
    journal, expiry = tables.journal, tables.tokens
    lifetime = tables.dynamodb.txn_token_ttl
    plain_class = type(tokens)

    class Tokens(plain_class):  # type: ignore[misc, valid-type] # MiniStack's
        __slots__ = ()

        def __setitem__(self, token: str, entry: Record) -> None:
            super().__setitem__(token, entry)
            key = json.dumps([*self._scoped(token)])
            with journal.batch():
                journal.put(TOKENS, key, plain(entry))
                expiry.append((entry["completed_at"], key))
                while expiry[0][0] < time.time() - lifetime:
                    journal.delete(TOKENS, expiry.popleft()[1])

    # Code that already holds the object keeps it.
    tokens.__class__ = Tokens


def _expired(record: Record) -> bool:
    cutoff = time.time() - dynamodb.stream_retention_seconds
    return bool(dynamodb.record_age_cutoff(record, cutoff))
