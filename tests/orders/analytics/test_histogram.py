"""Percentiles of merged histograms against those of all durations."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.analytics.histogram import ERROR, bucket_of, duration_of, percentile
from tests.orders.analytics.lives import nearest_rank

DURATIONS = st.integers(1, 40 * 86_400_000)


@given(DURATIONS)
def test_bucket_represents_a_duration_within_the_error(ms: int) -> None:
    assert abs(duration_of(bucket_of(ms)) - ms) <= ms * ERROR * 1.0001


@given(st.lists(st.lists(DURATIONS), min_size=1), st.sampled_from([0.01, 0.5, 0.95, 1]))
def test_merged_percentile_is_within_the_error(parts: list[list[int]], share: float) -> None:
    durations = [ms for part in parts for ms in part]
    counts: Counter[int] = Counter()
    for part in parts:
        counts.update(bucket_of(ms) for ms in part)
    result = percentile(counts, share)
    if not durations:
        assert result is None
        return
    exact = nearest_rank(durations, share)
    assert result is not None
    assert abs(result - exact) <= exact * ERROR * 1.0001


def test_zero_duration_counts_as_a_millisecond() -> None:
    assert bucket_of(0) == bucket_of(-5) == bucket_of(1) == 0


def test_share_above_one_is_an_error() -> None:
    with pytest.raises(ValueError, match="share"):
        percentile({0: 1}, 3)
