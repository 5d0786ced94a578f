"""Redriving: everything goes back once, whichever process is killed and however often it is tried."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from orders.caller import Caller
from orders.dead_letters.model import Letter, Move, Place, Way
from orders.dead_letters.redriving import Desk
from orders.errors import DeadLettersNotFound, StaffOnly
from orders.model import CustomerId, Timestamp
from tests.orders.dead_letters.fakes import (
    AT,
    ORDER_ID,
    OTHER,
    Killed,
    MemoryBuses,
    MemoryFunctions,
    MemoryQueues,
    MemoryStreams,
)
from tests.orders.dead_letters.test_reading import BATCH, CHANGE, EVENT, MESSAGE

STAFF = Caller(CustomerId("margaret"), is_staff=True)
ADA = Caller(CustomerId("ada"))
PLACES = (
    Place("orders", Way.MOVE, "dead", "orders"),
    Place("fanout", Way.STREAM, "fan", "arn:fanout"),
    Place("settlement", Way.STREAM, "settle", "arn:settle"),
    Place("fulfilment", Way.INVOKE, "ful", "arn:record"),
    Place("webhooks", Way.REPUBLISH, "hooks", "redelivery"),
    Place("events", Way.EVENT, "lost", "shop"),
)


class World:
    """A desk and what is behind it."""

    def __init__(self) -> None:
        self.queues = MemoryQueues()
        self.streams = MemoryStreams()
        self.functions = MemoryFunctions()
        self.buses = MemoryBuses()
        self.time = 1_000
        self.desk = Desk(PLACES, self.queues, self.streams, self.functions, self.buses, self._in_time)

    def _in_time(self) -> bool:
        self.time -= 1
        return self.time > 0

    def batch(self, url: str, first: int, last: int) -> Letter:
        info = {
            **BATCH["DDBStreamBatchInfo"],  # type: ignore[dict-item]
            "startSequenceNumber": str(first),
            "endSequenceNumber": str(last),
        }
        return self.queues.put(url, {**BATCH, "DDBStreamBatchInfo": info})

    def handled(self) -> list[tuple[str, list[str]]]:
        """Return which records each function was handed."""
        calls: list[tuple[str, list[str]]] = []
        for arn, event in self.functions.handled:
            records: Any = event
            calls.append((arn, [record["dynamodb"]["SequenceNumber"] for record in records["Records"]]))
        return calls


@pytest.fixture
def world() -> World:
    return World()


def test_each_place_has_its_depth_and_the_age_of_its_oldest_letter(world: World) -> None:
    world.queues.put("dead", {"orderId": ORDER_ID}, Timestamp("2026-11-21T00:00:00.000Z"))
    world.queues.put("dead", {"orderId": ORDER_ID})
    [orders, *others] = world.desk.list_places(STAFF)
    assert (orders.place.name, orders.depth, orders.oldest_at) == ("orders", 2, AT)
    assert all((place.depth, place.oldest_at) == (0, None) for place in others)
    assert world.queues.hidden == set()


def test_letters_are_not_read_during_a_move(world: World) -> None:
    world.queues.put("dead", {"orderId": ORDER_ID})
    world.queues.moves["dead"] = Move("RUNNING", 0, 1, AT)
    assert world.desk.list_places(STAFF)[0].oldest_at is None
    assert world.queues.hidden == set()


def test_shown_letters_stay_in_the_queue(world: World) -> None:
    for _ in range(25):
        world.queues.put("dead", {"orderId": ORDER_ID})
    shown = world.desk.show("orders", STAFF, limit=12)
    assert len(shown) == 12 and shown[0].contents.orders == (ORDER_ID,)
    assert world.queues.depth("dead") == 25 and world.queues.hidden == set()


def test_batch_is_shown_with_the_orders_of_its_records(world: World) -> None:
    world.streams.put(1, ORDER_ID)
    world.streams.put(2, OTHER)
    world.batch("fan", 1, 2)
    world.batch("fan", 8, 9)
    whole, gone = world.desk.show("fanout", STAFF, limit=10)
    assert whole.contents.orders == (ORDER_ID, OTHER) and whole.contents.problem is None
    assert gone.contents.orders == () and "24 hours" in str(gone.contents.problem)


def test_sqs_moves_a_queue_after_one_request(world: World) -> None:
    world.queues.put("dead", {"orderId": ORDER_ID})
    first = world.desk.redrive("orders", STAFF)
    assert first.move is not None and first.move.active
    moved = world.queues.moves["dead"] = Move("RUNNING", 1, 5, AT)
    assert world.desk.redrive("orders", STAFF).move == moved


def test_empty_place_has_nothing_to_move(world: World) -> None:
    assert world.desk.redrive("orders", STAFF).move is None
    assert world.queues.moves == {}


def test_letters_of_one_order_return_and_the_others_stay(world: World) -> None:
    mine = world.queues.put("dead", {"orderId": ORDER_ID})
    other = world.queues.put("dead", {"orderId": OTHER})
    result = world.desk.redrive("orders", STAFF, only=ORDER_ID)
    assert (result.matched, result.redriven) == (1, 1)
    assert world.queues.bodies("orders") == [mine.body]
    assert world.queues.bodies("dead") == [other.body]
    assert world.queues.hidden == {mine.message_id}


@pytest.mark.parametrize("place", ["orders", "fanout", "fulfilment", "webhooks"])
def test_dry_run_counts_and_changes_nothing(world: World, place: str) -> None:
    world.streams.put(1, ORDER_ID)
    world.queues.put("dead", {"orderId": ORDER_ID})
    world.queues.put("ful", EVENT)
    world.queues.put("hooks", MESSAGE)
    world.batch("fan", 1, 1)
    before = {url: list(letters) for url, letters in world.queues.letters.items()}
    for only in (None, ORDER_ID):
        result = world.desk.redrive(place, STAFF, only=only, dry_run=True)
        assert (result.matched, result.redriven, result.move) == (1, 0, None)
    assert world.queues.letters == before and world.queues.hidden == set()
    assert world.functions.handled == [] and world.queues.moves == {}


def test_records_are_handled_again_and_their_letter_is_deleted(world: World) -> None:
    world.streams.put(1, ORDER_ID)
    world.streams.put(2, OTHER)
    world.batch("fan", 1, 2)
    assert world.desk.redrive("fanout", STAFF).redriven == 1
    assert world.handled() == [("arn:fanout", ["1", "2"])]
    assert world.queues.depth("fan") == 0


def test_letter_stays_for_the_other_orders_of_its_batch(world: World) -> None:
    world.streams.put(1, ORDER_ID)
    world.streams.put(2, OTHER)
    world.batch("fan", 1, 2)
    assert world.desk.redrive("fanout", STAFF, only=OTHER).redriven == 1
    assert world.handled() == [("arn:fanout", ["2"])]
    assert world.queues.depth("fan") == 1 and world.queues.hidden == set()


def test_cancellations_of_confirmed_orders_alone_are_settled(world: World) -> None:
    world.streams.put(1, ORDER_ID)
    world.streams.put(2, OTHER, old="PAID", new="CONFIRMED")
    world.streams.put(3, OTHER, old="PAID", new="CANCELLED")
    world.batch("settle", 1, 3)
    assert world.desk.redrive("settlement", STAFF).redriven == 1
    assert world.handled() == [("arn:settle", ["1"])]


def test_expired_records_leave_their_letter_with_the_reason(world: World) -> None:
    letter = world.batch("fan", 1, 1)
    [failure] = world.desk.redrive("fanout", STAFF).failures
    assert (failure.message_id, world.queues.depth("fan")) == (letter.message_id, 1)
    assert "24 hours" in failure.reason


def test_failing_record_leaves_its_letter(world: World) -> None:
    world.streams.put(1, ORDER_ID)
    world.batch("fan", 1, 1)
    world.functions.answer = {"batchItemFailures": [{"itemIdentifier": "1"}]}
    result = world.desk.redrive("fanout", STAFF)
    assert (result.redriven, len(result.failures), world.queues.depth("fan")) == (0, 1, 1)


def test_event_is_handled_unchanged(world: World) -> None:
    world.queues.put("ful", {"requestContext": {"condition": "RetriesExhausted"}, "requestPayload": EVENT})
    assert world.desk.redrive("fulfilment", STAFF).redriven == 1
    assert world.functions.handled == [("arn:record", EVENT)]
    assert world.queues.depth("ful") == 0


def test_failing_event_stays_and_delays_no_other(world: World) -> None:
    world.functions.broken = True
    world.queues.put("ful", EVENT)
    world.queues.put("ful", EVENT)
    result = world.desk.redrive("fulfilment", STAFF)
    assert (result.matched, len(result.failures), result.more) == (2, 2, False)
    assert world.queues.depth("ful") == 2 and world.queues.hidden == set()


def test_delivery_goes_through_the_redelivery_queue(world: World) -> None:
    world.queues.put("hooks", {"Type": "Notification", "Message": json.dumps(MESSAGE)})
    world.queues.put("hooks", {"payload": json.dumps({"type": "challenge"})})
    result = world.desk.redrive("webhooks", STAFF)
    assert (result.redriven, len(result.failures)) == (1, 1)
    assert json.loads(world.queues.bodies("redelivery")[0]) == {"channel": "webhook", "change": CHANGE}
    assert world.queues.depth("hooks") == 1


def test_event_returns_to_its_bus_and_a_refused_one_stays(world: World) -> None:
    world.queues.put("lost", EVENT)
    world.queues.put("lost", {"detail": {}})
    world.buses.refused = ({"detail": {}},)
    result = world.desk.redrive("events", STAFF)
    assert (result.redriven, [failure.reason for failure in result.failures]) == (1, ["it is no event"])
    assert world.buses.events == [("shop", EVENT)]


def test_letters_beyond_the_time_limit_are_left_for_the_next_call(world: World) -> None:
    for _ in range(25):
        world.queues.put("ful", EVENT)
    calls = 0
    while True:
        world.time = 12
        calls += 1
        if not world.desk.redrive("fulfilment", STAFF).more:
            break
    assert calls > 1
    assert len(world.functions.handled) == 25 and world.queues.depth("ful") == 0


@given(
    some.lists(some.sampled_from([ORDER_ID, OTHER]), max_size=25), some.integers(min_value=0, max_value=25)
)
def test_killed_redrive_loses_no_letter(orders: list[Any], deletes: int) -> None:
    world = World()
    for order in orders:
        world.queues.put("dead", {"orderId": order})
    remaining = deletes

    def die(_: Letter) -> None:
        nonlocal remaining
        remaining -= 1
        if remaining < 0:
            raise Killed

    world.queues.before_delete = die
    try:
        world.desk.redrive("orders", STAFF, only=ORDER_ID)
    except Killed:
        world.queues.show_hidden()
        remaining = 1_000
        world.desk.redrive("orders", STAFF, only=ORDER_ID)
    # The one that was sent and not deleted may be there twice: its order is started once, under its name.
    arrived = {letter.message_id for letter in world.queues.letters.get("orders", [])}
    assert len(arrived) == orders.count(ORDER_ID)
    assert len(world.queues.letters.get("orders", [])) <= len(arrived) + 1
    assert len(world.queues.letters.get("dead", [])) == orders.count(OTHER)


def test_second_redrive_finds_nothing(world: World) -> None:
    world.queues.put("ful", EVENT)
    world.desk.redrive("fulfilment", STAFF)
    assert world.desk.redrive("fulfilment", STAFF).matched == 0
    assert len(world.functions.handled) == 1


def test_staff_alone_may_see_and_redrive_letters(world: World) -> None:
    for act in (
        lambda: world.desk.list_places(ADA),
        lambda: world.desk.show("orders", ADA, limit=1),
        lambda: world.desk.redrive("nowhere", ADA),
    ):
        with pytest.raises(StaffOnly):
            act()


def test_unknown_place_is_refused(world: World) -> None:
    with pytest.raises(DeadLettersNotFound):
        world.desk.redrive("nowhere", STAFF)
