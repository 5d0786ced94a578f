"""When failed deliveries are tried again."""

from __future__ import annotations

from itertools import islice, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.deliveries.schedule import BACKOFFS, HTTP, MANAGED, Backoff, Schedule

counts = st.integers(0, 30)
functions = st.sampled_from(sorted(BACKOFFS))


@st.composite
def schedules(draw: st.DrawFn) -> Schedule:
    low, high = sorted(draw(st.lists(st.integers(1, 3600), min_size=2, max_size=2)))
    function = draw(functions)
    return Schedule(draw(counts), draw(counts), draw(counts), draw(counts), low, high, function)


@given(schedules())
def test_the_four_phases_follow_each_other(schedule: Schedule) -> None:
    delays = list(schedule.delays())
    assert len(delays) == schedule.retries
    immediate = delays[: schedule.immediate]
    before = delays[schedule.immediate :][: schedule.before]
    backoff = delays[schedule.immediate + schedule.before :][: schedule.backoff]
    after = delays[schedule.retries - schedule.after :] if schedule.after else []
    assert set(immediate) <= {0.0}
    assert set(before) <= {schedule.minimum}
    assert set(after) <= {schedule.maximum}
    tolerance = 1e-9 * schedule.maximum
    assert all(schedule.minimum - tolerance <= delay <= schedule.maximum + tolerance for delay in backoff)


@given(schedules())
def test_delays_never_get_shorter(schedule: Schedule) -> None:
    assert all(first <= second + 1e-6 for first, second in pairwise(schedule.delays()))


@given(st.integers(2, 40), st.integers(1, 100), st.integers(100, 3600))
def test_backoff_grows_from_the_minimum_to_the_maximum(retries: int, low: int, high: int) -> None:
    for function in ("linear", "arithmetic", "geometric"):
        delays = list(Schedule(0, 0, retries, 0, low, high, function).delays())
        assert delays[0] == pytest.approx(low)
        assert delays[-1] == pytest.approx(high)


def test_backoff_functions_have_different_shapes() -> None:
    def delays(function: Backoff) -> list[float]:
        return [round(delay, 2) for delay in Schedule(0, 0, 5, 0, 1, 16, function).delays()]

    assert delays("linear") == [1, 4.75, 8.5, 12.25, 16]
    assert delays("arithmetic") == [1, 2.5, 5.5, 10, 16]
    assert delays("geometric") == [1, 2, 4, 8, 16]
    assert delays("exponential") == [1, 2, 4, 8, 16]
    assert list(Schedule(0, 0, 4, 0, 5, 20, "exponential").delays()) == [5, 10, 20, 20]


def test_http_is_retried_three_times_twenty_seconds_apart() -> None:
    assert list(HTTP.delays()) == [20, 20, 20]


def test_queues_and_functions_are_retried_for_weeks() -> None:
    assert MANAGED.retries == 100_015
    assert list(islice(MANAGED.delays(), 16)) == [0, 0, 0, 1, 1, 1, 2, 4, 8, 16, 20, 20, 20, 20, 20, 20]
    assert sum(MANAGED.delays()) > 23 * 24 * 3600
