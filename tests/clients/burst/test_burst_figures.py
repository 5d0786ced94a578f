"""What a burst's records come to: every order is in one of the counts, and the order of two is certain."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from clients.burst import Outcome, Record, figures
from clients.burst.order_kept import AT_ONE_TIME, Start, overtaken
from clients.cli.burst_page import page
from clients.cli.burst_plot import curves
from clients.cli.burst_views import confessions, document
from clients.model import Status

STARTS = st.lists(
    st.builds(
        lambda customer, sent, wait, start: Start(customer, sent, sent + wait, start),
        st.sampled_from("ab"),
        *(st.integers(0, 6).map(float) for _ in range(3)),
    ),
    max_size=12,
)


@given(STARTS)
def test_order_is_overtaken_by_one_sent_after_its_acceptance(starts: list[Start]) -> None:
    expected = sum(
        any(
            later.customer == first.customer
            and later.sent > first.accepted
            and later.started + AT_ONE_TIME < first.started
            for later in starts
        )
        for first in starts
    )
    assert overtaken(starts) == expected


def record(number: int, **values: object) -> Record:
    record = Record(number, "ada", str(number), due=100.0 + number)
    for name, value in values.items():
        setattr(record, name, value)
    return record


def test_every_order_is_counted_in_its_outcome() -> None:
    moment = datetime(2026, 11, 30, tzinfo=UTC)
    accepted = {"outcome": Outcome.ACCEPTED, "started_at": moment, "started": 104.0}
    records = [
        record(0, sent=100.0, answered=100.5, **accepted, states=[Status.RECEIVED, Status.VALIDATED]),
        record(1, sent=103.0, answered=103.1, outcome=Outcome.ACCEPTED),
        record(2, sent=102.0, answered=102.1, outcome=Outcome.THROTTLED, reason="busy"),
        record(3, sent=103.0, answered=103.1, outcome=Outcome.REFUSED, reason="no"),
        record(4, sent=104.0, answered=104.1, outcome=Outcome.FAILED, reason="gone"),
        record(5, sent=105.0),
        record(6),
    ]
    result = figures(records, overflowed=1)
    assert (result.orders, result.sent, result.unsent, result.unanswered) == (7, 6, 1, 1)
    assert (result.accepted, result.throttled, result.refused, result.failed) == (2, 1, 1, 1)
    assert (result.late, result.worst_late, result.started) == (1, 2.0, 1)
    assert (result.answer_p50, result.start_p95) == (100.0, 4000.0)
    assert result.started_at == (4.0,)
    assert result.reasons == ("busy", "no", "gone")
    shown = document("direct", result)
    assert shown["series"] == {"accepted": (0.5, 3.1), "started": (4.0,)}
    assert (shown["startP95"], shown["sentRate"]) == (4000.0, 1.2)
    assert confessions(result) == [
        "this client sent 1 orders late, one by 2.0 s: at its best it sent 1 a second",
        "1 orders were not sent before the end",
        "1 had no answer at the end: they may be taken",
        "1 accepted orders were not seen to begin: they may wait in a queue still",
    ]


def test_order_with_a_repeated_state_was_run_twice() -> None:
    twice = [Status.RECEIVED, Status.VALIDATED, Status.VALIDATED]
    result = figures([record(0, sent=100.0, states=twice, sent_twice=True), record(1, sent=101.0)])
    assert (result.sent_twice, result.run_twice) == (1, 1)


def test_figures_of_no_orders_have_a_page_and_a_plot() -> None:
    nothing = figures([])
    assert nothing.sent_rate == 0.0
    assert "0 of 0 accepted" in page({"direct": nothing})
    assert set(curves([], [], seconds=0.0, most=0, width=3, height=2).plain) == {"⠀", "\n"}


@given(st.lists(st.floats(0, 50), max_size=40).map(sorted), st.integers(1, 8), st.integers(2, 30))
def test_curve_rises_from_left_to_right(times: list[float], height: int, width: int) -> None:
    drawing = curves(times, [], seconds=50.0, most=40, width=width, height=height)
    lines = drawing.plain.split("\n")
    assert [len(line) for line in lines] == [width] * height
    # The upper edge of each column of characters never falls.
    tops = [
        min((row for row in range(height) if lines[row][column] != "⠀"), default=height)
        for column in range(width)
    ]
    assert tops == sorted(tops, reverse=True)


def test_page_escapes_markup_of_servers() -> None:
    bad = figures([record(0, sent=100.0, outcome=Outcome.FAILED, reason="<script>x</script>")])
    assert "<script>" not in page({"fifo": bad})
