"""What is computed from the attempts at messages, and that a report of them is read back."""

from __future__ import annotations

import json
from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from bench.messaging import figures
from bench.messaging.records import Attempt, Message


def attempts(*outcomes: tuple[str, int, float, bool]) -> list[Attempt]:
    return [Attempt(f"{place:03}", *outcome) for place, outcome in enumerate(outcomes)]


def test_inversions_counts_each_overtaken_message() -> None:
    for numbers in permutations(range(4)):
        overtaken = sum(any(later > n for later in numbers[:place]) for place, n in enumerate(numbers))
        rows = attempts(*(("a", number, float(place), True) for place, number in enumerate(numbers)))
        assert figures.inversions(rows) == overtaken


def test_inversions_ignores_other_keys_repetitions_and_failures() -> None:
    assert not figures.inversions(
        attempts(
            ("a", 0, 1.0, True),
            ("b", 5, 2.0, True),
            ("a", 2, 3.0, False),
            ("a", 1, 4.0, True),
            ("a", 0, 5.0, True),
            ("a", 2, 6.0, True),
        )
    )


@given(st.lists(st.tuples(st.integers(0, 3), st.booleans()), max_size=30))
def test_repeated_counts_additional_deliveries(outcomes: list[tuple[int, bool]]) -> None:
    rows = attempts(
        *(("a", number, float(place), success) for place, (number, success) in enumerate(outcomes))
    )
    successes = [number for number, success in outcomes if success]
    assert figures.repeated(rows) == len(successes) - len(set(successes))


def test_recovery_lasts_from_the_first_failure_to_the_first_success() -> None:
    rows = attempts(
        ("a", 0, 1.0, False),
        ("a", 0, 2.0, False),
        ("a", 0, 7.5, True),
        ("a", 0, 9.0, True),
        ("b", 0, 3.0, True),
    )
    assert figures.recoveries(rows) == [6.5]


def test_delay_ends_with_the_invocation_that_first_handled_the_message() -> None:
    rows = attempts(("a", 0, 1.0, False), ("a", 0, 3.0, True), ("a", 0, 4.0, True))
    assert figures.delays(rows, {("a", 0): 0.5}) == {("a", 0): 2500.0}


def test_message_round_trips_as_json() -> None:
    assert json.loads(Message("run", "k1", 7, "once").encode()) == {
        "run": "run",
        "key": "k1",
        "number": 7,
        "fails": "once",
    }
