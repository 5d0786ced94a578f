"""The closed forms, against orders drawn at random and followed look by look."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compare.model.ages import Ages
from compare.model.asking import Polled
from compare.model.counts import Timing
from compare.model.families import Pause
from compare.model.forms import Waits, counted, lasts, look_ahead
from compare.model.walk import walk

BACKOFF = Pause(1.0, 20.0, jitter=0.5, doubles=True)


def drawn(changes: int, dwell: float, orders: int) -> list[tuple[float, ...]]:
    source = random.Random(7)
    lines = []
    for _ in range(orders):
        times = [0.0]
        for _ in range(changes - 1):
            times.append(times[-1] + source.expovariate(1 / dwell))
        lines.append(tuple(times))
    return lines


@pytest.mark.parametrize(("changes", "dwell"), [(6, 6.0), (3, 0.7)])
@pytest.mark.parametrize("pause", [Pause(1.0, 1.0), BACKOFF])
def test_poller_takes_as_long_as_its_markov_chain_says(changes: int, dwell: float, pause: Pause) -> None:
    family = Polled(lambda *_: pause)
    form, _ = family.counts(changes, dwell, Timing())
    met = walk(family, drawn(changes, dwell, 250), Timing())
    assert met.requests == pytest.approx(form.requests, rel=0.06)
    assert met.late == pytest.approx(form.late, rel=0.06)
    assert met.missed == pytest.approx(form.missed, abs=0.1)


def test_fixed_polling_asks_half_an_interval_more_often_than_its_life_has_intervals() -> None:
    # 1 at once, 30 intervals, and half of one to come upon the end.
    looks = look_ahead(6, 6.0, lambda _: Waits(((1.0, 1.0),)))
    assert 1 + looks.looks == pytest.approx(31.5, abs=0.01)
    assert looks.late / 5 == pytest.approx(0.5, abs=0.01)
    assert looks.late_quantile(0.95) == pytest.approx(0.95, abs=0.01)


@given(st.integers(2, 12), st.floats(0.05, 500.0), st.floats(0.05, 60.0))
def test_each_change_is_counted_once(changes: int, dwell: float, wait: float) -> None:
    looks = look_ahead(changes, dwell, lambda _: Waits(((wait, 1.5 * wait),)))
    assert looks.fruitful + looks.missed == pytest.approx(changes - 1, rel=1e-6)
    assert sum(share for share, _ in looks.gaps) == pytest.approx(changes - 1, rel=1e-6)
    assert looks.fruitful <= looks.looks * (1 + 1e-9)


@given(st.integers(1, 30), st.floats(0.1, 100.0), st.floats(0.0, 1000.0))
def test_additional_stage_lasts_longer(stages: int, dwell: float, seconds: float) -> None:
    assert 0.0 <= lasts(stages, dwell, seconds) <= lasts(stages + 1, dwell, seconds) <= 1.0


def test_moments_before_the_end_are_counted_though_they_go_on_for_ever() -> None:
    # A memoryless order of 10 s on average: every second one moment, the first at once.
    every_second = (float(n) for n in range(10**9))
    assert counted(every_second, 1, 10.0) == pytest.approx(10.508, abs=0.001)


def test_answer_at_the_end_finds_changes_as_old_as_the_stages_after_them() -> None:
    # Without any earlier answer the second of three changes waits one dwell time, exponentially distributed.
    ages = Ages(2, 1.0, 1e6)
    assert ages.mean() == pytest.approx(0.5, rel=0.02)
    assert ages.older(1.0) == pytest.approx(0.5 * 0.3679, rel=0.02)
