"""What the resolvers of queries ask of the table, and what they make of its answers."""

from __future__ import annotations

from typing import Any

import pytest

from localcloud.appsync.js.modules import load_module
from tests.shape import shape
from tests.shape.api import ADA, GRACE, STAFF, Api
from tests.shape.samples import (
    AT,
    CONTENTS_KEY,
    ITEM,
    ORDER_ID,
    STATE_KEY,
    api,
    contents,
    errors,
    gives,
    state,
)

# Those of channels export other functions: test_channels.py has them run.
RESOLVERS = [path for path in sorted(shape.javascript()) if not path.startswith("js/channels/")]


@pytest.mark.parametrize("path", RESOLVERS)
def test_resolver_file_is_accepted_by_appsync(path: str) -> None:
    source = shape.javascript()[path]
    load_module(path, source)  # raises on whatever APPSYNC_JS refuses
    assert len(source) <= 32_000


def test_every_resolver_compiles() -> None:
    assert api().engine.warnings == []


@pytest.mark.parametrize("field", ["Query.order", "Query.orderHistory"])
async def test_order_is_readable_by_its_owner_and_staff(field: str) -> None:
    received = {}
    for identity in (ADA, GRACE, STAFF):
        outcome = await api().call(field, {"id": ORDER_ID}, identity=identity, Orders=[gives(state())])
        assert not outcome.errors
        received[identity["sub"]] = outcome.value is not None
    assert received == {"ada": True, "grace": False, "margaret": True}
    none = await api().call(field, {"id": ORDER_ID}, Orders=[gives(None)])
    assert (none.value, none.errors) == (None, [])


async def test_order_is_read_consistently_by_an_id_in_any_case() -> None:
    outcome = await api().call("Query.order", {"id": ORDER_ID.upper()}, Orders=[gives(state())])
    assert api().requests == [("Orders", {"operation": "GetItem", "key": STATE_KEY, "consistentRead": True})]
    assert isinstance(outcome.value, dict)
    assert outcome.value["id"] == ORDER_ID


@pytest.mark.parametrize(
    ("after", "versions"), [(None, [1, 2, 3]), (0, [1, 2, 3]), (-7, [1, 2, 3]), (2, [3]), (3, []), (9, [])]
)
async def test_history_starts_after_a_version(after: int | None, versions: list[int]) -> None:
    result = state("RECEIVED", "VALIDATED", "FAILED")
    result["history"][2]["reason"] = "OUT_OF_STOCK"
    arguments = {"id": ORDER_ID, "afterVersion": after}
    outcome = await api().call("Query.orderHistory", arguments, Orders=[gives(result)])
    assert isinstance(outcome.value, dict)
    changes: Any = outcome.value["changes"]
    assert outcome.value["version"] == 3
    assert [change["version"] for change in changes] == versions
    if 3 in versions:
        assert changes[-1] == {
            "orderId": ORDER_ID,
            "customerId": "ada",
            "version": 3,
            "status": "FAILED",
            "at": AT,
            "reason": "OUT_OF_STOCK",
        }


async def test_orders_are_those_of_the_caller_newest_first() -> None:
    page = gives({"items": [state()], "nextToken": "more", "scannedCount": 1})
    outcome = await api().call("Query.orders", {"limit": 20}, identity=STAFF, Orders=[page])
    [(_, request)] = api().requests
    assert request["index"] == "byOwner"
    assert request["query"]["expressionValues"] == {":owner": {"S": "margaret"}}
    assert (request["scanIndexForward"], request["limit"]) == (False, 20)
    assert "filter" not in request
    assert outcome.value == {"orders": [{**state(), "id": ORDER_ID}], "nextToken": "more"}


async def test_orders_are_filtered_by_status() -> None:
    page = gives({"items": [], "nextToken": None})
    await api().call("Query.orders", {"status": "FAILED", "limit": None, "nextToken": "t"}, Orders=[page])
    [(_, request)] = api().requests
    assert request["filter"] == {
        "expression": "#status = :status",
        "expressionNames": {"#status": "status"},
        "expressionValues": {":status": {"S": "FAILED"}},
    }
    assert (request["limit"], request["nextToken"]) == (20, "t")


@pytest.mark.parametrize("limit", [0, -1, 101])
async def test_page_limit_is_bounded(limit: int) -> None:
    outcome = await api().call("Query.orders", {"limit": limit})
    assert errors(outcome) == [("BadRequest", f"limit must be 1 to 100, not {limit}", {"path": "limit"})]


async def test_staff_list_all_orders_by_status_newest_first() -> None:
    page = gives({"items": [state("FAILED")], "nextToken": "more", "scannedCount": 1})
    arguments = {"status": "FAILED", "limit": None, "nextToken": "t"}
    outcome = await api().call("Query.allOrders", arguments, identity=STAFF, Orders=[page])
    [(_, request)] = api().requests
    assert request == {
        "operation": "Query",
        "index": "byStatus",
        "query": {
            "expression": "#status = :status",
            "expressionNames": {"#status": "status"},
            "expressionValues": {":status": {"S": "FAILED"}},
        },
        "scanIndexForward": False,
        "limit": 20,
        "nextToken": "t",
    }
    assert outcome.value == {"orders": [{**state("FAILED"), "id": ORDER_ID}], "nextToken": "more"}


async def test_list_of_all_orders_can_be_disabled() -> None:
    outcome = await Api(STAFF_BOARD="false").call("Query.allOrders", {"status": "FAILED"}, identity=STAFF)
    message = "The list of everyone's orders is switched off here."
    assert errors(outcome) == [("StaffBoardOff", message, None)]


@pytest.mark.parametrize("field", ["Query.allOrders", "Subscription.onAnyOrder"])
async def test_customers_are_refused_the_list_of_all_orders(field: str) -> None:
    outcome = await api().call(field, {"status": "FAILED"}, identity=ADA)
    assert errors(outcome) == [("StaffOnly", "Only staff may see everyone's orders.", None)]


async def test_items_are_read_only_when_missing_from_the_source() -> None:
    read = await api().call("Order.items", {}, source={"id": ORDER_ID}, Orders=[gives(contents())])
    assert api().requests == [
        ("Orders", {"operation": "GetItem", "key": CONTENTS_KEY, "consistentRead": True})
    ]
    had = await api().call("Order.items", {}, source={"id": ORDER_ID, "items": [ITEM]})
    assert read.value == had.value == [ITEM]


async def test_history_has_the_field_names_of_subscriptions() -> None:
    source = {**state("RECEIVED", "VALIDATED"), "id": ORDER_ID}
    outcome = await api().call("Order.history", {}, source=source)
    assert isinstance(outcome.value, list)
    assert [(change["orderId"], change["version"], change["status"]) for change in outcome.value] == [  # type: ignore[index,call-overload]
        (ORDER_ID, 1, "RECEIVED"),
        (ORDER_ID, 2, "VALIDATED"),
    ]
