"""``/graphql`` answers as AppSync's resolvers do: data, nulls, and errors with their type and info."""

from __future__ import annotations

from uuid import uuid4

import pytest

from orders.errors import Contended
from orders.model import OrderId
from orders.status import OrderStatus
from tests.companion.gateway import ADA, GRACE, Person
from tests.companion.graphql_world import AS_ADA, CANCEL, ENQUEUE, HISTORY, LIST, READ, SUBMIT, World
from tests.orders.samples import AT, submission, to

ADA_S = "3f2b8c1e-9a4d-4e0f-8b7a-5c6d7e8f9a0b"
NOBODY_S = "9c1d2e3f-4a5b-4c6d-8e7f-0a1b2c3d4e5f"
OTHER = Person(GRACE)
STAFF = Person(GRACE, groups=("packers", "staff"))


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    world = World()
    world.install(monkeypatch)
    return world


def change(world: World, *targets: OrderStatus, order_id: str = ADA_S) -> None:
    for target in targets:
        world.store.change(OrderId(order_id), to(target))


@pytest.mark.parametrize("query", [SUBMIT, ENQUEUE])
def test_submission_is_recorded_and_queued(world: World, query: str) -> None:
    received = {
        "orderId": ADA_S,
        "customerId": ADA,
        "version": 1,
        "status": "RECEIVED",
        "at": AT,
        "reason": None,
    }
    assert world.submit(query=query) == {
        "id": ADA_S,
        "customerId": ADA,
        "status": "RECEIVED",
        "version": 1,
        "currency": "EUR",
        "total": 2100,
        "itemCount": 2,
        "items": submission()["items"],
        "createdAt": AT,
        "updatedAt": AT,
        "reason": None,
        "history": [received],
    }
    assert world.queue.messages == [ADA_S]
    assert world.store.contents_read == 0


def test_repeated_submission_returns_the_order(world: World) -> None:
    first = world.submit()
    assert world.submit(query=ENQUEUE, clientToken=ADA_S.upper()) == first
    change(world, OrderStatus.VALIDATED)
    assert world.submit()["status"] == "VALIDATED"
    # The first may have died between record and queue; one that is under way is not queued again.
    assert world.queue.messages == [ADA_S, ADA_S]


@pytest.mark.parametrize(("person", "currency"), [(AS_ADA, "USD"), (OTHER, "EUR")])
def test_other_order_with_the_same_token_is_a_conflict(world: World, person: Person, currency: str) -> None:
    world.submit()
    assert world.error(SUBMIT, person=person, input=submission(currency=currency)) == {
        "path": ["submitOrder"],
        "data": None,
        "errorType": "IdempotencyConflict",
        "errorInfo": None,
        "message": "This clientToken was used for another order. Make a new UUID to submit a new order; "
        "to repeat one, send exactly what you sent before.",
    }


def test_invalid_order_error_has_path_and_code(world: World) -> None:
    bad = {"sku": "TEA-1", "name": "Tea", "quantity": 0, "unitPrice": 1}
    assert world.error(SUBMIT, input=submission(items=[bad])) == {
        "path": ["submitOrder"],
        "data": None,
        "errorType": "InvalidOrder",
        "errorInfo": {"path": "input.items[0].quantity", "code": "QUANTITY_RANGE"},
        "message": "input.items[0].quantity: must be 1 to 999",
    }
    assert world.queue.messages == []


def test_query_outside_the_schema_has_no_error_type(world: World) -> None:
    """AppSync gives none either, and its clients tell by that that repeating is no use."""
    error = world.error(SUBMIT, input=submission(currency=None))
    assert error.keys() == {"path", "message"}
    assert world.error("{ nothing }").keys() == {"path", "message"}
    assert "Did you mean" not in world.error("{ ordr(id: 1) { id } }")["message"]


def test_failing_queue_refuses_no_submission(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.queue.broken = ConnectionError("sqs is away")
    assert world.submit()["status"] == "RECEIVED"
    assert "order recorded but not queued" in capsys.readouterr().out


def test_order_is_visible_to_its_customer_and_to_staff(world: World) -> None:
    submitted = world.submit()
    assert world.ask(READ, id=ADA_S.upper()) == {"data": {"order": submitted}}
    assert world.ask(READ, id=ADA_S, person=STAFF) == {"data": {"order": submitted}}
    for nobody_s in (ADA_S.replace("3", "4"), "what", "", "\ud800", "x" * 5000):
        assert world.ask(READ, id=nobody_s) == {"data": {"order": None}}
        assert world.ask(HISTORY, id=nobody_s) == {"data": {"orderHistory": None}}
    assert world.ask(READ, id=ADA_S, person=OTHER) == {"data": {"order": None}}
    assert world.ask(HISTORY, id=ADA_S, person=OTHER) == {"data": {"orderHistory": None}}


def test_items_are_read_when_selected(world: World) -> None:
    world.submit()
    world.ask("query ($id: ID!) { order(id: $id) { id history { version } } }", id=ADA_S)
    assert world.store.contents_read == 0
    world.ask(READ, id=ADA_S)
    assert world.store.contents_read == 1


@pytest.mark.parametrize(
    ("after", "versions"), [(None, [1, 2, 3]), (0, [1, 2, 3]), (2, [3]), (9, []), (-5, [1, 2, 3])]
)
def test_history_starts_after_a_version(world: World, after: int | None, versions: list[int]) -> None:
    world.submit()
    change(world, OrderStatus.VALIDATED, OrderStatus.FAILED)
    order_history = world.ask(HISTORY, id=ADA_S, afterVersion=after)["data"]["orderHistory"]
    assert (order_history["orderId"], order_history["version"]) == (ADA_S, 3)
    assert [entry["version"] for entry in order_history["changes"]] == versions
    if versions:
        assert order_history["changes"][-1] == {"version": 3, "status": "FAILED", "reason": "OUT_OF_STOCK"}


def test_orders_are_listed_newest_first_by_page(world: World) -> None:
    tokens = [str(uuid4()) for _ in range(5)]
    for token in tokens:
        world.clock.advance(1)
        world.submit(clientToken=token)
    world.submit(clientToken=str(uuid4()), person=OTHER)
    received: list[str] = []
    next_token = None
    for _ in range(3):
        page = world.ask(LIST, limit=2, nextToken=next_token)["data"]["orders"]
        received += [order["id"] for order in page["orders"]]
        next_token = page["nextToken"]
    assert (received, next_token) == (tokens[::-1], None)
    assert len(world.ask("{ orders { orders { id } } }", person=STAFF)["data"]["orders"]["orders"]) == 1


def test_orders_are_filtered_by_status(world: World) -> None:
    world.submit()
    world.submit(clientToken=str(uuid4()))
    change(world, OrderStatus.CANCELLED)
    assert world.ask(LIST, status="CANCELLED", limit=None)["data"]["orders"]["orders"] == [{"id": ADA_S}]
    # An explicit null is as good as nothing, for each argument.
    assert len(world.ask(LIST, status=None, nextToken=None)["data"]["orders"]["orders"]) == 2


@pytest.mark.parametrize("limit", [0, -1, 101])
def test_page_limit_is_bounded(world: World, limit: int) -> None:
    assert world.error(LIST, limit=limit) == {
        "path": ["orders"],
        "data": None,
        "errorType": "BadRequest",
        "errorInfo": {"path": "limit"},
        "message": f"limit must be 1 to 100, not {limit}",
    }


def test_page_token_of_another_customer_is_refused(world: World) -> None:
    world.submit()
    token = world.ask(LIST, limit=1)["data"]["orders"]["nextToken"]
    for person, text in ((OTHER, token), (AS_ADA, token[:-1]), (AS_ADA, "\ud800")):
        error = world.error(LIST, person=person, nextToken=text)
        assert (error["errorType"], error["errorInfo"]) == ("BadRequestException", None)
        assert error["message"] == "Invalid pagination token given."


def test_repeated_cancellation_returns_the_same_order(world: World) -> None:
    world.submit()
    cancelled = {"id": ADA_S, "status": "CANCELLED", "version": 2, "reason": "CUSTOMER_REQUEST"}
    for _ in range(2):
        assert world.ask(CANCEL, id=ADA_S) == {"data": {"cancelOrder": cancelled}}


def test_packed_order_is_not_cancellable(world: World) -> None:
    world.submit()
    change(world, OrderStatus.VALIDATED, OrderStatus.CONFIRMED, OrderStatus.PACKED)
    error = world.error(CANCEL, id=ADA_S)
    assert (error["errorType"], error["errorInfo"]) == ("OrderNotCancellable", {"status": "PACKED"})
    assert error["message"] == "The order is PACKED and can no longer be cancelled."


@pytest.mark.parametrize(("order_id", "person"), [(ADA_S, OTHER), (NOBODY_S, AS_ADA), ("x", AS_ADA)])
def test_missing_order_cannot_be_cancelled(world: World, order_id: str, person: Person) -> None:
    world.submit()
    error = world.error(CANCEL, id=order_id, person=person)
    assert (error["errorType"], error["message"]) == ("OrderNotFound", "You have no order with this id.")


@pytest.mark.parametrize(
    ("broken", "kind"),
    [(Contended("order", 3), "TryAgain"), (ConnectionError("table orders-1"), "InternalError")],
)
def test_internal_errors_reveal_no_details(
    world: World, broken: Exception, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    world.store.broken = broken
    error = world.error(READ, id=ADA_S)
    assert (error["errorType"], error["errorInfo"]) == (kind, None)
    assert "orders-1" not in error["message"]
    assert str(broken) in capsys.readouterr().out  # but the log has it


def test_queries_beyond_the_resolver_limit_are_refused(world: World) -> None:
    read = " ".join(f"a{n}: order(id: 1) {{ id }}" for n in range(350))
    document = world.ask(f"{{ {read} }}")
    assert "errors" not in document
    for _ in range(26):
        world.clock.advance(1)
        world.submit(clientToken=str(uuid4()))
    read = " ".join(f"a{n}: orders(limit: 30) {{ orders {{ items {{ sku }} }} }}" for n in range(40))
    document = world.ask(f"{{ {read} }}")
    assert {(e["errorType"], e["message"]) for e in document["errors"]} == {
        ("ResolverExecutionLimitReached", "Resolver limit of 1000 exceeded.")
    }


def test_query_beyond_the_depth_limit_is_refused(world: World) -> None:
    def introspection(levels: int) -> str:
        return f"{{ __schema {{ types {{ fields {{ type {{ {'ofType { ' * (levels - 5)}name{' }' * levels}"

    assert "errors" not in world.ask(introspection(15))
    error = world.error(introspection(16))
    assert error["errorType"] == "QueryDepthLimitReached"
    assert error["message"] == "Query depth limit of 15 exceeded: the query is 16 levels deep."


def test_depth_of_exponential_fragments_is_measured_quickly(world: World) -> None:
    """Each fragment spreads the next one twice: a walk through every spread would take for ever."""
    chain = " ".join(f"fragment f{n} on Query {{ ...f{n + 1} ...f{n + 1} }}" for n in range(60))
    query = f"{{ ...f0 }} {chain} fragment f60 on Query {{ order(id: 1) {{ id }} }}"
    assert world.ask(query) == {"data": {"order": None}}
