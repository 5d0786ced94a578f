"""What the mapping of a stream reads: its shards, and its records in the form of events."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from itertools import repeat
from typing import Final, NamedTuple

from localcloud.functions.mapping_definition import MappingDefinition
from localcloud.functions.mappings.filters import Filters
from localcloud.functions.mappings.records import KinesisRecords, Record, stream_record
from localcloud.functions.streams import IteratorKind, Page, Shard, Streams

Identity = Callable[[str], Awaitable[str]]
"""Returns the ARN of the role that a function, by its ARN, runs with."""


class Read(NamedTuple):
    """Records of a shard as events have them, where to read on, and whether there are more."""

    events: list[Record]
    next_iterator: str | None
    more: bool


class StreamSource(ABC):
    """The stream of a mapping.

    Parameters
    ----------
    streams
        The service that has it.

    Attributes
    ----------
    ticks
        How many times a second the service's clock moves: arrival times are rounded down to that.
    wants_all
        There is no filter.
    """

    ticks: int

    def __init__(self, mapping: MappingDefinition, streams: Streams) -> None:
        self._mapping = mapping
        self._streams = streams
        self._filters: Final = Filters(mapping.filters)
        self.wants_all = not mapping.filters

    async def shards(self) -> list[Shard]:
        """Return the stream's shards."""
        return await self._streams.shards(self._mapping.source_arn)

    async def iterator(self, shard: str, kind: IteratorKind, sequence: str | None = None) -> str:
        """Return where to begin to read a shard."""
        at = self._mapping.starting_timestamp if kind == "AT_TIMESTAMP" else None
        return await self._streams.iterator(self._mapping.source_arn, shard, kind, sequence, at)

    async def read(self, shard: str, iterator: str) -> Read:
        """Read on in a shard.

        Raises
        ------
        localcloud.calls.CallFailed
            The service refuses, or does not answer.
        FunctionsError
            There is no such function, which a record of Kinesis has to name the role of.
        """
        page = await self._streams.records(iterator)
        return Read(await self._events(shard, page), page.next_iterator, page.more)

    @abstractmethod
    async def _events(self, shard: str, page: Page) -> list[Record]:
        """Return the records of a page as events have them."""

    @abstractmethod
    def wants(self, event: Record) -> bool:
        """Return whether a record passes the mapping's filters."""


class TableSource(StreamSource):
    """A table's stream."""

    ticks = 1

    async def _events(self, shard: str, page: Page) -> list[Record]:
        arn, texts = self._mapping.source_arn, page.texts or repeat("")
        return [stream_record(record, arn, text) for record, text in zip(page.records, texts, strict=False)]

    def wants(self, event: Record) -> bool:
        """See `StreamSource.wants`."""
        return self._filters.pass_stream(event)


class KinesisSource(StreamSource):
    """A data stream, or a consumer of one."""

    ticks = 1000

    def __init__(self, mapping: MappingDefinition, streams: Streams, identity: Identity) -> None:
        super().__init__(mapping, streams)
        self._identity = identity

    async def _events(self, shard: str, page: Page) -> list[Record]:
        if not page.records:
            return []
        mapping = self._mapping
        role = await self._identity(mapping.function_arn)
        records = KinesisRecords(shard, mapping.source_arn, mapping.region, role)
        return [records.event_record(record) for record in page.records]

    def wants(self, event: Record) -> bool:
        """See `StreamSource.wants`."""
        return self._filters.pass_kinesis(event)
