"""Where services put what they measure: microseconds a value, added up until it is read."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from localcloud.watchtower.metrics.bucket import MetricBucket, Row

# Pairs in the order of their names.
Dimensions = tuple[tuple[str, str], ...]
# Namespace, name, dimensions, unit.
Key = tuple[str, str, Dimensions, str]
# Names with their units.
Names = tuple[tuple[str, str], ...]
MINUTE = 60
# Unread intervals are kept up to this many: some hours of a busy local cloud.
MOST = 20_000


@dataclass
class Drained:
    """A metric on its way to the store."""

    namespace: str
    name: str
    dimensions: Dimensions
    unit: str
    rows: list[Row] = field(default_factory=list)


def dimensions_of(dimensions: Mapping[str, str] | Dimensions) -> Dimensions:
    """Return dimensions in the one order that names a metric.

    Examples
    --------
    >>> dimensions_of({"B": "2", "A": "1"})
    (('A', '1'), ('B', '2'))
    """
    return dimensions if isinstance(dimensions, tuple) else tuple(sorted(dimensions.items()))


class Metrics:
    """Takes measurements.

    Parameters
    ----------
    clock
        Seconds since 1970.

    Attributes
    ----------
    resolution : int
        Seconds over which values are added up. CloudWatch's is a minute; alarms that run faster than
        time need less.
    gauges : dict
        Called before values are handed over, by the name of what they measure: how much of something there
        is at the moment.
    dropped : int
        How many intervals were dropped unread.

    Examples
    --------
    >>> metrics = Metrics(clock=lambda: 75.0)
    >>> metrics.put("AWS/Lambda", "Errors", {"FunctionName": "pay"}, 1)
    >>> [(drained.name, drained.rows) for drained in metrics.drain()]
    [('Errors', [[60, 1.0, 1.0, 1.0, 1.0, None]])]
    >>> list(metrics.drain())
    []
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self.resolution = MINUTE
        self.dropped = 0
        self.gauges: dict[str, Callable[[Metrics], None]] = {}
        self._clock = clock
        self._start, self._until = 0, 0.0
        # Rules, alarms and executions measure on threads of their own.
        self._lock = threading.Lock()
        self._open: dict[Key, MetricBucket] = {}
        # The buckets that are open, of those that are put together.
        self._several: dict[tuple[str, Dimensions, Names], list[MetricBucket]] = {}
        self._closed: list[tuple[Key, MetricBucket]] = []

    def put(  # noqa: PLR0917 - as the contract has it
        self,
        namespace: str,
        name: str,
        dimensions: Mapping[str, str] | Dimensions,
        value: float,
        unit: str = "Count",
        at: float | None = None,
        *,
        count: float = 1.0,
        resolution: int | None = None,
    ) -> None:
        """Measure a value.

        Parameters
        ----------
        dimensions
            A mapping, or pairs in the order of their names: those cost least.
        at
            Seconds since 1970; now, by default.
        count
            How often it was measured.
        resolution
            Seconds that the value may be added up over, where they are fewer than usual.
        """
        if at is None and resolution is None:
            now = self._clock()
            # Nearly every value falls into the interval that the one before it fell into.
            start = self._start if now < self._until and now >= self._start else self._begin(now)
        else:
            start = self._interval(at, resolution)
        key = (namespace, name, dimensions_of(dimensions), unit)
        with self._lock:
            bucket = self._open.get(key)
            if bucket is None or bucket.start != start:
                bucket = self._bucket(key, start)
            bucket.add(float(value), count)

    def put_several(
        self,
        namespace: str,
        dimensions: Dimensions,
        names: tuple[tuple[str, str], ...],
        values: Sequence[float],
    ) -> None:
        """Measure one value of each of several metrics of the same thing, for little more than one.

        Parameters
        ----------
        names
            Names with their units: a constant, since it is looked up.
        values
            In their order.
        """
        now = self._clock()
        start = self._start if self._start <= now < self._until else self._begin(now)
        key = (namespace, dimensions, names)
        with self._lock:
            buckets = self._several.get(key)
            if buckets is None or buckets[0].start != start:
                buckets = self._several[key] = [
                    self._bucket((namespace, name, dimensions, unit), start) for name, unit in names
                ]
            for bucket, value in zip(buckets, values, strict=True):
                bucket.add(value)

    def put_set(  # noqa: PLR0917 - as `put`
        self,
        namespace: str,
        name: str,
        dimensions: Mapping[str, str] | Dimensions,
        numbers: tuple[float, float, float, float],
        unit: str = "Count",
        at: float | None = None,
        *,
        resolution: int | None = None,
    ) -> None:
        """Take a statistic set: count, sum, minimum, maximum."""
        key = (namespace, name, dimensions_of(dimensions), unit)
        with self._lock:
            self._bucket(key, self._interval(at, resolution)).add_set(*numbers)

    def run_faster(self, resolution: int) -> None:
        """Add values up over fewer seconds from now on."""
        self.resolution, self._until = resolution, 0.0

    def _begin(self, now: float) -> int:
        self._start = int(now // self.resolution) * self.resolution
        self._until = self._start + self.resolution
        return self._start

    def _interval(self, at: float | None, resolution: int | None) -> int:
        step = self.resolution if resolution is None else min(resolution, self.resolution)
        return int((self._clock() if at is None else at) // step) * step

    def _bucket(self, key: Key, start: int) -> MetricBucket:
        bucket = self._open.get(key)
        if bucket is None or bucket.start != start:
            if bucket is not None:
                self._closed.append((key, bucket))
                if len(self._closed) > MOST:
                    del self._closed[: MOST // 10]
                    self.dropped += MOST // 10
            bucket = self._open[key] = MetricBucket(start)
        return bucket

    def drain(self) -> list[Drained]:
        """Return what was measured since the last time, metric by metric."""
        for gauge in list(self.gauges.values()):
            gauge(self)
        with self._lock:
            buckets = [*self._closed, *self._open.items()]
            self._closed, self._open, self._several = [], {}, {}
        drained: dict[Key, Drained] = {}
        for key, bucket in buckets:
            if key not in drained:
                drained[key] = Drained(*key)
            drained[key].rows.append(bucket.row())
        return list(drained.values())
