"""The handler of dead letters: the caller as AppSync verified them in, a result or a typed error out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext

from orders.dead_letters.redriving import Desk
from resolvers import manage_dead_letters, wiring
from tests.orders.dead_letters.fakes import ORDER_ID
from tests.orders.dead_letters.test_redriving import PLACES, World

STAFF = {"customerId": "margaret", "isStaff": True}


@pytest.fixture
def letters(monkeypatch: pytest.MonkeyPatch) -> World:
    world = World()

    def desk(in_time: Callable[[], bool]) -> Desk:
        return Desk(PLACES, world.queues, world.streams, world.functions, world.buses, lambda: True)

    monkeypatch.setattr(wiring, "dead_letters", desk)
    return world


def ask(context: LambdaContext, **event: object) -> Any:
    return manage_dead_letters.handler({**STAFF, **event}, context)


def test_dead_letter_places_are_listed(letters: World, context: LambdaContext) -> None:
    letters.queues.put("dead", {"orderId": ORDER_ID})
    [orders, *_] = ask(context, action="list")["result"]
    assert (orders["name"], orders["way"], orders["depth"]) == ("orders", "MOVE", 1)
    assert orders["purpose"]


def test_letters_are_shown_without_their_bodies(letters: World, context: LambdaContext) -> None:
    letters.queues.put("dead", {"orderId": ORDER_ID, "cardToken": "tok_secret"})
    answer = ask(context, action="show", place="orders", limit=50)
    assert answer["result"][0]["orderIds"] == [ORDER_ID]
    assert "tok_secret" not in repr(answer)


def test_letters_of_one_order_are_redriven(letters: World, context: LambdaContext) -> None:
    letters.queues.put("dead", {"orderId": ORDER_ID})
    answer = ask(context, action="redrive", place="orders", orderId=ORDER_ID.upper(), dryRun=False)
    assert answer["result"] == {"matched": 1, "redriven": 1, "failures": [], "more": False, "move": None}


@pytest.mark.parametrize("is_staff", [False, None, "true", 1])
def test_function_admits_staff_alone(letters: World, context: LambdaContext, is_staff: object) -> None:
    for action in ("list", "show", "redrive"):
        answer = ask(context, action=action, place="orders", limit=1, isStaff=is_staff)
        assert answer["error"]["type"] == "StaffOnly"


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        ({"action": "show", "place": "nowhere", "limit": 1}, "DeadLettersNotFound"),
        ({"action": "redrive", "place": "nowhere"}, "DeadLettersNotFound"),
        ({"action": "show", "place": "orders", "limit": 0}, "BadRequest"),
        ({"action": "show", "place": "orders", "limit": 101}, "BadRequest"),
        ({"action": "redrive", "place": "orders", "orderId": "x"}, "InvalidOrder"),
        ({"action": "burn", "place": "orders"}, "InternalError"),
    ],
)
def test_invalid_request_has_its_error_type(
    letters: World, context: LambdaContext, event: dict[str, object], kind: str
) -> None:
    assert ask(context, **event)["error"]["type"] == kind


def test_internal_error_reveals_no_details(context: LambdaContext, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(in_time: Callable[[], bool]) -> Desk:
        raise RuntimeError("the table's name")

    monkeypatch.setattr(wiring, "dead_letters", fail)
    error = ask(context, action="list")["error"]
    assert (error["type"], error["message"]) == ("InternalError", manage_dead_letters.FAULT)
