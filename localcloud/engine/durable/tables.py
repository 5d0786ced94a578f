"""DynamoDB's tables in the journal: their definitions, and what a start makes of items and records."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable
from typing import Any

from localcloud.engine.durable.plain import restored
from localcloud.engine.ministack.dynamodb import dynamodb
from localcloud.engine.ministack.facade import read_all
from localcloud.engine.ministack.responses import responses
from localcloud.engine.patching import Record
from localcloud.engine.quick.partitions import Partitions
from localcloud.journal import Journal

ITEMS, STREAM, TRIMMED, TOKENS = "dynamodb/items/", "dynamodb/stream/", "dynamodb/trimmed", "dynamodb/tokens"
# Kept beside the table's other fields: the items are, one by one; the counts follow from them.
APART = {"items", "_index_members", "ItemCount", "TableSizeBytes"}
STORES = (
    *("tags", "ttl_settings", "pitr_settings", "kinesis_destinations", "contributor_insights"),
    *("backups", "resource_policies", "exports", "imports"),
)


def space_of(table: Record) -> str:
    """Return the space of a table's items; a table that is created again has another."""
    return f"{ITEMS}{table['TableArn']}/{table['TableId']}"


def key_of(partition: str, sort: str) -> str:
    """Return an item's key.

    Examples
    --------
    >>> key_of("a b", "c"), parts_of("3:a bc")
    ('3:a bc', ('a b', 'c'))
    """
    return f"{len(partition)}:{partition}{sort}"


def parts_of(key: str) -> tuple[str, str]:
    """Return the partition and the sort key's value."""
    length, _, both = key.partition(":")
    return both[: int(length)], both[int(length) :]


class Tables:
    """DynamoDB's tables, and what of them has been written.

    Attributes
    ----------
    written
        For each space, the dictionary whose items it holds: another one in its place is written whole.
    latest
        For each stream's space, the record that was written last.
    spaces
        Those that are in use: one that belongs to no table any more is cleared.
    tokens
        The tokens of transactions with the time of each, the oldest first.
    """

    def __init__(self, journal: Journal) -> None:
        # The store itself is of a class of ours.
        self._plain_class: type[Any] = responses.AccountRegionScopedDict
        self.journal = journal
        self.dynamodb = dynamodb
        self._tables = dynamodb.tables
        self.records = dynamodb.stream_records
        self.trimmed = dynamodb.stream_trimmed
        self._closed = dynamodb.closed_streams
        self.written: dict[str, Any] = {}
        self.latest: dict[str, Record] = {}
        self.spaces: set[str] = set()
        self.tokens: deque[tuple[float, str]] = deque()

    # -- control plane ------------------------------------------------------------------------

    def state(self) -> Record:
        """Return what is no item: tables' definitions and what belongs to them."""
        tables = self._plain_class()
        for place, table in self._tables.all_items():
            tables._data[place] = {name: value for name, value in table.items() if name not in APART}
        self._settle_spaces()
        stores = read_all(self.dynamodb, STORES)
        return {"tables": tables, "closed_streams": self._closed, **stores}

    def _settle_spaces(self) -> None:
        """Write items that were put in place as a whole, and clear what belongs to no table any more."""
        live = set(self._stream_spaces())
        for _place, table in self._tables.all_items():
            space = space_of(table)
            live.add(space)
            if self.written.get(space) is not table["items"]:
                self.write_all(table)
        for space in self.spaces - live:
            self.journal.clear(space)
            self.written.pop(space, None)
            self.latest.pop(space, None)
            if space.startswith(STREAM):
                self.journal.delete(TRIMMED, space.removeprefix(STREAM))
        self.spaces &= live

    def _stream_spaces(self) -> Iterable[str]:
        return [
            f"{STREAM}{table['LatestStreamArn']}"
            for _place, table in self._tables.all_items()
            if table.get("LatestStreamArn") and (table.get("StreamSpecification") or {}).get("StreamEnabled")
        ]

    def write_all(self, table: Record) -> None:
        """Rewrite a table's items."""
        space = space_of(table)
        self.written[space] = table["items"]
        if not table["items"] and space not in self.spaces:
            return
        self.spaces.add(space)
        self.journal.clear(space)
        for partition, items in list(table["items"].items()):
            for sort, item in list(items.items()):
                self.journal.put(space, key_of(partition, sort), item)

    def load(self, state: Record) -> None:
        """Restore the tables, their items and streams."""
        for table in state["tables"]._data.values():
            items = Partitions()
            space = space_of(table)
            for key, item in self.journal.take(space).items():
                partition, sort = parts_of(key)
                items[partition][sort] = item
            table["items"] = items
            self.spaces.add(space)
            self.written[space] = items
        closed = state.pop("closed_streams")
        self.dynamodb.load_persisted_state(state)
        self._closed._data.update(closed._data)
        trimmed = self.journal.take(TRIMMED)
        for place, table in self._tables.all_items():
            self.dynamodb.items_replaced(table)
            self._load_stream(place, table, trimmed)
        self._load_tokens()

    def _load_stream(self, place: tuple[str, str, str], table: Record, trimmed: Record) -> None:
        arn = table.get("LatestStreamArn")
        records = list(self.journal.take(f"{STREAM}{arn}").values()) if arn else []
        if not records and arn not in trimmed:
            return
        self.spaces.add(f"{STREAM}{arn}")
        self.records.set_scoped(*place, records)
        if arn in trimmed:
            self.trimmed.set_scoped(*place, trimmed[arn])
        if records:
            self.latest[f"{STREAM}{arn}"] = records[-1]
            # A sequence number is a time and a count: none may come twice.
            count = int(records[-1]["dynamodb"]["SequenceNumber"][-10:])
            counter = self.dynamodb.stream_seq_counter
            self.dynamodb.stream_seq_counter = max(counter, count)

    def _load_tokens(self) -> None:
        tokens = self.dynamodb.txn_idempotency
        for key, value in self.journal.take(TOKENS).items():
            entry = restored(value)
            self.tokens.append((entry["completed_at"], key))
            tokens._data[tuple(json.loads(key))] = entry
