from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.rhythm import AtOnce, Fixed, Growing, Look, Quiet
from tests.clients.conftest import PATIENT


def test_patience_with_silence_grows() -> None:
    quiet = Quiet(5.0, 60.0)
    assert [quiet.delay(Look(waits)) for waits in (0, 1, 2, 3, 4, 5, 10_000)] == [5, 10, 20, 40, 60, 60, 60]


def test_fixed_interval_stays_constant() -> None:
    assert {Fixed(1.5).delay(Look(waits, retry_after=9)) for waits in range(5)} == {1.5}


def test_polls_slow_down_while_nothing_happens() -> None:
    poll = Growing(1.0, 20.0, draw=lambda: 0.0)
    assert [poll.delay(Look(waits)) for waits in range(7)] == [1, 2, 4, 8, 16, 20, 20]


def test_first_poll_waits_as_long_as_the_server_requests() -> None:
    poll = Growing(1.0, 20.0, draw=lambda: 0.0)
    assert [poll.delay(Look(waits, retry_after=3.0)) for waits in range(4)] == [3, 6, 12, 20]
    assert poll.delay(Look(2, retry_after=60.0)) == 60  # not sooner, whatever the cap
    assert poll.delay(Look(0, retry_after=0.0)) == 1  # "at once" is no reason to hurry


@PATIENT
@given(
    waits=st.integers(0, 100),
    retry_after=st.none() | st.floats(0, 3600),
    draw=st.floats(0, 1, exclude_max=True),
)
def test_polls_are_jittered_and_never_early(waits: int, retry_after: float | None, draw: float) -> None:
    look = Look(waits, retry_after=retry_after)
    least = Growing(1.0, 20.0, draw=lambda: 0.0).delay(look)
    delay = Growing(1.0, 20.0, draw=lambda: draw).delay(look)
    assert least >= (retry_after or 1.0)
    assert least <= delay <= 1.5 * least


def test_clients_started_together_drift_apart() -> None:
    assert len({Growing(1.0, 20.0).delay(Look(0)) for _ in range(20)}) > 10


@pytest.mark.parametrize(
    ("look", "delay"),
    [
        (Look(waits=0, took=0.01), 0.0),  # news: the next may follow at once
        (Look(waits=4, took=24.9), 0.0),  # the server held it as long as it may
        (Look(waits=2, took=0.01), 4.0),  # it answered early, and nothing was new: such as no order yet
        (Look(waits=0, took=0.01, retry_after=2.0), 0.0),
        (Look(waits=1, took=0.01, retry_after=3.0), 6.0),
    ],
)
def test_long_requests_are_repeated_at_once(look: Look, delay: float) -> None:
    assert AtOnce(lambda: 25, Growing(1.0, 20.0, draw=lambda: 0.0)).delay(look) == delay
