from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta

import pytest
from rich.console import Console

from clients import Arrival, Change, Order, Reason, State, Status
from clients.cli.delays import Delays
from clients.cli.views import MAX_BARS, BarsView, JsonView, LinesView

AT = datetime(2026, 11, 20, 18, 0, 1, tzinfo=UTC)


def _order(order_id: str) -> Order:
    return Order(order_id, "sub", Status.RECEIVED, 1, "JPY", 4200, 1, AT, AT)


def _change(order_id: str, version: int, status: Status, reason: Reason | None = None) -> Change:
    return Change(order_id, "sub", version, status, AT, reason)


@pytest.fixture
def terminal() -> Console:
    return Console(file=io.StringIO(), force_terminal=True, width=120, highlight=False, emoji=False)


def _text(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_bars_show_each_order(terminal: Console) -> None:
    with BarsView(terminal) as view:
        view.expect(2)
        view.submitted(1, _order("tea"))
        view.submitted(2, _order("cup"))
        view.state(State.LIVE, "")
        view.change(_change("tea", 6, Status.DELIVERED))
        view.change(_change("cup", 3, Status.FAILED, Reason.OUT_OF_STOCK))
    text = _text(terminal)
    for word in ("tea", "cup", "1 DELIVERED", "1 FAILED", "live"):
        assert word in text


def test_bars_combine_many_orders_into_one(terminal: Console) -> None:
    with BarsView(terminal) as view:
        view.expect(MAX_BARS + 1)
        for n in range(MAX_BARS + 1):
            view.submitted(n, _order(f"order-{n}"))
            view.change(_change(f"order-{n}", 6, Status.DELIVERED))
    text = _text(terminal)
    assert f"{MAX_BARS + 1} DELIVERED" in text
    assert "order-3" not in text


def test_bars_accept_a_change_before_its_submission(terminal: Console) -> None:
    with BarsView(terminal) as view:
        view.expect(1)
        view.change(_change("tea", 2, Status.VALIDATED))
        view.submitted(1, _order("tea"))
    assert "1 VALIDATED" in _text(terminal)


def test_refused_lines_are_printed_above_the_bars(terminal: Console) -> None:
    with BarsView(terminal) as view:
        view.expect(1)
        view.refused(7, "order.items should be a list, but is [bold]missing[/bold]")
    assert "line 7: order.items should be a list, but is [bold]missing[/bold]" in _text(terminal)


def test_lines_show_submissions_states_and_changes() -> None:
    console = Console(file=io.StringIO(), width=40, highlight=False, emoji=False)
    with LinesView(console) as view:
        view.expect(1)
        view.submitted(1, _order("4b0c0f7e-8a53-4c57-9d62-0d9d1d3a8f10"))
        view.state(State.LIVE, "")
        view.state(State.AWAY, "The connection is lost. Trying again in 0.1 s.")
        view.change(_change("4b0c0f7e-8a53-4c57-9d62-0d9d1d3a8f10", 3, Status.FAILED, Reason.OUT_OF_STOCK))
    assert _text(console).splitlines() == [
        "4b0c0f7e-8a53-4c57-9d62-0d9d1d3a8f10  submitted (line 1), 4,200 JPY",
        "away: The connection is lost. Trying again in 0.1 s.",
        "4b0c0f7e-8a53-4c57-9d62-0d9d1d3a8f10  18:00:01   3  FAILED  OUT_OF_STOCK",
    ]


def test_lines_show_delays() -> None:
    console = Console(file=io.StringIO(), width=40, highlight=False, emoji=False)
    change = _change("4b0c0f7e-8a53-4c57-9d62-0d9d1d3a8f10", 3, Status.FAILED, Reason.OUT_OF_STOCK)
    delays = Delays(change.at)
    with LinesView(console) as view:
        view.delays("sse", delays)
        arrival = Arrival(change, pushed=True, received=change.at + timedelta(seconds=1.2344))
        view.change(change, delays.add(arrival))
        view.delays("sse", delays)
    assert _text(console).splitlines() == [
        "4b0c0f7e-8a53-4c57-9d62-0d9d1d3a8f10  18:00:01   3  FAILED               1,234 ms  OUT_OF_STOCK",
        "sse: 1 change while following: p50 1,234 ms, at most 1,234 ms",
    ]


def test_json_line_has_the_delay_of_a_live_change(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with JsonView() as view:
        view.change(_change("tea", 3, Status.FAILED, Reason.OUT_OF_STOCK), 34.5)
    assert json.loads(capsys.readouterr().out)["delayMs"] == 34.5


def test_json_lines_have_refusals_states_and_changes(capsys: pytest.CaptureFixture[str]) -> None:
    with JsonView() as view:
        view.expect(1)
        view.refused(2, "is not JSON")
        view.state(State.AWAY, "gone")
        view.change(_change("tea", 3, Status.FAILED, Reason.OUT_OF_STOCK))
    assert capsys.readouterr().out.splitlines() == [
        '{"type": "refused", "line": 2, "reason": "is not JSON"}',
        '{"type": "state", "state": "away", "why": "gone"}',
        '{"type": "change", "orderId": "tea", "version": 3, "status": "FAILED", '
        '"at": "2026-11-20T18:00:01+00:00", "reason": "OUT_OF_STOCK"}',
    ]
