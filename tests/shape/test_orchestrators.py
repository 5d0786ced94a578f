"""The workflow and the durable function side by side: the same states, retries, statuses and writes."""

from __future__ import annotations

import ast
import json
from dataclasses import dataclass
from typing import Any

import pytest
from aws_durable_execution_sdk_python.config import StepConfig

from orders.approval import Decision
from orders.model import OrderId
from resolvers import run_order, run_parts
from tests.durable_runs import DurableRun, quiet
from tests.shape import shape
from tests.shape.shop import LIMIT, Run, Shop, _Context

MACHINE = json.loads((shape.APPSYNC / "workflow" / "order.asl.json").read_text("utf-8"))
OWN = {"KeepCallback", "Result"}
"""What the workflow does in one state with the wait itself; and a type's name."""


def states(machine: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return all states of a machine by their names, those within others included."""
    gathered: dict[str, dict[str, Any]] = {}
    for name, state in machine["States"].items():
        gathered[name] = state
        for inner in [
            *state.get("Branches", ()),
            *([state["ItemProcessor"]] if "ItemProcessor" in state else []),
        ]:
            gathered |= states(inner)
    return gathered


def operations() -> set[str]:
    """Return the names that the module gives to operations: texts that look like a state's."""
    tree = ast.parse((shape.ROOT / "resolvers" / "run_order.py").read_text("utf-8"))
    texts = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    return {
        text
        for text in texts
        if isinstance(text, str) and text.isalpha() and not text.isupper() and text[0].isupper()
    }


def test_each_operation_has_a_state_and_each_working_state_an_operation() -> None:
    everything = states(MACHINE)
    assert operations() - OWN <= everything.keys()
    working = {
        name for name, state in everything.items() if state["Type"] in {"Task", "Wait", "Parallel", "Map"}
    }
    assert working <= operations()


@pytest.mark.parametrize(
    ("state", "config"),
    [
        ("ReserveItem", run_parts.TASK),
        ("AuthorizePayment", run_parts.TASK),
        ("MarkConfirmed", run_parts.WRITE),
        ("ReleaseStock", run_parts.COMPENSATION),
        ("MarkFailed", run_parts.COMPENSATION),
    ],
)
def test_operation_has_as_many_attempts_as_its_state(state: str, config: StepConfig) -> None:
    assert config.retry_strategy is not None
    retry = states(MACHINE)[state]["Retry"][-1]
    decisions = [
        config.retry_strategy(ConnectionError(), tries) for tries in range(1, retry["MaxAttempts"] + 2)
    ]
    assert [decision.should_retry for decision in decisions] == [True] * retry["MaxAttempts"] + [False]
    longest = min(retry["IntervalSeconds"] * 2 ** (retry["MaxAttempts"] - 1), retry["MaxDelaySeconds"])
    assert all(1 <= decision.delay_seconds <= longest for decision in decisions[:-1])


@dataclass(frozen=True)
class Case:
    """What is ordered, and what happens to it meanwhile."""

    quantities: tuple[tuple[str, int], ...] = (("a", 2), ("b", 1))
    card: str = "tok_approve"
    decision: Decision | None = None
    cancelled: bool = False


DEAR = (("a", LIMIT // 450 + 1),)
CASES = {
    "delivered": Case(),
    "declined": Case(card="tok_decline"),
    "out of stock, declined": Case((("a", 2), ("b", 999)), "tok_decline"),
    "unknown item": Case((("a", 1), ("nothing", 1))),
    "approved": Case(DEAR, decision=Decision.APPROVE),
    "cancelled before the start": Case(cancelled=True),
}


def writes(shop: Shop, order_id: OrderId, skus: list[str]) -> dict[str, Any]:
    """Return what an order's run has written, without what names the run and the moment."""
    item = shop.world.client("dynamodb").get_item(
        TableName=shop.outputs["OrdersTableName"],
        Key={"pk": {"S": f"ORDER#{order_id}"}, "sk": {"S": "STATE"}},
        ConsistentRead=True,
    )["Item"]
    return {
        "attributes": sorted(item),
        "history": [(entry["M"]["status"], entry["M"].get("reason")) for entry in item["history"]["L"]],
        "reason": item.get("reason"),
        "last": item["lastChange"]["M"]["state"],
        "reservations": [shop.fulfilment(f"RESERVATION#{order_id}#{sku}").get("status") for sku in skus],
        "payment": shop.fulfilment(f"PAYMENT#{order_id}").get("status"),
        "waited": "since" in shop.approval(order_id),
    }


@pytest.mark.integration
@pytest.mark.parametrize("name", CASES)
def test_both_orchestrators_write_the_same_for_an_order(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    for variable, value in {
        "PACE_SECONDS": "0",
        "APPROVAL_SECONDS": "30",
        "FULFILMENT": "demonstration",
    }.items():
        monkeypatch.setenv(variable, value)
    case = CASES[name]
    results = []
    for runner in (_by_workflow, _by_function):
        place = f"{runner.__name__}-{name.replace(' ', '').replace(',', '')}"
        quantities = {f"{sku}-{place}": quantity for sku, quantity in case.quantities}
        for sku, _ in case.quantities:
            if sku != "nothing":
                shop.stock(f"{sku}-{place}", 500)
        order_id = shop.record(quantities, case.card)
        if case.cancelled:
            shop.cancel(order_id)
        succeeded = runner(shop, order_id, case)
        remaining = [shop.available(sku) for sku in quantities if not sku.startswith("nothing")]
        results.append((succeeded, remaining, writes(shop, order_id, list(quantities))))
    assert results[0] == results[1]


def _by_workflow(shop: Shop, order_id: OrderId, case: Case) -> bool:
    execution = shop.start(order_id)
    if case.decision is not None:
        shop.wait_for(order_id, "AWAITING_APPROVAL")
        shop.decide(order_id, case.decision)
    run: Run = shop.finish(order_id, execution)
    return run.status == "SUCCEEDED"


def _by_function(shop: Shop, order_id: OrderId, case: Case) -> bool:
    run = DurableRun(order_id)
    if case.decision is not None:

        def decide() -> None:
            assert case.decision is not None
            if shop.state(order_id).status.value == "AWAITING_APPROVAL":
                shop.decide(order_id, case.decision)
                run.succeed(shop.approval(order_id)["callbackId"]["S"])

        run.on_suspend = decide
    with quiet():
        run.drive(run_order.handler, _Context())
    return bool(run.answer["Status"] == "SUCCEEDED")


def test_new_release_publishes_a_new_function_version() -> None:
    everything = shape.template()["Resources"]
    release = {"Ref": "Release"}
    assert everything["RunOrderVersion"]["Properties"]["Description"] == release
    # Lambda publishes none while nothing has changed.
    assert "${Release}" in everything["RunOrderFunction"]["Properties"]["Description"]["Fn::Sub"]
    assert everything["RunOrderVersion"]["UpdateReplacePolicy"] == "Retain"
