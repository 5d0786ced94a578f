"""The sink: what was put is what is drained, added up by the minute."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from localcloud.watchtower.facade import Drained, Metrics, MetricStore, value_of
from localcloud.watchtower.metrics.bucket import MetricBucket
from localcloud.watchtower.metrics.sink import MOST

ERRORS = ("AWS/Lambda", "Errors", {"FunctionName": "pay"})
VALUES = st.lists(st.floats(0, 1e6).map(lambda value: round(value, 2)), min_size=1, max_size=60)


class Clock:
    """Time, as a test sets it."""

    def __init__(self, now: float = 0.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


@given(VALUES)
def test_bucket_keeps_the_sums_and_the_extremes_of_what_was_put(values: list[float]) -> None:
    metrics = Metrics(Clock())
    for value in values:
        metrics.put(*ERRORS, value)
    (drained,) = metrics.drain()
    bucket = MetricBucket.of(drained.rows[0])
    assert bucket.count == len(values)
    assert abs(bucket.total - sum(values)) <= 1e-6 * max(1.0, sum(values))
    assert (bucket.low, bucket.high) == (min(values), max(values))
    assert value_of(bucket, "p0") == min(values)
    assert value_of(bucket, "p100") == max(values)


@given(VALUES, VALUES)
def test_buckets_merge_to_what_one_would_have_been(first: list[float], second: list[float]) -> None:
    single, other, whole = MetricBucket(0), MetricBucket(0), MetricBucket(0)
    for value in first:
        single.add(value)
        whole.add(value)
    for value in second:
        other.add(value)
        whole.add(value)
    single.merge(other)
    assert (single.count, single.low, single.high) == (whole.count, whole.low, whole.high)
    assert abs(single.total - whole.total) < 1e-3
    assert sum(count for _, count in single.samples()) == whole.count


def test_a_value_falls_into_its_own_minute() -> None:
    clock = Clock(119.0)
    metrics = Metrics(clock)
    metrics.put(*ERRORS, 1)
    clock.now = 120.0
    metrics.put(*ERRORS, 1)
    metrics.put(*ERRORS, 1, at=61.0)
    (drained,) = metrics.drain()
    store = MetricStore()
    store.take([drained])
    (series,) = store.all()
    assert {start: bucket.count for start, bucket in series.buckets.items()} == {60: 2.0, 120: 1.0}


def test_a_faster_sink_adds_up_by_the_second() -> None:
    clock = Clock(100.0)
    metrics = Metrics(clock)
    metrics.put(*ERRORS, 1)
    metrics.run_faster(1)
    metrics.put(*ERRORS, 1)
    clock.now = 101.5
    metrics.put(*ERRORS, 1)
    (drained,) = metrics.drain()
    assert [row[0] for row in drained.rows] == [60, 100, 101]


def test_unread_data_is_bounded_and_counted() -> None:
    metrics = Metrics(Clock())
    for second in range(MOST + 2):
        metrics.put(*ERRORS, 1, at=float(second * 60))
    assert metrics.dropped == MOST // 10
    (drained,) = metrics.drain()
    assert len(drained.rows) == MOST + 2 - metrics.dropped


def test_percentiles_of_a_statistic_set_are_unknown_unless_its_values_are_equal() -> None:
    metrics = Metrics(Clock())
    metrics.put_set(*ERRORS, (2.0, 4.0, 1.0, 3.0))
    (drained,) = metrics.drain()
    bucket = MetricBucket.of(drained.rows[0])
    assert (value_of(bucket, "p50"), value_of(bucket, "Average")) == (None, 2.0)
    metrics.put_set(*ERRORS, (2.0, 4.0, 2.0, 2.0))
    (drained,) = metrics.drain()
    assert value_of(MetricBucket.of(drained.rows[0]), "p50") == 2.0


def test_functions_metrics_without_a_dimension_are_those_of_all_functions() -> None:
    store = MetricStore()
    row = [0, 1.0, 1.0, 1.0, 1.0, None]
    store.take(
        Drained("AWS/Lambda", "Errors", (("FunctionName", name),), "Count", [list(row)]) for name in "ab"
    )
    windows = store.windows(store.find("AWS/Lambda", "Errors", ()), 0, 60, 60)
    assert windows[0].total == 2.0


def test_values_put_together_equal_values_put_alone() -> None:
    clock = Clock(59.0)
    together, alone = Metrics(clock), Metrics(clock)
    names = (("Errors", "Count"), ("Duration", "Milliseconds"))
    dimensions = (("FunctionName", "pay"),)
    for now, errors, took in ((59.0, 1.0, 3.0), (60.0, 0.0, 4.0), (61.0, 1.0, 5.0)):
        clock.now = now
        together.put_several("AWS/Lambda", dimensions, names, (errors, took))
        alone.put("AWS/Lambda", "Errors", dimensions, errors)
        alone.put("AWS/Lambda", "Duration", dimensions, took, "Milliseconds")
        if now == 60.0:
            together.put("AWS/Lambda", "Errors", dimensions, 1.0, at=0.0)
            alone.put("AWS/Lambda", "Errors", dimensions, 1.0, at=0.0)
    stores = MetricStore(), MetricStore()
    for store, metrics in zip(stores, (together, alone), strict=True):
        store.take(metrics.drain())
        store.take(metrics.drain())
    first, second = ({series.name: series.buckets for series in store.all()} for store in stores)
    assert first == second


def test_values_put_together_after_a_drain_belong_to_the_next() -> None:
    metrics = Metrics(Clock(61.0))
    names, dimensions = (("Errors", "Count"),), (("FunctionName", "pay"),)
    for _ in range(2):
        metrics.put_several("AWS/Lambda", dimensions, names, (1.0,))
        (drained,) = metrics.drain()
        assert drained.rows == [[60, 1.0, 1.0, 1.0, 1.0, None]]
