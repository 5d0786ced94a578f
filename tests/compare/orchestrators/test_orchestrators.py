"""What orchestrators are asked beside times and bills: code, crashes, what is visible afterwards."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest
from rich.console import Console

from clients import Change, NewOrder, Status, Unavailable
from compare.meter import Count, Meter
from compare.orchestrators import crashing
from compare.orchestrators.afterwards import Afterwards, DurableUse, operations, written
from compare.orchestrators.crashing import Crash, Crashes, Strike
from compare.orchestrators.lines import code_lines, python_lines
from compare.orchestrators.processes import environments
from compare.prices import read_prices
from compare.records import RunPlan
from compare.runner import new_run
from compare.variants import output
from compare.variants.comparison import Comparison
from compare.variants.evidence import evidence
from compare.variants.evidence_rows import crash_sentence, facts, notes
from compare.variants.gathering import process_of
from compare.variants.orchestrators import Durable, Express, Orchestrator, Standard
from compare.variants.running import row
from tests.compare.fakes import Pushed, change

if TYPE_CHECKING:
    from mypy_boto3_lambda.type_defs import EventTypeDef

pytestmark = pytest.mark.usefixtures("at_once")

STATUSES = (Status.RECEIVED, Status.VALIDATED, Status.CONFIRMED, Status.DELIVERED)
CRASH = Crash(3, 5, 3, 0, 4000.0, 5500.0, 1.0, 0.0)


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing be waited for."""
    monkeypatch.setattr(crashing, "LOOK_SECONDS", 0.001)
    monkeypatch.setattr(crashing, "QUIET_SECONDS", 0.001)
    monkeypatch.setattr(crashing, "HELD_SECONDS", 0.0)


class FakeOrders:
    """Orders that go on by a state each time they are looked at; a killed function begins its state again.

    Parameters
    ----------
    stays
        What orders do not get beyond once a function was held.
    twice
        A crash has orders change to VALIDATED once more.

    Attributes
    ----------
    log
        What was done to functions, and to which.
    """

    def __init__(self, *, stays: Status | None = None, twice: bool = False) -> None:
        self.log: list[tuple[str, str]] = []
        self._stays, self._twice = stays, twice
        self._looks: dict[str, int] = {}
        self._invocations = self._transitions = 0.0

    @property
    def meter(self) -> Meter:
        return cast("Meter", self)

    async def read(self) -> Count:
        functions = {"ReserveStock": (self._invocations, 0.0), "FanoutFunction": (99.0, 0.0)}
        return Count({}, {}, functions, self._transitions)

    async def submit(self, _customer: str, order: NewOrder) -> None:
        self._looks[order.client_token] = 0
        self._invocations += 4
        self._transitions += 8

    async def history(self, _customer: str, order_id: str) -> tuple[Change, ...]:
        self._looks[order_id] += 1
        shown = list(STATUSES[: self._looks[order_id]])
        if self.log and self._stays in shown:
            shown = shown[: shown.index(self._stays) + 1]
        if self._twice and self.log and shown[-1].final:
            shown.insert(1, Status.VALIDATED)
        return tuple(
            replace(change(order_id, version, at=datetime.now(UTC)), status=status)
            for version, status in enumerate(shown, 1)
        )

    def hold(self, module: str) -> int:
        self.log.append(("hold", module))
        return 1

    def kill(self, module: str) -> int:
        self.log.append(("kill", module))
        self._invocations += 1
        return 1


def crashes(orders: FakeOrders) -> Crashes:
    return Crashes(orders, orders, orders.submit, RunPlan().order, "ada")


async def test_waiting_function_is_held_before_its_step_and_killed_in_it() -> None:
    orders = FakeOrders()
    crash = await crashes(orders).measure(Strike("authorize_payment", holds=True), 2)
    assert orders.log == [("hold", "authorize_payment"), ("kill", "authorize_payment")] * 2
    assert (crash.orders, crash.killed, crash.delivered, crash.doubled) == (2, 2, 2, 0)
    # One more invocation for each order; fan-out's are no concern of the orchestrator's.
    assert (crash.invocations, crash.transitions) == (1.0, 0.0)
    assert crash.late_ms == crash.crashed_ms - crash.undisturbed_ms


async def test_working_function_is_killed_without_a_hold() -> None:
    orders = FakeOrders(twice=True)
    crash = await crashes(orders).measure(Strike("run_order", holds=False), 1)
    assert orders.log == [("kill", "run_order")]
    assert crash.doubled == 1


async def test_held_function_is_killed_when_the_order_does_not_continue(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(crashing, "PATIENCE", 0.5)
    orders = FakeOrders(stays=Status.RECEIVED)
    with pytest.raises(Unavailable, match="not at its end"):
        await crashes(orders).measure(Strike("authorize_payment", holds=True), 1)
    assert orders.log == [("hold", "authorize_payment"), ("kill", "authorize_payment")]


def test_environments_of_this_cloud_alone_are_killed() -> None:
    listed = "1 0 init\n5 1 python\n6 5 python\n7 6 authorize_payme\n8 6 run_order\n9 1 authorize_payme\n"
    assert environments(listed, 5, "authorize_payment") == [7]
    assert environments(listed, 5, "void_payment") == []


def test_code_lines_exclude_comments_docstrings_and_blanks(tmp_path: Path) -> None:
    module = '"""What it is."""\n\n# A remark.\ndef f():\n    """Say."""\n    return (\n        1\n    )\n'
    assert python_lines(module) == 4
    (tmp_path / "a.py").write_text(module)
    (tmp_path / "b.json").write_text("{\n\n}\n")
    assert code_lines(("a.py", "b.json"), tmp_path) == 6
    assert code_lines(("a.py", "gone.py"), tmp_path) is None


@pytest.mark.parametrize("kind", [Standard(), Express(), Durable()])
def test_source_files_of_each_orchestrator_exist(kind: Orchestrator) -> None:
    assert (code_lines(kind.sources) or 0) > 100


def test_history_operations_are_counted_once_with_their_bytes() -> None:
    events = cast(
        "list[EventTypeDef]",
        [
            {
                "EventType": "ExecutionStarted",
                "Id": "e",
                "ExecutionStartedDetails": {"Input": {"Payload": "{}"}},
            },
            {"EventType": "StepStarted", "Id": "1", "StepStartedDetails": {}},
            {"EventType": "StepSucceeded", "Id": "1", "StepSucceededDetails": {"Result": {"Payload": "æ"}}},
            {"EventType": "InvocationCompleted", "InvocationCompletedDetails": {}},
            {"EventType": "ExecutionSucceeded", "Id": "e", "ExecutionSucceededDetails": {"Result": {}}},
        ],
    )
    assert operations(events) == 2
    assert written(events) == 4


def compared() -> Comparison:
    book = read_prices("us-east-1")
    kinds: Mapping[str, Orchestrator] = {kind.name: kind for kind in (Standard(), Express(), Durable())}
    gathered = {
        "standard": evidence(
            kinds["standard"], DurableUse(), Afterwards("GetExecutionHistory", 52, "SUCCEEDED"), CRASH
        ),
        "express": evidence(
            kinds["express"],
            DurableUse(),
            Afterwards("DescribeExecution", None, "ExecutionDoesNotExist"),
            None,
        ),
        "durable": evidence(
            kinds["durable"],
            DurableUse(14.2, 1260.0),
            Afterwards("GetDurableExecutionHistory", 47, "SUCCEEDED"),
            replace(CRASH, doubled=2),
        ),
    }
    rows = tuple(row(kind, new_run(kind.title, [Pushed], 3), book, {}) for kind in kinds.values())
    return Comparison(
        "orchestrators", datetime(2026, 11, 30, tzinfo=UTC), "a machine", 3, 4.0, rows, book, (),
        pauses=3.0, evidence=gathered,
    )  # fmt: skip


def test_comparison_states_its_findings() -> None:
    whole = compared()
    standard, express, durable = (facts(item, whole) for item in whole.rows)
    assert standard[3] == "1.5 s later"
    assert standard[5].startswith("52 events of a delivered order; every state")
    assert express[1] == "1 request, its time"
    assert express[5].startswith("nothing by DescribeExecution (ExecutionDoesNotExist)")
    assert durable[1] == "14.2 operations"
    sentences = notes(whole)
    assert "Durable function: no price could be found of data written" in " ".join(sentences)
    assert "1,260 bytes of results" in " ".join(sentences)
    assert crash_sentence(replace(CRASH, doubled=2)).count("2 changes twice") == 1


def test_document_and_page_have_every_finding(tmp_path: Path) -> None:
    data, shown = output.write(tmp_path, compared())
    document = json.loads(data.read_text(encoding="utf-8"))
    assert document == json.loads((tmp_path / "orchestrators.json").read_text(encoding="utf-8"))
    durable = document["variants"][2]
    assert durable["unpriced"] and durable["durableOperationsPerOrder"] == 14.2
    assert durable["crash"]["lateMs"] == 1500.0
    assert document["variants"][1]["afterwards"]["events"] is None
    page = shown.read_text(encoding="utf-8")
    assert "47 events of a delivered order" in page
    assert page.count("≥") == 2  # the durable function's sum lacks prices, in the table and below
    console = Console(width=160, record=True)
    output.show(console, compared())
    assert "5 environments killed in the middle of 3 orders" in console.export_text()


def test_process_is_read_from_the_ready_file(tmp_path: Path) -> None:
    ready = tmp_path / "ready.json"
    ready.write_text('{"process": 42}')
    assert process_of(ready) == 42
    ready.write_text("{}")
    assert process_of(ready) is None
