"""The buffers of a destination: one, or with dynamic partitioning one for each partition."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from localcloud.streams.firehose.buffers import Buffer, Clock
from localcloud.streams.firehose.destination import Destination
from localcloud.streams.firehose.failures import PARTITIONS, PROCESSING
from localcloud.streams.firehose.measures import Meters
from localcloud.streams.firehose.prefixes import LAMBDA, QUERY
from localcloud.streams.firehose.records import Failure, Record
from localcloud.streams.firehose.splitting import keys_of, split

MOST_PARTITIONS: Final = 500
# Partition keys from the query, and from the function.
Keys = tuple[Mapping[str, str], Mapping[str, str]]


class Partitions:
    """Sorts records into buffers.

    Parameters
    ----------
    full
        Takes what a partition has gathered.
    """

    def __init__(
        self,
        destination: Destination,
        clock: Clock,
        measures: Meters,
        full: Callable[[Keys, list[Record]], None],
    ) -> None:
        self._destination, self._clock, self._measures, self._full = destination, clock, measures, full
        self._buffers: dict[tuple[tuple[str, ...], tuple[str, ...]], Buffer] = {}

    def buffers(self) -> list[Buffer]:
        """Return the buffers of active partitions."""
        return list(self._buffers.values())

    def sort(self, records: Sequence[Record]) -> list[Failure]:
        """Put records into the buffers of their partitions, and return those that belong to none."""
        by = self._destination.processing.deaggregate
        failures: list[Failure] = []
        for record in records:
            parts = split(record, by) if by else [record]
            if isinstance(parts, Failure):
                failures.append(parts)
                continue
            outcomes = [self._buffer(part) for part in parts]
            failures += [outcome for outcome in outcomes if outcome is not None]
        return failures

    def _buffer(self, record: Record) -> Failure | None:
        keys = self._keys(record)
        if isinstance(keys, Failure):
            return keys
        buffer = self._active(keys)
        if buffer is None:
            message = f"The stream has {MOST_PARTITIONS} active partitions already"
            return Failure(record, PARTITIONS, "DynamicPartitioning.ActivePartitionsLimitExceeded", message)
        delimiter = self._destination.processing.delimiter
        buffer.add(record.became(record.data + delimiter) if delimiter else record)
        return None

    def _keys(self, record: Record) -> Keys | Failure:
        if not self._destination.partitioned:
            return {}, {}
        prefix = self._destination.place.prefix
        extracted = keys_of(record, self._destination.processing)
        if isinstance(extracted, Failure):
            return extracted
        missing = sorted(prefix.names(LAMBDA) - record.keys.keys())
        if missing:
            message = f"The function returned no partition key {', '.join(missing)}"
            return Failure(record, PROCESSING, "DynamicPartitioning.MissingPartitionKey", message)
        return (
            {name: extracted[name] for name in sorted(prefix.names(QUERY))},
            {name: record.keys[name] for name in sorted(prefix.names(LAMBDA))},
        )

    def _active(self, keys: Keys) -> Buffer | None:
        identity = (tuple(keys[0].values()), tuple(keys[1].values()))
        buffer = self._buffers.get(identity)
        if buffer is not None:
            return buffer
        partitioned, place = self._destination.partitioned, self._destination.place
        if partitioned and len(self._buffers) >= MOST_PARTITIONS:
            self._measures.put("PartitionCountExceeded", 1)
            return None

        def full(records: list[Record]) -> None:
            if partitioned:
                # What is empty is active no more.
                self._buffers.pop(identity, None)
            self._full(keys, records)

        buffer = self._buffers[identity] = Buffer(place.size, place.seconds, self._clock, full)
        if partitioned:
            self._measures.put("PartitionCount", len(self._buffers))
        return buffer
