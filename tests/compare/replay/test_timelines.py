"""Timelines of a real shop: what is read, and what is refused by its line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients import BadSettings, Status
from compare.replay.timelines import BadTimelines, read_timelines
from tests.localcloud.running import ROOT

HEAD = "order,status,time\n"


def lines(*rows: str) -> str:
    return HEAD + "\n".join(rows) + "\n"


def test_example_has_delivered_cancelled_and_failed_orders() -> None:
    timelines = read_timelines((ROOT / "examples" / "shop-timelines.csv").read_text(encoding="utf-8"))
    ends = [timeline.end for timeline in timelines]
    assert ends == [Status.DELIVERED, Status.DELIVERED, Status.FAILED, Status.CANCELLED, Status.DELIVERED]
    assert timelines[0].steps[1] == (Status.PACKED, 850.0)
    assert [timeline.offset for timeline in timelines] == [0.0, 72.0, 150.0, 240.0, 345.0]


def test_lines_and_columns_may_have_any_order_and_unknown_columns_are_ignored() -> None:
    text = (
        "\ufefftime,who,order,status\n"
        "2026-11-02T10:00:30+01:00,x,A,FAILED\n"
        "\n"
        "2026-11-02T09:00:00Z,x,A,RECEIVED\n"
    )
    (timelines,) = read_timelines(text)
    assert timelines.steps == ((Status.FAILED, 30.0),)


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("A,SHIPPING,2026-11-02T09:00:00Z", "'SHIPPING' is no status that can be replayed"),
        ("A,AWAITING_APPROVAL,2026-11-02T09:00:00Z", "no status that can be replayed"),
        ("A,RECEIVED,yesterday", "'yesterday' is no time of ISO 8601"),
        ("A,RECEIVED,2026-11-02T09:00:00", "has no time zone"),
        (",RECEIVED,2026-11-02T09:00:00Z", "has no order"),
        ("A,RECEIVED", "has 2 columns of 3"),
    ],
)
def test_invalid_line_is_named_by_its_number(row: str, why: str) -> None:
    valid = ("B,RECEIVED,2026-11-02T09:00:00Z", "B,FAILED,2026-11-02T09:00:01Z")
    with pytest.raises(BadTimelines, match=why) as caught:
        read_timelines(lines(*valid, row))
    assert [number for number, _ in caught.value.lines] == [4]
    assert isinstance(caught.value, BadSettings)


@pytest.mark.parametrize(
    ("statuses", "line", "why"),
    [
        (("CONFIRMED", "DELIVERED"), 2, "begins as CONFIRMED"),
        (("RECEIVED", "PACKED"), 3, "ends as PACKED, which is no end"),
        (("RECEIVED", "SHIPPED", "PACKED", "DELIVERED"), 4, "cannot become PACKED"),
        (("RECEIVED", "PACKED", "CANCELLED"), 3, "cannot become PACKED"),
        (("RECEIVED", "FAILED", "DELIVERED"), 3, "cannot become FAILED"),
    ],
)
def test_impossible_timeline_is_refused(statuses: tuple[str, ...], line: int, why: str) -> None:
    rows = [f"A,{status},2026-11-02T09:00:{n:02}Z" for n, status in enumerate(statuses)]
    with pytest.raises(BadTimelines, match=why) as caught:
        read_timelines(lines(*rows))
    assert caught.value.lines[0][0] == line


@pytest.mark.parametrize("text", ["", "order;status;time\n", HEAD])
def test_a_file_without_orders_is_refused_at_its_first_line(text: str) -> None:
    with pytest.raises(BadTimelines) as caught:
        read_timelines(text)
    assert caught.value.lines[0][0] == 1


def test_first_of_many_invalid_lines_are_shown() -> None:
    with pytest.raises(BadTimelines, match="and 2 more") as caught:
        read_timelines(lines(*["A,NO,x"] * 7))
    assert len(caught.value.lines) == 7


@given(st.text(max_size=200))
def test_any_file_is_read_or_refused(text: str) -> None:
    try:
        assert read_timelines(HEAD + text)
    except BadTimelines as error:
        assert error.lines
