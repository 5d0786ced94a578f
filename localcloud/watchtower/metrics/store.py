"""The metrics that there are, and their values over windows of time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from localcloud.watchtower.metrics.bucket import MetricBucket, merged
from localcloud.watchtower.metrics.sink import Dimensions, Drained

# Intervals that a metric keeps: twelve hours by the minute. AWS keeps them for 15 days.
MOST_BUCKETS = 720
# Metrics that AWS publishes for all of an account's resources as well, without a dimension.
ACROSS = {"AWS/Lambda": ("FunctionName",)}


@dataclass
class Series:
    """One metric.

    Attributes
    ----------
    buckets : dict
        By their start.
    """

    namespace: str
    name: str
    dimensions: Dimensions
    unit: str
    buckets: dict[int, MetricBucket] = field(default_factory=dict)

    def take(self, bucket: MetricBucket) -> None:
        """Add an interval; the oldest ones go when there are too many."""
        before = self.buckets.get(bucket.start)
        if before is not None:
            before.merge(bucket)
            return
        self.buckets[bucket.start] = bucket
        if len(self.buckets) > MOST_BUCKETS:
            for start in sorted(self.buckets)[: MOST_BUCKETS // 10]:
                del self.buckets[start]


class MetricStore:
    """Every metric of an account and Region."""

    def __init__(self) -> None:
        self._series: dict[tuple[str, str], dict[tuple[Dimensions, str], Series]] = {}

    def take(self, drained: Iterable[Drained]) -> None:
        """Add what sinks measured."""
        for metric in drained:
            by_dimensions = self._series.setdefault((metric.namespace, metric.name), {})
            key = (metric.dimensions, metric.unit)
            series = by_dimensions.get(key)
            if series is None:
                series = by_dimensions[key] = Series(
                    metric.namespace, metric.name, metric.dimensions, metric.unit
                )
            for row in metric.rows:
                series.take(MetricBucket.of(row))

    def all(self) -> Iterator[Series]:
        """Return every series."""
        for by_dimensions in self._series.values():
            yield from by_dimensions.values()

    def find(
        self, namespace: str, name: str, dimensions: Dimensions, unit: str | None = None
    ) -> list[Series]:
        """Return the series of a metric: one for each unit that it was measured in."""
        by_dimensions = self._series.get((namespace, name), {})
        matching = [series for series in by_dimensions.values() if series.dimensions == dimensions]
        if not matching and not dimensions and namespace in ACROSS:
            matching = [
                series
                for series in by_dimensions.values()
                if tuple(pair[0] for pair in series.dimensions) == ACROSS[namespace]
            ]
        return [series for series in matching if unit is None or series.unit == unit]

    def windows(
        self, matching: Iterable[Series], start: int, end: int, period: int
    ) -> dict[int, MetricBucket]:
        """Add up the buckets of series over windows of ``period`` seconds from ``start`` on."""
        parts: dict[int, list[MetricBucket]] = {}
        for series in matching:
            for moment, bucket in series.buckets.items():
                if start <= moment < end:
                    parts.setdefault(start + (moment - start) // period * period, []).append(bucket)
        whole = {moment: merged(buckets, moment) for moment, buckets in sorted(parts.items())}
        return {moment: bucket for moment, bucket in whole.items() if bucket is not None}

    def clear(self) -> None:
        """Forget everything."""
        self._series.clear()
