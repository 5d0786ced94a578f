"""A decision is one conditional change by staff, and wakes the workflow that waits."""

from __future__ import annotations

import json
from typing import Any

import pytest

from orders.errors import OrderNotDecidable, OrderNotFound, StaffOnly
from orders.status import OrderStatus
from tests.shape.api import ADA, STAFF
from tests.shape.samples import AT, CONDITION, ORDER_ID, STATE_KEY, answers, api, errors, gives, state

AWAITED = ("RECEIVED", "VALIDATED", "AWAITING_APPROVAL")
NOTED = gives({"taskToken": "secret-token"})
WOKEN = answers(200, {})
GONE = answers(400, {"__type": "com.amazonaws.states#TaskTimedOut"})


def decide(decision: str = "APPROVE", **more: Any) -> dict[str, Any]:
    return {"input": {"orderId": ORDER_ID.upper(), "decision": decision, **more}}


@pytest.mark.parametrize(
    ("decision", "target", "reason"), [("APPROVE", "CONFIRMED", None), ("REJECT", "REJECTED", "NOT_APPROVED")]
)
async def test_decision_is_one_conditional_change(decision: str, target: str, reason: str | None) -> None:
    decided = state(*AWAITED, target)
    outcome = await api().call(
        "Mutation.decideOrder",
        decide(decision, reason="because"),
        identity=STAFF,
        Orders=[gives(decided), NOTED],
        Workflows=[WOKEN],
    )
    assert (outcome.value, outcome.errors) == ({**decided, "id": ORDER_ID}, [])
    (_, change), (_, note), (_, wake) = api().requests
    assert change["key"] == STATE_KEY
    assert change["condition"]["expression"] == "#now = :awaiting"
    assert change["condition"]["expressionValues"] == {":awaiting": {"S": "AWAITING_APPROVAL"}}
    values = change["update"]["expressionValues"]
    at = values[":at"]
    why = {"reason": {"S": reason}} if reason else {}
    assert values[":entry"] == {"L": [{"M": {"status": {"S": target}, "at": at, **why}}]}
    assert values[":change"] == {"M": {"execution": {"S": "decideOrder"}, "state": {"S": decision}}}
    assert note["key"] == {**STATE_KEY, "sk": {"S": "APPROVAL"}}
    assert note["update"]["expressionValues"] == {
        ":outcome": {"S": decision},
        ":by": {"S": "margaret"},
        ":at": at,
        ":note": {"S": "because"},
    }
    assert wake["params"]["headers"]["x-amz-target"] == "AWSStepFunctions.SendTaskSuccess"
    sent = json.loads(wake["params"]["body"])
    assert sent == {"taskToken": "secret-token", "output": json.dumps({"outcome": decision}).replace(" ", "")}
    assert "secret-token" not in json.dumps(outcome.value)


async def test_repeated_decision_returns_the_order_and_wakes_again() -> None:
    decided = state(*AWAITED, "CONFIRMED", "PACKED")
    outcome = await api().call(
        "Mutation.decideOrder",
        decide(),
        identity=STAFF,
        Orders=[CONDITION, gives(decided), NOTED],
        Workflows=[GONE],
    )
    assert (outcome.value, outcome.errors) == ({**decided, "id": ORDER_ID}, [])


@pytest.mark.parametrize(
    "statuses",
    [
        ("RECEIVED",),
        (*AWAITED, "REJECTED"),
        (*AWAITED, "EXPIRED"),
        (*AWAITED, "CANCELLED"),
        ("RECEIVED", "VALIDATED", "CONFIRMED"),
    ],
)
async def test_order_that_awaits_no_such_decision_is_refused(statuses: tuple[str, ...]) -> None:
    outcome = await api().call(
        "Mutation.decideOrder", decide(), identity=STAFF, Orders=[CONDITION, gives(state(*statuses))]
    )
    refusal = OrderNotDecidable(OrderStatus(statuses[-1]))
    assert errors(outcome) == [("OrderNotDecidable", str(refusal), refusal.info)]


async def test_staff_alone_may_decide() -> None:
    outcome = await api().call("Mutation.decideOrder", decide(), identity=ADA)
    assert errors(outcome) == [("StaffOnly", str(StaffOnly("decide on orders")), None)]
    assert api().requests == []


async def test_missing_order_is_not_found() -> None:
    for orders, order_id in (([CONDITION, gives(None)], ORDER_ID), ([], "no-id")):
        outcome = await api().call(
            "Mutation.decideOrder",
            {"input": {"orderId": order_id, "decision": "APPROVE"}},
            identity=STAFF,
            Orders=orders,
        )
        assert errors(outcome) == [("OrderNotFound", str(OrderNotFound()), None)]


async def test_note_has_a_limit() -> None:
    outcome = await api().call("Mutation.decideOrder", decide(reason="x" * 257), identity=STAFF)
    assert errors(outcome) == [
        (
            "BadRequest",
            "reason: must have at most 256 characters",
            {"path": "reason", "code": "TOO_LONG"},
        )
    ]


@pytest.mark.parametrize("noted", [CONDITION])
async def test_workflow_that_does_not_wait_yet_is_not_woken(noted: Any) -> None:
    outcome = await api().call(
        "Mutation.decideOrder", decide(), identity=STAFF, Orders=[gives(state(*AWAITED, "CONFIRMED")), noted]
    )
    assert outcome.errors == []


async def test_repeated_decision_wakes_a_workflow_that_was_not_reached() -> None:
    outcome = await api().call(
        "Mutation.decideOrder",
        decide(),
        identity=STAFF,
        Orders=[gives(state(*AWAITED, "CONFIRMED")), NOTED],
        Workflows=[answers(400, {"__type": "ThrottlingException"})],
    )
    assert [kind for kind, *_ in errors(outcome)] == ["TryAgain"]


async def test_cancellation_wakes_a_waiting_workflow() -> None:
    cancelled = {**state(*AWAITED, "CANCELLED"), "updatedAt": AT}
    for orders in ([gives(cancelled), NOTED], [CONDITION, gives(cancelled), NOTED]):
        outcome = await api().call("Mutation.cancelOrder", {"id": ORDER_ID}, Orders=orders, Workflows=[WOKEN])
        assert (outcome.value, outcome.errors) == ({**cancelled, "id": ORDER_ID}, [])
        note = api().requests[-2][1]
        assert note["update"]["expressionValues"][":outcome"] == {"S": "CANCEL"}
