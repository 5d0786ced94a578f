"""The benchmark of the comparison: what it reads from a report."""

from __future__ import annotations

import pytest

from bench.benchmarks.comparing import LONGEST, figures
from clients import reading


def row(name: str, mode: str) -> dict[str, object]:
    return {"name": name, "mode": mode}


def test_channel_that_is_measured_alone_and_with_others_counts_once() -> None:
    rows = [row(name, mode) for mode in ("alone", "together") for name in ("appsync", "sse")]
    seconds, each, worries = figures(30.0, 8, {"channels": rows, "worries": []})
    assert (seconds.value, seconds.note) == (30.0, "2 channels: appsync, sse")
    assert each.value == 15.0
    assert worries.met


def test_time_is_held_against_that_of_the_base() -> None:
    seconds, *_ = figures(500.0, 100, {"channels": [row("appsync", "alone")], "worries": []})
    assert seconds.beside is LONGEST
    assert [LONGEST.target.met_by(ratio) for ratio in (1.49, 1.51)] == [True, False]


def test_target_is_missed_when_the_report_has_a_warning() -> None:
    *_, worries = figures(30.0, 8, {"channels": [row("sse", "alone")], "worries": ["sse: lost a change"]})
    assert worries.met is False
    assert worries.note == "sse: lost a change"


def test_report_without_channels_is_refused() -> None:
    with pytest.raises(reading.Unexpected, match="channels"):
        figures(30.0, 8, {"worries": []})
