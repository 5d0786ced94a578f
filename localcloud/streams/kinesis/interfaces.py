"""What Kinesis needs of the process that it runs in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from localcloud.streams.kinesis.shard import Shard
from localcloud.streams.kinesis.stream import DataStream

Dimensions = tuple[tuple[str, str], ...]
Names = tuple[tuple[str, str], ...]


class MetricSink(Protocol):
    """Where metrics go."""

    def put_several(
        self, namespace: str, dimensions: Dimensions, names: Names, values: Sequence[float]
    ) -> None:
        """Measure a value of each of several metrics, whose names come with their units."""


class Keeping(Protocol):
    """What is written of streams, so that the next process finds it again."""

    def stream(self, stream: DataStream) -> None:
        """Write a stream's settings, shards and consumers."""

    def records(self, stream: DataStream, shard: Shard, segment: int, rows: list[Row]) -> None:
        """Write records that were added to a segment of a shard."""

    def trimmed(self, stream: DataStream, shard: Shard, segments: list[int]) -> None:
        """Forget segments, and where the shard begins now."""

    def forget_shards(self, stream: DataStream, shards: Sequence[Shard]) -> None:
        """Forget shards."""

    def deleted(self, stream: DataStream) -> None:
        """Forget a stream."""


Row = tuple[int, int, str, bytes]


class NoMeasures:
    """Measures nothing."""

    def put_several(
        self, namespace: str, dimensions: Dimensions, names: Names, values: Sequence[float]
    ) -> None:
        """See `MetricSink.put_several`."""


class NoKeeping:
    """Writes nothing."""

    def stream(self, stream: DataStream) -> None:
        """See `Keeping.stream`."""

    def records(self, stream: DataStream, shard: Shard, segment: int, rows: list[Row]) -> None:
        """See `Keeping.records`."""

    def trimmed(self, stream: DataStream, shard: Shard, segments: list[int]) -> None:
        """See `Keeping.trimmed`."""

    def forget_shards(self, stream: DataStream, shards: Sequence[Shard]) -> None:
        """See `Keeping.gone`."""

    def deleted(self, stream: DataStream) -> None:
        """See `Keeping.deleted`."""


@dataclass
class ProcessInterfaces:
    """The process around.

    Attributes
    ----------
    changed
        Is called with a stream's ARN and a shard's id when there is something to read in it.
    """

    changed: Callable[[str, str], None] = lambda _arn, _shard: None
    measures: MetricSink = field(default_factory=NoMeasures)
    keeping: Keeping = field(default_factory=NoKeeping)
