"""What is said of an order that ended otherwise than it should."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from clients import Arrival, Change, Item, NewOrder, Reason, Status
from demo.executions import Execution, StepFailure, executions, read_history
from demo.expectations import DELIVERED, End
from demo.ready import Ready
from demo.reasons import explain
from demo.record import OrderRecord
from tests.clients.fake_appsync import FakeAppSync

START = datetime(2026, 11, 29, tzinfo=UTC)
LATE = Execution("SUCCEEDED", "Done", (StepFailure("AuthorizePayment", "States.Timeout", "after 8 seconds"),))


def record(*changes: tuple[Status, Reason | None], expected: End = DELIVERED) -> OrderRecord:
    order = NewOrder("EUR", (Item("TEA", "Tea", 1, 1),), "tok_approve", client_token="7-of-9")
    order_record = OrderRecord(1, "ada", order, frozenset({expected}), order_id="7-of-9")
    order_record.arrivals = [
        Arrival(Change("7-of-9", "ada", n, status, START, reason), pushed=True, received=START)
        for n, (status, reason) in enumerate(changes, 1)
    ]
    return order_record


def reason_of(order: OrderRecord, execution: Execution | str | None = None) -> dict[str, str]:
    lines = explain(order, execution, Path(".local/localcloud.log"))
    return {name: text.strip() for name, _, text in (line.partition(":") for line in lines)}


def test_late_payment_explanation_names_machine_step_log_and_remedy() -> None:
    words = reason_of(record((Status.FAILED, Reason.PAYMENT_TIMEOUT)), LATE)
    assert "not authorized in time: this machine is slow, or busy with something else" in words["why"]
    assert words["steps"] == (
        "execution SUCCEEDED, last step Done; AuthorizePayment: States.Timeout (after 8 seconds)"
    )
    assert words["look"] == "grep 7-of-9 .local/localcloud.log"
    assert "--parameter PaymentTimeoutSeconds=30" in words["do"]


@pytest.mark.parametrize("reason", [reason for reason in Reason if reason is not Reason.PAYMENT_TIMEOUT])
def test_every_failure_reason_has_an_explanation(reason: Reason) -> None:
    assert reason_of(record((Status.FAILED, reason)))["why"]


def test_order_that_should_have_failed_names_the_differing_part() -> None:
    order = record((Status.DELIVERED, None), expected=End(Status.FAILED, Reason.OUT_OF_STOCK))
    assert "otherwise than the demonstration" in reason_of(order)["why"]


@pytest.mark.parametrize(
    ("execution", "why"),
    [
        (Execution("RUNNING", "WaitToPack"), "not at its end yet: this machine is slow"),
        (Execution("RUNNING", "Validate", (StepFailure("Validate", "E"),)), "tried again and again"),
        (Execution("SUCCEEDED", "Done"), "its subscriber was not notified"),
        (
            Execution("FAILED", "MarkFailed", (StepFailure("MarkFailed", "E"),)),
            "could not be given an end",
        ),
        ("its workflow never started", "nothing works on it"),
        (None, "not at its end yet"),
    ],
)
def test_order_without_an_end_is_explained_by_its_execution(
    execution: Execution | str | None, why: str
) -> None:
    assert why in reason_of(record((Status.RECEIVED, None)), execution)["why"]


def test_unsent_order_is_no_mistake_of_the_file() -> None:
    order = record()
    order.unsent = "503"
    assert order.complaints == ["could not be handed in: 503"]
    assert "no mistake of the file" in reason_of(order)["why"]


def test_expected_end_with_wrong_versions_is_an_internal_fault() -> None:
    assert "a fault of ours" in reason_of(record((Status.DELIVERED, None)))["why"]


def test_history_names_each_failed_step_once() -> None:
    def entered(number: int, name: str) -> dict[str, object]:
        return {"id": number, "type": "TaskStateEntered", "stateEnteredEventDetails": {"name": name}}

    def failed(number: int, before: int, error: str) -> dict[str, object]:
        details = {"error": error, "cause": "no\n  luck " + "x" * 400}
        return {
            "id": number,
            "previousEventId": before,
            "type": "TaskFailed",
            "taskFailedEventDetails": details,
        }

    # As AWS tells two branches of a Parallel: by the event before.
    events = [
        {"id": 1, "type": "ExecutionStarted", "executionStartedEventDetails": {}},
        entered(2, "Pay"),
        entered(3, "Reserve"),
        {"id": 4, "previousEventId": 2, "type": "TaskScheduled", "taskScheduledEventDetails": {}},
        failed(5, 4, "Late"),
        failed(6, 4, "Late"),
        failed(7, 3, "Gone"),
    ]
    execution = read_history("RUNNING", events)
    assert (execution.status, execution.step) == ("RUNNING", "Reserve")
    assert [(failure.step, failure.error) for failure in execution.failures] == [
        ("Pay", "Late"),
        ("Reserve", "Gone"),
    ]
    assert execution.failures[0].cause.startswith("no luck xxx")
    assert len(execution.failures[0].cause) == 301


async def test_missing_state_machine_gives_no_executions() -> None:
    server = FakeAppSync()
    server.port = 1
    ready = Ready("http://127.0.0.1:1", "us-east-1", "k", "s", "pool", "table", server.settings)
    assert executions(ready, ["a"]) == {}
