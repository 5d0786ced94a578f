"""A delivery stream: what it is, and what is on its way through it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from localcloud.streams.firehose.buffers import Clock
from localcloud.streams.firehose.destination import Destination, parse_destination
from localcloud.streams.firehose.interfaces import StreamServices
from localcloud.streams.firehose.keeping import Keeping
from localcloud.streams.firehose.limits import MOST_WAITING, Throttle
from localcloud.streams.firehose.measures import Meters
from localcloud.streams.firehose.pipeline import Name, Pipeline
from localcloud.streams.firehose.records import Record, RecordReceipt
from localcloud.streams.firehose.source import SourceReading, data_of, metadata_of
from localcloud.watchtower.facade import Metrics

DIRECT_PUT = "DirectPut"
FROM_KINESIS = "KinesisStreamAsSource"


@dataclass
class Description:
    """What DescribeDeliveryStream returns, and what is kept of a stream.

    Attributes
    ----------
    destination
        ``ExtendedS3DestinationConfiguration`` as it is in force.
    extended
        Whether it was created with that, or with ``S3DestinationConfiguration``.
    source
        ``KinesisStreamSourceConfiguration``; empty for DirectPut.
    """

    name: str
    arn: str
    type: str
    created: float
    updated: float
    destination: dict[str, Any]
    extended: bool = True
    source: dict[str, Any] = field(default_factory=dict)
    version: int = 1
    tags: dict[str, str] = field(default_factory=dict)
    encryption: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Around:
    """What a stream lives in.

    Attributes
    ----------
    keeping
        None where nothing is kept over a stop.
    factor
        Returns how many times AWS's limits a stream takes; None is without limits.
    """

    services: StreamServices
    metrics: Metrics
    clock: Clock
    keeping: Keeping | None = None
    factor: Callable[[], float | None] = lambda: 1.0


class DeliveryStream:
    """A delivery stream at work.

    Parameters
    ----------
    key
        What it is called in the journal.

    Attributes
    ----------
    waiting
        Records, and their bytes, that have not arrived yet.
    """

    def __init__(self, key: str, region: str, description: Description, around: Around) -> None:
        self.key, self.description = key, description
        self._region, self._around = region, around
        self.measures = Meters(around.metrics, description.name)
        self._throttle = Throttle(region, around.clock.now)
        self.waiting: list[int] = [0, 0]
        self._reading: SourceReading | None = None
        self._old: list[Pipeline] = []
        self._pipeline = self._pipeline_for(parse_destination(description.destination))

    def takes(self, records: int, size: int) -> bool:
        """Say whether a request of some records passes now."""
        self._throttle.factor = self._around.factor()
        return not self.is_full and self._throttle.takes(records, size)

    @property
    def is_full(self) -> bool:
        """Whether so much waits that nothing more is taken."""
        return self.waiting[1] >= MOST_WAITING

    def put(self, records: list[Record], position: tuple[str, str] | None = None) -> None:
        """Take records; they are kept when it returns.

        Parameters
        ----------
        position
            A shard of the source, and the sequence number up to which it has been read.
        """
        keeping = self._around.keeping
        numbers: list[str] = []
        if keeping is not None:
            numbers = keeping.write_records(self.key, records, position)
        for index, record in enumerate(records):
            self._follow(record, numbers[index] if numbers else "")
            self._pipeline.put(record)

    def restore(self) -> None:
        """Take what waited when the process before ended."""
        keeping = self._around.keeping
        for number, record in keeping.records(self.key) if keeping is not None else ():
            self._follow(record, number)
            self._pipeline.put(record)

    def change(self, destination: Mapping[str, Any], parsed: Destination) -> None:
        """Deliver what comes from now on by another configuration."""
        self.description.destination = dict(destination)
        self.description.version += 1
        self.description.updated = self._around.clock.now()
        self._old.append(self._pipeline)
        self._pipeline = self._pipeline_for(parsed)

    def read_source(self) -> None:
        """Read the Kinesis stream, if that is where records come from."""
        source = self.description.source
        if not source or self._reading is not None:
            return
        keeping = self._around.keeping
        self._reading = SourceReading(
            str(source["KinesisStreamARN"]),
            self._around.services,
            self._around.clock,
            self._take,
            started=self.description.created,
            positions=keeping.positions(self.key) if keeping is not None else {},
        )
        self._reading.start()

    async def flush(self) -> None:
        """Read what the source has, and deliver all that waits."""
        if self._reading is not None:
            await self._reading.read_once()
        for pipeline in (*self._old, self._pipeline):
            await pipeline.flush()

    def stop(self) -> None:
        """Do nothing more."""
        if self._reading is not None:
            self._reading.stop()
        for pipeline in (*self._old, self._pipeline):
            pipeline.stop()

    async def _take(self, shard: str, records: list[dict[str, Any]], position: str) -> None:
        while self.is_full:
            await self._around.clock.sleep(1.0)
        accepted = [
            Record(
                data_of(record),
                float(record["ApproximateArrivalTimestamp"]),
                sequence=str(record["SequenceNumber"]),
                metadata=metadata_of(shard, record),
            )
            for record in records
        ]
        if accepted:
            self.measures.counted("DataReadFromKinesisStream", accepted)
            behind = max(self._around.clock.now() - accepted[-1].arrived, 0.0)
            self.measures.put("KinesisMillisBehindLatest", behind * 1000, "Milliseconds")
        self.put(accepted, (shard, position))

    def _follow(self, record: Record, number: str) -> None:
        self.waiting[0] += 1
        self.waiting[1] += len(record.data)
        record.receipt = RecordReceipt(partial(self._settled, number, len(record.data)))

    def _settled(self, number: str, size: int) -> None:
        self.waiting[0] -= 1
        self.waiting[1] -= size
        if number and self._around.keeping is not None:
            self._around.keeping.forget_record(self.key, number)

    def _pipeline_for(self, destination: Destination) -> Pipeline:
        description = self.description
        name = Name(
            description.name,
            description.arn,
            self._region,
            description.version,
            str(description.source.get("KinesisStreamARN") or ""),
        )
        return Pipeline(name, destination, self._around.services, self.measures, self._around.clock)
