"""Traces of orders that ran through the deployed workflows, on the real engine."""

from __future__ import annotations

import json
from typing import Any, cast

import pytest

from orders.adapters.durable_histories import EveryHistory
from orders.adapters.execution_histories import StepFunctionsHistories
from orders.approval import Decision
from orders.model import OrderId
from orders.status import FINAL
from orders.tracing.model import Trace
from orders.tracing.reading import trace_order
from orders.tracing.views import trace_view
from tests.orders.tracing.fakes import MemorySpans
from tests.shape.shop import GRACE, LIMIT, Shop, wait_until
from tests.shape.test_workflow_runs import tea  # noqa: F401 - a fixture

pytestmark = pytest.mark.integration


def trace(shop: Shop, order_id: OrderId) -> Trace:
    client = shop.world.client("stepfunctions")
    machines = StepFunctionsHistories(client, shop.machine, shop.outputs["ExpressMachineArn"])
    executions = EveryHistory(machines, cast("Any", None))  # no durable order is looked at here
    return trace_order(order_id, GRACE, shop.store, executions, MemorySpans())


def steps_of(shop: Shop, order_id: OrderId) -> dict[str, tuple[str, int, str | None]]:
    return {step.name: (step.outcome, step.retries, step.error) for step in trace(shop, order_id).steps}


def test_trace_of_a_delivered_order_has_every_state(shop: Shop, tea: str) -> None:  # noqa: F811
    other = f"{tea}-2"
    shop.stock(other, 10)
    order_id = shop.record({tea: 1, other: 2})
    shop.failing[("reserve_stock", order_id)] = [ConnectionError("for a moment")]
    shop.run(order_id)
    result = trace(shop, order_id)
    assert (result.source, result.outcome) == ("EXECUTION", "SUCCEEDED")
    assert result.started_at is not None and result.ended_at is not None
    assert {step.outcome.value for step in result.steps} == {"SUCCEEDED"}
    items = [step for step in result.steps if step.name == "ReserveItem"]
    assert {step.index for step in items} == {0, 1}
    assert sum(step.retries for step in items) == 1
    names = {step.id: step.name for step in result.steps}
    assert {(s.name, names.get(s.parent or 0), s.index) for s in result.steps if s.name != "ReserveItem"} >= {
        ("Validate", None, None),
        ("ReserveStock", "ReserveAndAuthorize", 0),
        ("AuthorizePayment", "ReserveAndAuthorize", 1),
        ("Done", None, None),
    }
    assert {names[step.parent or 0] for step in items} == {"ReserveStock"}


def test_trace_of_a_caught_error_has_its_name_alone(shop: Shop, tea: str) -> None:  # noqa: F811
    order_id = shop.record({tea: 1}, "tok_decline")
    shop.run(order_id)
    steps = steps_of(shop, order_id)
    assert steps["AuthorizePayment"] == ("CAUGHT", 0, "PaymentDeclined")
    assert steps["PaymentDeclined"] == ("SUCCEEDED", 0, None)
    assert "The payment provider" not in json.dumps(trace_view(trace(shop, order_id)))


def test_trace_of_a_failed_execution_names_step_and_error(shop: Shop, tea: str) -> None:  # noqa: F811
    order_id = shop.record({tea: 1})
    shop.failing[("authorize_payment", order_id)] = [RuntimeError("broken")] * 4
    shop.run(order_id)
    results, steps = trace(shop, order_id), steps_of(shop, order_id)
    assert (results.outcome, results.error) == ("FAILED", "InternalError")
    assert steps["AuthorizePayment"] == ("CAUGHT", 3, "RuntimeError")
    assert steps["EndedByInternalError"] == ("FAILED", 0, "InternalError")


def test_trace_of_a_waiting_order_has_its_state_and_no_token(shop: Shop, tea: str) -> None:  # noqa: F811
    order_id = shop.record({tea: LIMIT // 450 + 1})
    shop.stock(tea, LIMIT)
    execution = shop.start(order_id)
    shop.wait_for(order_id, "AWAITING_APPROVAL")
    wait_until(lambda: bool(shop.approval(order_id)))
    result = trace(shop, order_id)
    [waiting] = [step for step in result.steps if step.outcome == "RUNNING"]
    assert (waiting.name, waiting.left_at, result.outcome) == ("AwaitDecision", None, "RUNNING")
    token = shop.approval(order_id)["taskToken"]["S"]
    assert token not in json.dumps(trace_view(result))
    shop.decide(order_id, Decision.APPROVE)
    shop.finish(order_id, execution)
    assert steps_of(shop, order_id)["AwaitDecision"] == ("SUCCEEDED", 0, None)


def test_trace_of_an_express_order_has_the_states_that_changed_it(shop: Shop, tea: str) -> None:  # noqa: F811
    order_id = shop.record({tea: 1})
    assert trace(shop, order_id).outcome == "NOT_STARTED"
    shop.start(order_id, shop.outputs["ExpressMachineArn"])
    wait_until(lambda: shop.state(order_id).status in FINAL)
    result = trace(shop, order_id)
    assert (result.workflow, result.source, result.outcome) == ("EXPRESS", "STATUSES", None)
    assert [step.name for step in result.steps] == [
        *("MarkValidated", "MarkConfirmed", "MarkPacked", "MarkShipped", "MarkDelivered")
    ]
    assert "Claim" in {node.name for node in result.graph.nodes}


def test_trace_of_a_redrive_continues_and_counts_it(shop: Shop, tea: str) -> None:  # noqa: F811
    order_id = shop.record({tea: 1})
    shop.failing[("authorize_payment", order_id)] = [RuntimeError("broken")] * 4
    execution = shop.start(order_id)
    shop.finish(order_id, execution)
    shop.world.client("stepfunctions").redrive_execution(executionArn=execution)
    shop.world.finished(execution, timeout=60)
    result = trace(shop, order_id)
    assert (result.redrives, result.outcome) == (1, "FAILED")
    assert {step.outcome.value for step in result.steps} == {"SUCCEEDED", "CAUGHT", "FAILED"}
