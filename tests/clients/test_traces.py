"""`orderwire trace`: what staff are shown, and what scripts are given."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from clients import ServerFault, Trace
from clients.cli.exits import Exit
from clients.cli.traces import print_trace
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


DOCUMENT: dict[str, Any] = {
    **{"orderId": ID, "workflow": "STANDARD", "source": "EXECUTION", "outcome": "FAILED"},
    **{"startedAt": "2026-11-29T18:00:00.000Z", "endedAt": "2026-11-29T18:01:15.000Z"},
    **{"redrives": 1, "error": "Broken", "nodes": [], "transitions": []},
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


def test_states_stand_in_the_state_that_they_ran_in() -> None:
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


@pytest.mark.parametrize("workflow", ["EXPRESS", "STANDARD"])
def test_an_order_without_a_history_says_so(workflow: str) -> None:
    text = printed(workflow=workflow, source="STATUSES", outcome=None)
    assert "these are the states that changed the order" in text


def test_an_order_that_was_not_started_is_one_line() -> None:
    nothing: dict[str, Any] = {"workflow": None, "source": "STATUSES", "outcome": "NOT_STARTED", "steps": []}
    assert (
        printed(**nothing, startedAt=None, redrives=0, error=None) == f"{ID}  no workflow yet  NOT_STARTED\n"
    )


def test_a_trace_is_read_or_refused() -> None:
    trace = Trace.parse(DOCUMENT)
    assert trace.steps[0].entered_at == datetime(2026, 11, 29, 18, 0, 1, 250_000, UTC)
    assert [s.seconds for s in trace.steps[2:4]] == [0.25, None]
    with pytest.raises(ServerFault, match=r"steps\[0\]\.enteredAt"):
        Trace.parse({**DOCUMENT, "steps": [step(1, "A", enteredAt="soon")]})


async def test_a_script_gets_all_of_it(appsync: FakeAppSync, shell: Shell) -> None:
    appsync.shop.traces[ID] = DOCUMENT
    ran = await shell("trace", ID, "--json")
    assert (ran.code, ran.documents) == (Exit.OK, [{"type": "trace", **DOCUMENT}])
    assert "Take" in (await shell("trace", ID)).out
    assert (await shell("trace", "nowhere")).code == Exit.NOT_FOUND


async def test_a_customer_is_refused(appsync: FakeAppSync, shell: Shell) -> None:
    refusal = {"errorType": "StaffOnly", "message": "Only staff may look at an order's workflow."}
    appsync.http_errors = [refusal]
    ran = await shell("trace", ID)
    assert (ran.code, ran.err) == (
        Exit.NOT_SIGNED_IN,
        "orderwire: Only staff may look at an order's workflow.\n",
    )
