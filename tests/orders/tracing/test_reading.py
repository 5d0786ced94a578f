"""The use case: who may look, and what is shown of which order."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from orders.adapters.execution_histories import StepFunctionsHistories
from orders.answers import answer_for
from orders.caller import Caller
from orders.errors import OrderNotFound, StaffOnly, TraceThrottled
from orders.model import (
    ChangeOrder,
    ChangeOrigin,
    CustomerId,
    OrderId,
    OrderState,
    Timestamp,
    changed,
    received,
)
from orders.origins import Workflow
from orders.status import OrderStatus
from orders.tracing.model import ExecutionOutcome, Source
from orders.tracing.reading import STATE_MACHINE, Execution, trace_order
from orders.tracing.views import trace_view
from tests.orders.fakes import MemoryOrderStore
from tests.orders.samples import an_order
from tests.orders.tracing.fakes import MemoryExecutions, MemorySpans
from tests.orders.tracing.samples import DEFINITION, at, events

TRACE = "1-6569a0c0-0123456789abcdef01234567"
STAFF = Caller(CustomerId("staff"), is_staff=True)


def order(
    store: MemoryOrderStore,
    *targets: OrderStatus,
    origin: str = "arn:aws:states:x:1:express:m:e:e",
    trace: str | None = None,
) -> str:
    contents = an_order()
    state: OrderState = received(contents, trace)
    for number, target in enumerate(targets, 1):
        state = changed(state, ChangeOrder(target, at(number), ChangeOrigin(origin, target)))
    store.record(contents, state)
    return contents.order_id


def test_staff_alone_may_read_traces() -> None:
    store = MemoryOrderStore()
    order_id = order(store)
    owner = Caller(an_order().customer_id)
    with pytest.raises(StaffOnly):
        trace_order(order_id, owner, store, MemoryExecutions(), MemorySpans())
    for caller in (STAFF, owner):
        with pytest.raises(OrderNotFound):
            trace_order("no id", caller, store, MemoryExecutions(), MemorySpans())


def test_standard_execution_is_shown_by_its_history() -> None:
    store = MemoryOrderStore()
    history = events(("ExecutionStarted", 0), ("TaskStateEntered", 0, "Check"), ("TaskScheduled", 2))
    execution = Execution(ExecutionOutcome.RUNNING, at(1), DEFINITION, history, redrives=1)
    trace = trace_order(order(store), STAFF, store, MemoryExecutions(execution), MemorySpans())
    assert (trace.source, trace.workflow, trace.outcome) == ("EXECUTION", "STANDARD", "RUNNING")
    view = trace_view(trace)
    assert view["redrives"] == 1 and view["startedAt"] == at(1)
    assert [step["name"] for step in view["steps"]] == ["Check"]
    assert json.loads(json.dumps(view)) == view


def test_order_that_was_not_started_has_no_steps() -> None:
    store = MemoryOrderStore()
    trace = trace_order(order(store), STAFF, store, MemoryExecutions(), MemorySpans())
    assert (trace.workflow, trace.outcome, trace.steps) == (None, "NOT_STARTED", ())


def run_of(outcome: str, second: int) -> str:
    """Return the segment of an Express execution that ended at a second of the samples' minute."""
    end = datetime.fromisoformat(at(second)).timestamp()
    times = {"start_time": end - 9, **({"in_progress": True} if outcome == "open" else {"end_time": end})}
    segment = {"id": f"{outcome}-{second}", "name": "express", "origin": STATE_MACHINE, **times}
    return json.dumps({**segment, "fault": outcome == "fault"})


LIFE = (
    OrderStatus.VALIDATED,
    OrderStatus.CONFIRMED,
    OrderStatus.PACKED,
    OrderStatus.SHIPPED,
    OrderStatus.DELIVERED,
)
V = OrderStatus.VALIDATED


@pytest.mark.parametrize(
    ("targets", "runs", "workflow", "outcome"),
    [
        pytest.param((), [run_of("open", 9)], "EXPRESS", "RUNNING", id="pending-open"),
        pytest.param((), [run_of("fault", 9)], "EXPRESS", "FAILED", id="pending-failed"),
        pytest.param((V,), [run_of("fault", 9), run_of("done", 10)], "EXPRESS", "FAILED", id="unclaimed"),
        pytest.param((V,), [run_of("fault", 9), run_of("open", 10)], "EXPRESS", "RUNNING", id="again"),
        pytest.param((V,), [run_of("fault", 0)], "EXPRESS", "RUNNING", id="changed-since"),
        pytest.param(LIFE, [run_of("fault", 9)], "EXPRESS", None, id="final"),
    ],
)
def test_express_outcome_is_read_from_the_trace(
    targets: tuple[OrderStatus, ...], runs: list[str], workflow: str, outcome: str | None
) -> None:
    store = MemoryOrderStore()
    order_id = order(store, *targets, trace=f"Root={TRACE};Sampled=1")
    trace = trace_order(order_id, STAFF, store, MemoryExecutions(), MemorySpans({TRACE: runs}))
    assert (trace.workflow, trace.outcome, len(trace.steps)) == (workflow, outcome, len(targets))


def test_express_order_is_shown_by_its_own_changes() -> None:
    store, executions = MemoryOrderStore(), MemoryExecutions()
    order_id = order(store, OrderStatus.VALIDATED, OrderStatus.CONFIRMED)
    trace = trace_order(order_id, STAFF, store, executions, MemorySpans())
    assert (trace.source, trace.workflow, trace.outcome) == (Source.STATUSES, Workflow.EXPRESS, "RUNNING")
    assert [(s.name, s.entered_at, s.left_at) for s in trace.steps] == [
        ("MarkValidated", at(1), None),
        ("MarkConfirmed", at(2), None),
    ]
    assert executions.workflows == [Workflow.EXPRESS]


def test_missing_standard_execution_is_shown_by_the_changes_of_the_order() -> None:
    store, executions = MemoryOrderStore(), MemoryExecutions()
    order_id = order(store, *LIFE, origin="arn:aws:states:x:1:execution:m:e")
    trace = trace_order(order_id, STAFF, store, executions, MemorySpans())
    assert (trace.workflow, trace.outcome, len(trace.steps)) == (Workflow.STANDARD, None, 5)


def test_order_that_waited_for_approval_ran_as_standard() -> None:
    store, executions = MemoryOrderStore(), MemoryExecutions()
    order_id = order(store, OrderStatus.VALIDATED, OrderStatus.AWAITING_APPROVAL, origin="cancelOrder")
    assert trace_order(order_id, STAFF, store, executions, MemorySpans()).workflow == Workflow.STANDARD


def test_decision_of_staff_is_no_step() -> None:
    store, executions = MemoryOrderStore(), MemoryExecutions()
    order_id = order(
        store,
        OrderStatus.VALIDATED,
        OrderStatus.AWAITING_APPROVAL,
        OrderStatus.CONFIRMED,
        origin="decideOrder",
    )
    trace = trace_order(order_id, STAFF, store, executions, MemorySpans())
    assert trace.workflow == Workflow.STANDARD
    assert "MarkConfirmed" not in [step.name for step in trace.steps]


ARN = "arn:aws:states:eu-west-1:123456789012:stateMachine:orders"
ID = OrderId("3f2b8c1e-9a4d-4e0f-8b7a-5c6d7e8f9a0b")
EXECUTION = f"{ARN.replace('stateMachine', 'execution')}:{ID}"
WHEN = datetime(2026, 11, 29, 18, 0, 1, tzinfo=UTC)
SECRET = "AQCoAAAAKgAAAAMAAAAA-token"


def stubbed() -> tuple[Any, Stubber]:
    client = boto3.client(
        "stepfunctions", region_name="eu-west-1", aws_access_key_id="x", aws_secret_access_key="x"
    )
    stubber = Stubber(client)
    stubber.activate()
    return client, stubber


def test_history_is_read_to_its_last_page_without_secrets() -> None:
    client, stubber = stubbed()
    described = {
        **{"executionArn": EXECUTION, "stateMachineArn": ARN, "status": "FAILED", "startDate": WHEN},
        **{"input": SECRET, "output": SECRET, "error": "Broken", "cause": SECRET, "redriveCount": 2},
    }
    stubber.add_response("describe_execution", described, {"executionArn": EXECUTION})
    machine = {
        "stateMachineArn": ARN,
        "name": "orders",
        "roleArn": "arn:aws:iam::1:role/r",
        "updateDate": WHEN,
    }
    stubber.add_response(
        "describe_state_machine_for_execution", {**machine, "definition": json.dumps(DEFINITION)}
    )
    request = {"executionArn": EXECUTION, "maxResults": 1000, "includeExecutionData": False}
    entered = {"name": "Check", "input": SECRET}
    scheduled = {"resourceType": "lambda", "resource": "invoke", "region": "r", "parameters": SECRET}
    first = [
        {
            "id": 1,
            "type": "ExecutionStarted",
            "timestamp": WHEN,
            "executionStartedEventDetails": {"input": SECRET},
        },
        {"id": 2, "type": "TaskStateEntered", "timestamp": WHEN, "stateEnteredEventDetails": entered},
    ]
    second = [
        {
            "id": 3,
            "previousEventId": 2,
            "type": "TaskScheduled",
            "timestamp": WHEN,
            "taskScheduledEventDetails": scheduled,
        },
        {
            **{"id": 4, "previousEventId": 3, "type": "TaskFailed", "timestamp": WHEN},
            "taskFailedEventDetails": {
                "resourceType": "l",
                "resource": "i",
                "error": "Broken",
                "cause": SECRET,
            },
        },
    ]
    stubber.add_response("get_execution_history", {"events": first, "nextToken": "more"}, request)
    stubber.add_response("get_execution_history", {"events": second}, {**request, "nextToken": "more"})
    execution = StepFunctionsHistories(client, ARN, "arn:express").standard(ID)
    assert execution is not None
    assert (execution.outcome, execution.redrives, execution.error) == ("FAILED", 2, "Broken")
    assert [(e.id, e.previous, e.name, e.error) for e in execution.events] == [
        *((1, 0, None, None), (2, 0, "Check", None)),
        *((3, 2, None, None), (4, 3, None, "Broken")),
    ]
    assert SECRET not in repr(execution)
    stubber.assert_no_pending_responses()


def test_missing_execution_is_none() -> None:
    client, stubber = stubbed()
    stubber.add_client_error("describe_execution", "ExecutionDoesNotExist", http_status_code=400)
    assert StepFunctionsHistories(client, ARN, "arn:express").standard(ID) is None


def test_throttled_read_may_be_retried() -> None:
    client, stubber = stubbed()
    stubber.add_client_error("describe_state_machine", "ThrottlingException", http_status_code=400)
    with pytest.raises(TraceThrottled) as refused:
        StepFunctionsHistories(client, ARN, "arn:express").definition(Workflow.EXPRESS)
    assert answer_for(refused.value).graphql == "TryAgain"


def test_error_name_is_shortened() -> None:
    client, stubber = stubbed()
    described = {
        "executionArn": EXECUTION,
        "stateMachineArn": ARN,
        "status": "PENDING_REDRIVE",
        "startDate": WHEN,
    }
    stubber.add_response("describe_execution", {**described, "error": "x" * 5000})
    machine = {
        "stateMachineArn": ARN,
        "name": "orders",
        "roleArn": "arn:aws:iam::1:role/r",
        "updateDate": WHEN,
    }
    stubber.add_response("describe_state_machine_for_execution", {**machine, "definition": "{}"})
    stubber.add_response("get_execution_history", {"events": []})
    execution = StepFunctionsHistories(client, ARN, "arn:express").standard(ID)
    assert execution is not None and execution.error is not None
    assert (len(execution.error), execution.outcome, execution.started_at) == (
        *(256, "FAILED"),
        Timestamp("2026-11-29T18:00:01.000Z"),
    )


HEADER = "Root=1-6569a0c0-0123456789abcdef01234567;Parent=53995c3f42cd8ad8;Sampled=1"
SEGMENT = {"id": "53995c3f42cd8ad8", "name": "orderwire", "start_time": 1.5, "end_time": 2.25}


def test_spans_are_read_by_the_trace_of_the_order() -> None:
    store = MemoryOrderStore()
    contents = an_order()
    store.record(contents, received(contents, HEADER))
    spans = MemorySpans({"1-6569a0c0-0123456789abcdef01234567": [json.dumps(SEGMENT)]})
    trace = trace_order(contents.order_id, STAFF, store, MemoryExecutions(), spans)
    assert trace_view(trace)["traceId"] == "1-6569a0c0-0123456789abcdef01234567"
    assert trace_view(trace)["spans"] == [
        {
            "id": "53995c3f42cd8ad8",
            "parent": None,
            "name": "orderwire",
            "origin": None,
            "startedAt": "1970-01-01T00:00:01.500000Z",
            "endedAt": "1970-01-01T00:00:02.250000Z",
            "failed": False,
            "detail": None,
        }
    ]


def test_untraced_order_reads_no_trace() -> None:
    store = MemoryOrderStore()
    spans = MemorySpans()
    spans.failing = AssertionError("nothing to read")
    trace = trace_order(order(store), STAFF, store, MemoryExecutions(), spans)
    assert (trace.trace_id, trace.spans) == (None, ())
