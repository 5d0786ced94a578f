from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.statistics import summarize
from demo.percentiles import percentile


def test_summary_has_the_percentiles_of_its_numbers() -> None:
    summary = summarize(float(number) for number in range(100, 0, -1))
    assert (summary.count, summary.least, summary.greatest) == (100, 1.0, 100.0)
    assert (summary.lower_quartile, summary.median, summary.upper_quartile) == (25.0, 50.0, 75.0)
    assert (summary.p95, summary.p99) == (95.0, 99.0)
    assert summary.spread == 50.0


def test_single_measurement_is_its_own_summary() -> None:
    summary = summarize([7.0])
    assert (summary.least, summary.median, summary.p99, summary.greatest, summary.spread) == (7, 7, 7, 7, 0)


def test_summary_of_nothing_is_no_zero() -> None:
    with pytest.raises(ValueError, match="nothing was measured"):
        summarize([])


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1), st.integers(0, 100))
def test_percentile_is_one_of_the_measured_values(values: list[float], percent: int) -> None:
    result = percentile(sorted(values), percent)
    assert result in values
    # The definition of nearest rank: at least so many percent are no greater.
    assert sum(value <= result for value in values) * 100 >= percent * len(values)


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1))
def test_summary_values_are_in_ascending_order(values: list[float]) -> None:
    it = summarize(values)
    order = [it.least, it.lower_quartile, it.median, it.upper_quartile, it.p95, it.p99, it.greatest]
    assert order == sorted(order)
