"""The handler of `orderTrace`: the caller as AppSync verified them in, a trace or a typed error out."""

from __future__ import annotations

from typing import Any

import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext

from orders.errors import TraceThrottled
from orders.tracing.model import ExecutionOutcome
from orders.tracing.reading import Execution
from resolvers import trace_order, wiring
from tests.orders.tracing.fakes import MemoryExecutions, MemorySpans
from tests.orders.tracing.samples import DEFINITION, at, events
from tests.resolvers.conftest import Log, World
from tests.resolvers.test_handlers import ID, record

STAFF = {"id": ID, "customerId": "margaret", "isStaff": True}
HISTORY = events(("ExecutionStarted", 0), ("TaskStateEntered", 0, "Check"))


@pytest.fixture
def executions(monkeypatch: pytest.MonkeyPatch) -> MemoryExecutions:
    execution = Execution(ExecutionOutcome.RUNNING, at(1), DEFINITION, HISTORY)
    memory_executions = MemoryExecutions(execution)
    monkeypatch.setattr(wiring, "executions", lambda: memory_executions)
    monkeypatch.setattr(wiring, "spans", MemorySpans)
    return memory_executions


def test_staff_receive_a_trace(
    world: World, executions: MemoryExecutions, context: LambdaContext, log: Log
) -> None:
    record(world)
    answer: Any = trace_order.handler(STAFF, context)
    assert [step["name"] for step in answer["trace"]["steps"]] == ["Check"]
    assert log.lines[-1]["correlation_id"] == ID and log.lines[-1]["by"] == "margaret"


def test_missing_order_has_no_trace(
    world: World, executions: MemoryExecutions, context: LambdaContext
) -> None:
    assert trace_order.handler(STAFF, context) == {"trace": None}


@pytest.mark.parametrize("is_staff", [False, None, "true", 1])
def test_function_admits_staff_alone(
    world: World, executions: MemoryExecutions, context: LambdaContext, is_staff: object
) -> None:
    record(world)
    answer: Any = trace_order.handler({**STAFF, "isStaff": is_staff}, context)
    assert answer["error"]["type"] == "StaffOnly"


def test_internal_error_reveals_no_details(
    world: World,
    executions: MemoryExecutions,
    context: LambdaContext,
    monkeypatch: pytest.MonkeyPatch,
    log: Log,
) -> None:
    def broken(_: object) -> None:
        raise KeyError("arn:aws:secret")

    monkeypatch.setattr(executions, "standard", broken)
    record(world)
    fault = {"type": "InternalError", "message": trace_order.FAULT, "info": None}
    assert trace_order.handler(STAFF, context) == {"error": fault}
    assert trace_order.handler({"id": ID, "isStaff": True}, context) == {"error": fault}


def test_throttled_read_may_be_retried(
    world: World, executions: MemoryExecutions, context: LambdaContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(_: object) -> None:
        raise TraceThrottled

    monkeypatch.setattr(executions, "standard", busy)
    record(world)
    answer: Any = trace_order.handler(STAFF, context)
    assert answer["error"]["type"] == "TryAgain"
