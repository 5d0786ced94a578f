"""Reading orders: whole, conditionally, with a wait, by page, their history; cancelling; tickets."""

from __future__ import annotations

from typing import Any

import pytest

from orders.caller import Caller
from orders.model import CustomerId, OrderId, OrderState
from orders.status import OrderStatus
from tests.companion.conftest import LIFE, Log, Shop
from tests.companion.gateway import ADA, GRACE, Gateway, GatewayResponse, Person, event
from tests.orders.samples import ADA as ADA_ID
from tests.orders.samples import AT, LATER, an_order, order_document

ID = OrderId("3f2b8c1e-9a4d-4e0f-8b7a-5c6d7e8f9a0b")
ADA_HERSELF = Person()
STAFF = Person(GRACE, groups=("packers", "staff"))
TAGS = 'If-None-Match: must be * or a list of entity tags such as "3"'
STATUSES = "status: must be one of " + ", ".join(OrderStatus)
FIRST = {"orderId": ID, "customerId": ADA, "version": 1, "status": "RECEIVED", "at": AT, "reason": None}


@pytest.fixture
def order(shop: Shop) -> OrderId:
    return shop.record(an_order(ID))


def read(gateway: Gateway, query: str = "", etag: str | None = None, **more: Any) -> GatewayResponse:
    headers = {} if etag is None else {"If-None-Match": etag}
    return gateway.send("GET", f"/orders/{ID}{query}", headers=headers, **more)


def refused(answer: GatewayResponse, code: str, detail: str) -> None:
    assert answer.status == 400
    problem = answer.json()
    assert problem["type"] == "urn:orderwire:problem:invalid-request"
    assert problem["detail"] == detail
    assert problem["errorInfo"] == {"path": detail.partition(":")[0], "code": code}


class TestAnOrder:
    def test_order_is_returned_whole(self, shop: Shop, gateway: Gateway, order: OrderId) -> None:
        shop.advance(order, OrderStatus.VALIDATED)
        answer = gateway.invoke(event("apigateway_get_order"))
        assert answer.status == 200
        history = [FIRST, FIRST | {"version": 2, "status": "VALIDATED", "at": LATER}]
        assert answer.json() == order_document(
            ID, ADA, status="VALIDATED", version=2, updatedAt=LATER, history=history
        )
        assert answer.headers == {
            "content-type": "application/json",
            "etag": '"2"',
            "cache-control": "private, no-cache",
            "retry-after": "1",
            "access-control-allow-origin": "*",
            "access-control-expose-headers": "ETag,Location,Preference-Applied,Retry-After",
            "x-content-type-options": "nosniff",
        }

    def test_retry_after_follows_the_status(self, shop: Shop, gateway: Gateway, order: OrderId) -> None:
        seconds: dict[str, str | None] = {}
        for status in LIFE:
            shop.advance(order, status)
            seconds[str(status)] = read(gateway).headers.get("retry-after")
        assert seconds == {
            "VALIDATED": "1",
            "CONFIRMED": "2",
            "PACKED": "2",
            "SHIPPED": "2",
            "DELIVERED": None,
        }

    @pytest.mark.parametrize("end", [OrderStatus.CANCELLED, OrderStatus.FAILED])
    def test_final_order_has_no_retry_after(
        self, shop: Shop, gateway: Gateway, order: OrderId, end: OrderStatus
    ) -> None:
        shop.advance(order, end)
        assert "retry-after" not in read(gateway).headers
        assert "retry-after" not in read(gateway, etag='"2"').headers

    def test_staff_read_orders_of_customers(self, gateway: Gateway, order: OrderId) -> None:
        assert read(gateway, person=STAFF).json()["customerId"] == ADA

    @pytest.mark.parametrize(
        "path",
        [
            "/orders/0b9a8f7e-6d5c-4b7a-8e0f-4d9a1e8c2b3f",
            "/orders/1",
            "/orders/%F0%9F%8D%B5",
            "/orders/" + "x" * 3000,
            "/orders/%00",
        ],
    )
    @pytest.mark.parametrize("more", ["", "/history"])
    def test_missing_and_foreign_orders_look_alike(
        self, gateway: Gateway, order: OrderId, path: str, more: str
    ) -> None:
        theirs = gateway.send("GET", f"/orders/{ID}{more}", person=Person(GRACE, groups=("staff-x",)))
        none = gateway.send("GET", path + more)
        assert none == theirs
        assert none.status == 404
        assert none.headers["content-type"] == "application/problem+json"
        assert none.json() == {
            "type": "urn:orderwire:problem:order-not-found",
            "title": "There is no such order",
            "status": 404,
            "detail": "You have no order with this id.",
            "instance": "urn:uuid:c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
        }

    def test_order_id_is_case_insensitive(self, gateway: Gateway, order: OrderId) -> None:
        assert gateway.send("GET", f"/orders/{ID.upper()}").json()["id"] == ID


class TestIfNoneMatch:
    @pytest.mark.parametrize("etag", ['"1"', 'W/"1"', '"7", "1"', '"x",W/"1" , "3"', ', "1",', "*"])
    def test_matching_etag_is_not_modified(self, gateway: Gateway, order: OrderId, etag: str) -> None:
        answer = read(gateway, etag=etag)
        assert (answer.status, answer.body) == (304, "")
        assert answer.headers["etag"] == '"1"'
        assert answer.headers["retry-after"] == "1"
        assert answer.headers["cache-control"] == "private, no-cache"

    def test_repeated_if_none_match_headers_are_one_list(self, gateway: Gateway, order: OrderId) -> None:
        lines = [("If-None-Match", '"1"'), ("if-none-match", '"9"')]
        assert gateway.send("GET", f"/orders/{ID}", headers=lines).status == 304

    @pytest.mark.parametrize("etag", ['"2"', '"01"', '""', 'W/"0"'])
    def test_other_etag_returns_the_order(self, gateway: Gateway, order: OrderId, etag: str) -> None:
        answer = read(gateway, etag=etag)
        assert (answer.status, answer.json()["version"]) == (200, 1)

    @pytest.mark.parametrize(
        "etag",
        ["", "w", "1", '"1', '"1" "2"', 'x"1"', '"a b", "1"', "*, *", '*, "1"', "W/1", ",", '"1";', "'1'"],
    )
    def test_malformed_if_none_match_is_refused(self, gateway: Gateway, order: OrderId, etag: str) -> None:
        refused(read(gateway, etag=etag), "BAD_ENTITY_TAG", TAGS)

    def test_long_if_none_match_is_parsed_quickly(self, gateway: Gateway, order: OrderId) -> None:
        assert read(gateway, etag=", ".join(['"x"'] * 20_000)).status == 200
        refused(read(gateway, etag='"x" ' + "," * 50_000 + "y"), "BAD_ENTITY_TAG", TAGS)

    def test_foreign_order_is_not_found_with_any_etag(self, gateway: Gateway, order: OrderId) -> None:
        assert read(gateway, etag="*", person=Person(GRACE)).status == 404


class TestWaiting:
    def test_long_poll_returns_newer_versions_at_once(
        self, shop: Shop, gateway: Gateway, order: OrderId
    ) -> None:
        shop.advance(order, OrderStatus.CONFIRMED)
        answer = gateway.invoke(event("apigateway_long_poll"))
        assert (answer.status, answer.json()["version"]) == (200, 3)
        assert [change["version"] for change in answer.json()["history"]] == [1, 2, 3]
        assert answer.headers["retry-after"] == "0"
        assert shop.meanwhile.slept == []

    def test_long_poll_returns_when_a_version_appears(
        self, shop: Shop, gateway: Gateway, order: OrderId
    ) -> None:
        shop.meanwhile.after(4, lambda: shop.advance(order, OrderStatus.VALIDATED))
        answer = read(gateway, "?wait=20&after=1")
        assert (answer.status, answer.json()["version"], answer.headers["etag"]) == (200, 2, '"2"')
        assert 4 <= sum(shop.meanwhile.slept) <= 4.5

    def test_long_poll_of_a_final_order_returns_at_once(
        self, shop: Shop, gateway: Gateway, order: OrderId
    ) -> None:
        shop.advance(order, OrderStatus.DELIVERED)
        answer = read(gateway, "?wait=25&after=6")
        assert (answer.status, answer.json()["status"]) == (200, "DELIVERED")
        assert "retry-after" not in answer.headers
        assert shop.meanwhile.slept == []

    def test_long_poll_without_news_returns_the_order(
        self, shop: Shop, gateway: Gateway, order: OrderId
    ) -> None:
        answer = read(gateway, "?wait=2&after=1")
        assert (answer.status, answer.json()["version"], answer.headers["retry-after"]) == (200, 1, "0")
        assert sum(shop.meanwhile.slept) == pytest.approx(2)

    def test_long_poll_by_etag_without_news_is_not_modified(
        self, shop: Shop, gateway: Gateway, order: OrderId
    ) -> None:
        answer = read(gateway, "?wait=2", etag='"1"')
        assert (answer.status, answer.body, answer.headers["retry-after"]) == (304, "", "0")
        assert sum(shop.meanwhile.slept) == pytest.approx(2)

    def test_long_poll_waits_after_the_newer_of_version_and_etag(
        self, shop: Shop, gateway: Gateway, order: OrderId
    ) -> None:
        shop.advance(order, OrderStatus.CONFIRMED)
        shop.meanwhile.after(1, lambda: shop.advance(order, OrderStatus.PACKED))
        assert read(gateway, "?wait=9&after=1", etag='"3"').json()["version"] == 4
        assert 1 <= sum(shop.meanwhile.slept) <= 1.5

    def test_long_poll_without_a_version_returns_at_once(
        self, shop: Shop, gateway: Gateway, order: OrderId
    ) -> None:
        assert read(gateway, "?wait=25").status == 200
        assert shop.meanwhile.slept == []

    def test_version_without_a_wait_is_ignored(self, shop: Shop, gateway: Gateway, order: OrderId) -> None:
        assert read(gateway, "?after=9").json()["version"] == 1
        assert read(gateway, "?wait=0&after=9").headers["retry-after"] == "1"
        assert shop.meanwhile.slept == []

    @pytest.mark.parametrize(("late", "waits"), [(0, 25), (1.5, 25), (5, 22), (30, 0)])
    def test_cold_start_shortens_the_wait(
        self, shop: Shop, gateway: Gateway, order: OrderId, late: float, waits: float
    ) -> None:
        """API Gateway gives up after 29 s: an answer after that would be a 504."""
        shop.clock.advance(late)
        assert gateway.invoke(event("apigateway_long_poll")).status == 200
        assert sum(shop.meanwhile.slept) == pytest.approx(waits)

    def test_long_poll_of_a_foreign_order_returns_at_once(
        self, shop: Shop, gateway: Gateway, order: OrderId
    ) -> None:
        assert read(gateway, "?wait=25&after=1", person=Person(GRACE)).status == 404
        assert shop.meanwhile.slept == []

    @pytest.mark.parametrize(
        ("query", "code", "detail"),
        [
            ("wait=abc", "NOT_A_NUMBER", "wait: must be a whole number from 0 to 25"),
            ("wait=", "NOT_A_NUMBER", "wait: must be a whole number from 0 to 25"),
            ("wait=1.5", "NOT_A_NUMBER", "wait: must be a whole number from 0 to 25"),
            ("wait=-1", "NOT_A_NUMBER", "wait: must be a whole number from 0 to 25"),
            ("wait=%2B1", "NOT_A_NUMBER", "wait: must be a whole number from 0 to 25"),
            ("wait=%201", "NOT_A_NUMBER", "wait: must be a whole number from 0 to 25"),
            ("wait=%D9%A3", "NOT_A_NUMBER", "wait: must be a whole number from 0 to 25"),
            ("wait=26", "OUT_OF_RANGE", "wait: must be 0 to 25"),
            ("wait=" + "9" * 5000, "OUT_OF_RANGE", "wait: must be 0 to 25"),
            ("wait=1&wait=2", "REPEATED", "wait: must be given once"),
            ("wait=1&after=-1", "NOT_A_NUMBER", "after: must be a whole number from 0 to 2147483647"),
            ("after=2147483648", "OUT_OF_RANGE", "after: must be 0 to 2147483647"),
            ("after=1&after=1", "REPEATED", "after: must be given once"),
        ],
    )
    def test_invalid_wait_or_version_is_refused(
        self, gateway: Gateway, order: OrderId, query: str, code: str, detail: str
    ) -> None:
        refused(read(gateway, f"?{query}"), code, detail)


class TestHistory:
    @pytest.mark.parametrize(("query", "versions"), [("", [1, 2, 3]), ("?after=1", [2, 3]), ("?after=9", [])])
    def test_history_starts_after_a_version(
        self, shop: Shop, gateway: Gateway, order: OrderId, query: str, versions: list[int]
    ) -> None:
        shop.advance(order, OrderStatus.CONFIRMED)
        answer = gateway.send("GET", f"/orders/{ID}/history{query}")
        assert answer.status == 200
        assert answer.headers["retry-after"] == "2"
        assert answer.headers["cache-control"] == "private, no-cache"
        document = answer.json()
        assert (document["orderId"], document["version"]) == (ID, 3)
        assert [change["version"] for change in document["changes"]] == versions
        assert document.keys() == {"orderId", "version", "changes"}

    @pytest.mark.parametrize(
        ("query", "code", "detail"),
        [
            ("after=-1", "NOT_A_NUMBER", "after: must be a whole number from 0 to 2147483647"),
            ("after=1&after=2", "REPEATED", "after: must be given once"),
        ],
    )
    def test_invalid_version_is_refused(
        self, gateway: Gateway, order: OrderId, query: str, code: str, detail: str
    ) -> None:
        refused(gateway.send("GET", f"/orders/{ID}/history?{query}"), code, detail)


class TestAPage:
    @pytest.fixture
    def orders(self, shop: Shop) -> list[OrderId]:
        """Five orders of one moment: the ids decide."""
        recorded = [shop.record() for _ in range(5)]
        shop.record(an_order(customer=CustomerId(GRACE)))
        return sorted(recorded, reverse=True)

    def page(self, gateway: Gateway, query: str = "") -> tuple[list[str], str | None]:
        answer = gateway.send("GET", f"/orders{query}")
        assert answer.status == 200
        assert answer.headers["cache-control"] == "private, no-cache"
        document = answer.json()
        return [order["id"] for order in document["orders"]], document["nextCursor"]

    def test_page_has_all_orders_by_default(self, gateway: Gateway, orders: list[OrderId]) -> None:
        assert self.page(gateway) == (orders, None)

    def test_orders_are_listed_page_by_page(self, gateway: Gateway, orders: list[OrderId]) -> None:
        first, cursor = self.page(gateway, "?limit=2")
        second, cursor = self.page(gateway, f"?limit=2&cursor={cursor}")
        third, cursor = self.page(gateway, f"?limit=2&cursor={cursor}")
        assert ([first, second, third], cursor) == ([orders[:2], orders[2:4], orders[4:]], None)

    def test_orders_are_filtered_by_status(self, shop: Shop, gateway: Gateway, orders: list[OrderId]) -> None:
        shop.advance(orders[3], OrderStatus.PACKED)
        assert self.page(gateway, "?status=PACKED") == ([orders[3]], None)

    def test_listed_order_has_everything_except_items(
        self, shop: Shop, gateway: Gateway, order: OrderId
    ) -> None:
        [summary] = gateway.send("GET", "/orders").json()["orders"]
        whole = read(gateway).json()
        del whole["items"]
        assert summary == whole

    @pytest.mark.parametrize(
        ("query", "code", "detail"),
        [
            ("limit=0", "OUT_OF_RANGE", "limit: must be 1 to 100"),
            ("limit=101", "OUT_OF_RANGE", "limit: must be 1 to 100"),
            ("limit=ten", "NOT_A_NUMBER", "limit: must be a whole number from 1 to 100"),
            ("limit=1&limit=2", "REPEATED", "limit: must be given once"),
            ("cursor=x", "BAD_CURSOR", "cursor: must be the nextCursor of a page of your own, unchanged"),
            ("cursor=", "BAD_CURSOR", "cursor: must be the nextCursor of a page of your own, unchanged"),
            ("cursor=a&cursor=b", "REPEATED", "cursor: must be given once"),
            (
                "status=packed",
                "UNKNOWN_STATUS",
                STATUSES,
            ),
            ("status=", "UNKNOWN_STATUS", STATUSES),
            ("status=PACKED&status=FAILED", "REPEATED", "status: must be given once"),
        ],
    )
    def test_invalid_list_parameters_are_refused(
        self, gateway: Gateway, query: str, code: str, detail: str
    ) -> None:
        refused(gateway.send("GET", f"/orders?{query}"), code, detail)

    def test_cursor_of_another_customer_is_refused(self, gateway: Gateway, orders: list[OrderId]) -> None:
        _, cursor = self.page(gateway, "?limit=2")
        answer = gateway.send("GET", f"/orders?cursor={cursor}", person=Person(GRACE))
        refused(answer, "BAD_CURSOR", "cursor: must be the nextCursor of a page of your own, unchanged")


class TestCancelling:
    def cancel(self, gateway: Gateway, person: Person = ADA_HERSELF) -> GatewayResponse:
        return gateway.send("DELETE", f"/orders/{ID}", person=person)

    def test_repeated_cancellation_returns_the_same_order(
        self, shop: Shop, gateway: Gateway, order: OrderId, log: Log
    ) -> None:
        answer = self.cancel(gateway)
        assert answer.status == 200
        document = answer.json()
        assert (document["status"], document["reason"], document["version"]) == (
            "CANCELLED",
            "CUSTOMER_REQUEST",
            2,
        )
        assert answer.headers["etag"] == '"2"'
        assert "retry-after" not in answer.headers
        assert self.cancel(gateway) == answer
        assert [line["order_id"] for line in log.lines] == [ID, ID]

    def test_packed_order_is_not_cancellable(self, shop: Shop, gateway: Gateway, order: OrderId) -> None:
        shop.advance(order, OrderStatus.PACKED)
        answer = self.cancel(gateway)
        assert answer.status == 409
        assert answer.json() == {
            "type": "urn:orderwire:problem:order-not-cancellable",
            "title": "The order can no longer be cancelled",
            "status": 409,
            "detail": "The order is PACKED and can no longer be cancelled.",
            "errorInfo": {"status": "PACKED"},
            "instance": "urn:uuid:c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
        }

    def test_foreign_order_is_cancelled_by_staff_alone(
        self, shop: Shop, gateway: Gateway, order: OrderId
    ) -> None:
        assert self.cancel(gateway, Person(GRACE)).status == 404
        state: OrderState | None = shop.store.state(order)
        assert state is not None
        assert state.version == 1
        assert self.cancel(gateway, STAFF).status == 200


class TestTickets:
    def test_ticket_opens_one_connection(self, shop: Shop, gateway: Gateway, log: Log) -> None:
        answer = gateway.send("POST", "/ws-tickets")
        assert answer.status == 201
        assert answer.json() == {"ticket": "ticket-1", "expiresIn": 60}
        assert answer.headers["cache-control"] == "no-store"
        assert shop.tickets.redeem("ticket-1", shop.clock.now()) == Caller(ADA_ID)
        assert "ticket-1" not in log.text

    def test_ticket_request_ignores_its_body(self, gateway: Gateway) -> None:
        answer = gateway.send("POST", "/ws-tickets", headers={"Content-Type": "text/plain"}, body="x")
        assert answer.status == 201

    def test_ticket_of_staff_opens_a_staff_connection(self, shop: Shop, gateway: Gateway) -> None:
        secret = gateway.send("POST", "/ws-tickets", person=STAFF).json()["ticket"]
        caller = shop.tickets.redeem(secret, shop.clock.now())
        assert caller is not None
        assert caller.is_staff
