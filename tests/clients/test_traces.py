"""`orderwire trace`: what staff are shown, and what scripts are given."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from clients import ServerFault, Trace
from clients.cli.exits import Exit
from clients.cli.traces import print_trace
from clients.cli.waterfall import UNTRACED, print_waterfall
from tests.clients.fake_appsync import FakeAppSync
from tests.clients.test_cli import ID, Shell


@pytest.fixture
def shell(appsync: FakeAppSync, tmp_path: Path) -> Shell:
    return Shell(appsync, tmp_path)


def step(number: int, name: str, outcome: str = "SUCCEEDED", **more: Any) -> dict[str, Any]:
    return {
        **{"id": number, "name": name, "type": "Task", "outcome": outcome, "retries": 0, "error": None},
        **{"enteredAt": f"2026-11-29T18:00:0{number}.250Z", "leftAt": f"2026-11-29T18:00:0{number}.500Z"},
        **{"parent": None, "index": None},
        **more,
    }


def span(id_: str, parent: str | None, start: int, end: int | None, **more: Any) -> dict[str, Any]:
    started = datetime(2026, 11, 29, 18, tzinfo=UTC)
    times = [
        None if ms is None else (started + timedelta(milliseconds=ms)).isoformat() for ms in (start, end)
    ]
    return {
        **{"id": id_, "parent": parent, "name": id_, "origin": None, "failed": False, "detail": None},
        **{"startedAt": times[0], "endedAt": times[1]},
        **more,
    }


DOCUMENT: dict[str, Any] = {
    **{"orderId": ID, "workflow": "STANDARD", "source": "EXECUTION", "outcome": "FAILED"},
    **{"startedAt": "2026-11-29T18:00:00.000Z", "endedAt": "2026-11-29T18:01:15.000Z"},
    **{"redrives": 1, "error": "Broken", "nodes": [], "transitions": []},
    "traceId": "1-6569a0c0-0123456789abcdef01234567",
    "spans": [
        span("a", None, 0, 1_000, name="orderwire", origin="AWS::AppSync"),
        span("b", "a", 250, 500, name="startExecution", failed=True, detail="StartExecution, HTTP 400"),
        span("c", "a", 900, None, name="publish"),
    ],
    "steps": [
        step(1, "Both", type="Parallel"),
        step(2, "Pay", "FAILED", parent=1, index=1, error="Broken", retries=3),
        step(3, "Each", parent=1, index=0, type="Map"),
        step(4, "Take", "RUNNING", parent=3, index=0, leftAt=None),
        step(5, "Done"),
    ],
}


def printed(**changes: Any) -> str:
    console = Console(file=io.StringIO(), width=100, highlight=False, emoji=False)
    print_trace(Trace.parse({**DOCUMENT, **changes}), console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_states_within_a_branch_stand_below_it() -> None:
    lines = printed().splitlines()
    assert lines[0] == f"{ID}  STANDARD  FAILED  1 min 15 s  redriven 1 time  Broken"
    assert [" ".join(line.split()) for line in lines[1:]] == [
        "state entered took retries outcome error",
        "Both 18:00:01.250 250 ms SUCCEEDED",
        "├─ 0 Each 18:00:03.250 250 ms SUCCEEDED",
        "│ └─ 0 Take 18:00:04.250 RUNNING",
        "└─ 1 Pay 18:00:02.250 250 ms 3 FAILED Broken",
        "Done 18:00:05.250 250 ms SUCCEEDED",
    ]


def waterfall(width: int = 120, **changes: Any) -> list[str]:
    console = Console(file=io.StringIO(), width=width, highlight=False, emoji=False)
    print_waterfall(Trace.parse({**DOCUMENT, **changes}), console)
    assert isinstance(console.file, io.StringIO)
    return [" ".join(line.split()) for line in console.file.getvalue().splitlines()]


def test_waterfall_shows_each_span_below_its_caller() -> None:
    assert waterfall() == [
        "trace 1-6569a0c0-0123456789abcdef01234567: 3 spans, 1.000 s",
        "work at took detail",
        f"orderwire AWS::AppSync 0 ms 1000.0 ms {'█' * 32}",
        f"├─ startExecution 250 ms 250.0 ms {'█' * 8} StartExecution, HTTP 400, failed",
        "└─ publish 900 ms …",
    ]


@pytest.mark.parametrize("width", [60, 100])
def test_waterfall_keeps_its_times_and_bars_where_the_console_is_narrow(width: int) -> None:
    origin = "AWS::StepFunctions::StateMachine"
    name = "orderwire-OrderWorkflow-783C00FB8AED2"
    spans = [
        span("a", None, 0, 10_000, name=name, origin=origin),
        span("b", "a", 250, 12_345, name=name, origin=origin, detail="version 3, status AWAITING_APPROVAL"),
    ]
    lines = waterfall(width, spans=spans)
    assert all(len(line) <= width for line in lines)
    assert lines[1] == "work at took"
    assert " 0 ms 10.0 s █████████████" in lines[2]
    assert " 250 ms 12.1 s ████████████████" in lines[3]


def test_waterfall_says_why_it_is_empty() -> None:
    assert waterfall(traceId=None, spans=[]) == [UNTRACED]
    assert waterfall(spans=[]) == ["Nothing is kept of the trace 1-6569a0c0-0123456789abcdef01234567."]


@pytest.mark.parametrize("workflow", ["EXPRESS", "STANDARD"])
def test_trace_without_a_history_explains_its_source(workflow: str) -> None:
    text = printed(workflow=workflow, source="STATUSES", outcome=None)
    assert "these are the states that changed the order" in text


def test_trace_of_an_express_order_without_changes_announces_no_states() -> None:
    failed: dict[str, Any] = {"workflow": "EXPRESS", "source": "STATUSES", "outcome": "FAILED", "steps": []}
    assert printed(**failed, startedAt=None, redrives=0, error=None) == f"{ID}  EXPRESS  FAILED\n"


def test_trace_of_an_order_that_was_not_started_is_one_line() -> None:
    nothing: dict[str, Any] = {"workflow": None, "source": "STATUSES", "outcome": "NOT_STARTED", "steps": []}
    assert (
        printed(**nothing, startedAt=None, redrives=0, error=None) == f"{ID}  no workflow yet  NOT_STARTED\n"
    )


def test_trace_document_is_parsed_or_refused() -> None:
    trace = Trace.parse(DOCUMENT)
    assert trace.steps[0].entered_at == datetime(2026, 11, 29, 18, 0, 1, 250_000, UTC)
    assert [s.seconds for s in trace.steps[2:4]] == [0.25, None]
    with pytest.raises(ServerFault, match=r"steps\[0\]\.enteredAt"):
        Trace.parse({**DOCUMENT, "steps": [step(1, "A", enteredAt="soon")]})


async def test_json_output_has_the_whole_trace(appsync: FakeAppSync, shell: Shell) -> None:
    appsync.shop.traces[ID] = DOCUMENT
    ran = await shell("trace", ID, "--json")
    assert (ran.code, ran.documents) == (Exit.OK, [{"type": "trace", **DOCUMENT}])
    assert "Take" in (await shell("trace", ID)).out
    assert (await shell("trace", "nowhere")).code == Exit.NOT_FOUND


async def test_customer_is_refused_the_trace(appsync: FakeAppSync, shell: Shell) -> None:
    refusal = {"errorType": "StaffOnly", "message": "Only staff may look at an order's workflow."}
    appsync.http_errors = [refusal]
    ran = await shell("trace", ID)
    assert (ran.code, ran.err) == (
        Exit.NOT_SIGNED_IN,
        "orderwire: Only staff may look at an order's workflow.\n",
    )
