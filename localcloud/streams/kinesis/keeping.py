"""What a journal holds of Kinesis, and what a start makes of it.

``kinesis/streams`` holds each stream with its shards and consumers, ``kinesis/records/STREAM/SHARD/SEGMENT``
the records of a segment, as they were added together, and ``kinesis/floors`` where a shard begins since
records were dropped.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from localcloud.streams.kinesis.consumers import Consumer
from localcloud.streams.kinesis.stream import DataStream, Settings

if TYPE_CHECKING:
    from localcloud.journal import Journal
    from localcloud.streams.kinesis.interfaces import Row
    from localcloud.streams.kinesis.service import KinesisService
    from localcloud.streams.kinesis.shard import Shard

STREAMS: Final = "kinesis/streams"
FLOORS: Final = "kinesis/floors"
RECORDS: Final = "kinesis/records/"
Json = dict[str, Any]


class JournalKeeping:
    """Writes what changes."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def stream(self, stream: DataStream) -> None:
        """See `Keeping.stream`."""
        shards = [
            [
                *(shard.number, str(shard.first_hash), str(shard.last_hash)),
                *(shard.created, shard.opened, shard.closed, list(shard.parents)),
            ]
            for shard in stream.shards.values()
        ]
        consumers = [
            {"name": each.name, "created": each.created, "tags": each.tags, "policy": each.policy}
            for each in stream.consumers.values()
        ]
        document = {
            "arn": stream.arn,
            "created": stream.created,
            "settings": asdict(stream.settings),
            "shards": shards,
            "next": stream.next_shard,
            "consumers": consumers,
            "scalings": stream.scalings,
        }
        self._journal.put(STREAMS, stream.key, document)

    def records(self, stream: DataStream, shard: Shard, segment: int, rows: list[Row]) -> None:
        """See `Keeping.records`."""
        written = [[arrival, key, base64.b64encode(data).decode()] for _, arrival, key, data in rows]
        self._journal.put(space_of(stream, shard, segment), str(rows[0][0]), written)

    def trimmed(self, stream: DataStream, shard: Shard, segments: list[int]) -> None:
        """See `Keeping.trimmed`."""
        with self._journal.batch():
            self._journal.put(FLOORS, _floor(stream, shard), shard.log.first)
            for segment in segments:
                self._journal.clear(space_of(stream, shard, segment))

    def forget_shards(self, stream: DataStream, shards: Sequence[Shard]) -> None:
        """See `Keeping.gone`."""
        with self._journal.batch():
            for shard in shards:
                self._journal.delete(FLOORS, _floor(stream, shard))
                for segment in shard.log.segments:
                    self._journal.clear(space_of(stream, shard, segment))

    def deleted(self, stream: DataStream) -> None:
        """See `Keeping.deleted`."""
        with self._journal.batch():
            self.forget_shards(stream, list(stream.shards.values()))
            self._journal.delete(STREAMS, stream.key)


def space_of(stream: DataStream, shard: Shard, segment: int) -> str:
    """Return the space of a segment's records."""
    return f"{RECORDS}{stream.key}/{shard.number}/{segment}"


def _floor(stream: DataStream, shard: Shard) -> str:
    return f"{stream.key}/{shard.number}"


def restore(service: KinesisService, journal: Journal) -> None:
    """Bring back what a journal holds."""
    floors = journal.take(FLOORS)
    segments: dict[str, list[int]] = {}
    for space in journal.spaces(RECORDS):
        owner, _, segment = space.removeprefix(RECORDS).rpartition("/")
        segments.setdefault(owner, []).append(int(segment))
    for document in journal.take(STREAMS).values():
        stream = _stream(service, document)
        for shard in stream.shards.values():
            owner = _floor(stream, shard)
            shard.log.first = shard.log.next = floors.get(owner, 1)
            for start in sorted(segments.pop(owner, [])):
                _segment(journal, stream, shard, start)
    # Of streams that are gone: the process ended between two steps.
    for owner, starts in segments.items():
        for start in starts:
            journal.take_texts(f"{RECORDS}{owner}/{start}")
            journal.clear(f"{RECORDS}{owner}/{start}")


def _stream(service: KinesisService, document: Json) -> DataStream:
    _, _, _, region, account, resource = document["arn"].split(":", 5)
    name = resource.partition("/")[2]
    place = service.region(account, region)
    stream = place.add(name, document["created"], Settings(**document["settings"]))
    for number, first, last, created, opened, closed, parents in document["shards"]:
        shard = stream.new_shard(
            number, (int(first), int(last)), created=created, opened=opened, parents=tuple(parents)
        )
        shard.closed = closed
    stream.next_shard, stream.scalings = document["next"], document["scalings"]
    for each in document["consumers"]:
        consumer = Consumer(stream.arn, each["name"], each["created"], each["tags"], each["policy"])
        stream.consumers[consumer.name] = consumer
    stream.settle()
    return stream


def _segment(journal: Journal, stream: DataStream, shard: Shard, segment: int) -> None:
    shard.log.begin_segment()
    for rows in journal.take(space_of(stream, shard, segment)).values():
        for arrival, key, data in rows:
            shard.log.append(key, base64.b64decode(data), arrival)
