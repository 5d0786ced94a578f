"""POST /orders: recorded once, handed on, and answered at once or when the order has come to its end."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from chalicelib.inputs import MAX_BODY
from orders.canonical import canonical
from orders.fields import rules
from orders.model import OrderId
from orders.status import OrderStatus
from tests.companion.conftest import Log, Shop
from tests.companion.gateway import ADA, EVENTS, GRACE, Gateway, GatewayResponse, Person, event
from tests.orders.samples import order_document, submission

ID = OrderId("3f2b8c1e-9a4d-4e0f-8b7a-5c6d7e8f9a0b")
JSON = {"Content-Type": "application/json"}
SUBMISSION = event("apigateway_submit_order")


def body(**changes: object) -> str:
    document = {name: value for name, value in submission(**changes).items() if name != "clientToken"}
    return json.dumps(document)


def submit(
    gateway: Gateway, text: str | bytes | None = None, *, prefer: str = "", **more: Any
) -> GatewayResponse:
    headers = JSON | {"Idempotency-Key": ID} | ({"Prefer": prefer} if prefer else {})
    return gateway.send("POST", "/orders", headers=headers, body=body() if text is None else text, **more)


def test_order_is_recorded_queued_and_answered(shop: Shop, gateway: Gateway, log: Log) -> None:
    answer = gateway.invoke(SUBMISSION)
    assert answer.status == 202
    assert answer.json() == order_document(ID, ADA)
    assert answer.headers == {
        "content-type": "application/json",
        "location": f"/api/orders/{ID}",
        "retry-after": "1",
        "cache-control": "private, no-cache",
        "access-control-allow-origin": "*",
        "access-control-expose-headers": "ETag,Location,Preference-Applied,Retry-After",
        "x-content-type-options": "nosniff",
    }
    assert shop.queue.messages == [ID]
    assert [(line["message"], line["order_id"], line["is_new"]) for line in log.lines] == [
        ("order recorded", ID, True)
    ]
    assert "tok_" not in log.text
    assert "Tea" not in log.text


def test_location_has_the_stage_or_the_path_of_a_custom_domain(gateway: Gateway) -> None:
    request = copy.deepcopy(SUBMISSION)
    request["requestContext"]["path"] = "/shop/v1/orders/"
    assert gateway.invoke(request).headers["location"] == f"/shop/v1/orders/{ID}"


def test_base64_encoded_body_is_read(gateway: Gateway) -> None:
    answer = submit(gateway, json.dumps(json.loads(body()), ensure_ascii=False).encode())
    assert (answer.status, answer.json()["items"][0]["name"]) == (202, "Tea 🍵")


@pytest.mark.parametrize(
    "headers",
    [
        [("Content-Type", "application/json; charset=utf-8"), ("Idempotency-Key", f'"{ID}"')],
        [("idempotency-key", f"  {ID.upper()} ")],
    ],
)
def test_key_may_be_quoted_and_the_media_type_omitted(
    gateway: Gateway, headers: list[tuple[str, str]]
) -> None:
    answer = gateway.send("POST", "/orders", headers=headers, body=body())
    assert (answer.status, answer.json()["id"]) == (202, ID)


class TestRepeating:
    def test_repeated_submission_returns_the_order_and_queues_it_again(
        self, shop: Shop, gateway: Gateway
    ) -> None:
        first = submit(gateway)
        assert submit(gateway) == first
        assert shop.queue.messages == [ID, ID]

    def test_running_order_is_not_queued_again(self, shop: Shop, gateway: Gateway) -> None:
        submit(gateway)
        shop.advance(ID, OrderStatus.VALIDATED)
        answer = submit(gateway)
        assert (answer.status, answer.json()["version"], answer.headers["retry-after"]) == (202, 2, "1")
        assert shop.queue.messages == [ID]

    def test_finished_order_is_returned(self, shop: Shop, gateway: Gateway) -> None:
        submit(gateway)
        shop.advance(ID, OrderStatus.DELIVERED)
        answer = submit(gateway)
        assert (answer.status, answer.json()["status"]) == (200, "DELIVERED")
        assert "retry-after" not in answer.headers
        assert answer.headers["location"] == f"/api/orders/{ID}"

    @pytest.mark.parametrize("other", ["contents", "customer"])
    def test_other_order_with_the_same_key_is_a_conflict_without_details(
        self, shop: Shop, gateway: Gateway, other: str
    ) -> None:
        submit(gateway)
        if other == "contents":
            answer = submit(gateway, body(cardToken="tok_decline"))
        else:
            answer = submit(gateway, person=Person(GRACE))
        assert answer.status == 409
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json() == {
            "type": "urn:orderwire:problem:idempotency-conflict",
            "title": "The key was used for another order",
            "status": 409,
            "detail": "This Idempotency-Key was used for another order. Make a new UUID to submit a new "
            "order; to repeat one, send exactly what you sent before.",
            "instance": "urn:uuid:c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
        }
        assert shop.queue.messages == [ID]

    def test_retry_after_a_failed_queueing_completes_the_submission(
        self, shop: Shop, gateway: Gateway, log: Log
    ) -> None:
        shop.queue.broken = RuntimeError("https://sqs/secret-queue is down")
        refused = submit(gateway)
        assert (refused.status, refused.headers["retry-after"]) == (503, "1")
        assert refused.json() == {
            "type": "urn:orderwire:problem:try-again",
            "title": "Too much at once",
            "status": 503,
            "detail": "Too much at once: send it again in a moment.",
            "instance": "urn:uuid:c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
        }
        assert "secret-queue" in log.text
        assert shop.store.state(ID) is not None
        assert shop.queue.messages == []

        shop.queue.broken = None
        assert submit(gateway).status == 202
        assert shop.queue.messages == [ID]


class TestPrefer:
    def test_preferred_wait_lasts_until_the_end(self, shop: Shop, gateway: Gateway) -> None:
        shop.meanwhile.after(1, lambda: shop.advance(ID, OrderStatus.CONFIRMED))
        shop.meanwhile.after(7, lambda: shop.advance(ID, OrderStatus.DELIVERED))
        answer = submit(gateway, prefer="wait=20")
        assert (answer.status, answer.json()["status"], answer.json()["version"]) == (200, "DELIVERED", 6)
        assert [change["version"] for change in answer.json()["history"]] == [1, 2, 3, 4, 5, 6]
        assert answer.headers["preference-applied"] == "wait=20"
        assert "retry-after" not in answer.headers
        assert shop.queue.messages == [ID]
        assert 7 <= sum(shop.meanwhile.slept) < 8

    def test_preferred_wait_ends_with_its_time(self, shop: Shop, gateway: Gateway) -> None:
        shop.meanwhile.after(1, lambda: shop.advance(ID, OrderStatus.CONFIRMED))
        answer = submit(gateway, prefer="wait=3")
        assert (answer.status, answer.json()["status"]) == (202, "CONFIRMED")
        assert (answer.headers["preference-applied"], answer.headers["retry-after"]) == ("wait=3", "2")
        assert sum(shop.meanwhile.slept) == pytest.approx(3)

    def test_preferred_wait_is_limited_by_the_gateway(self, shop: Shop, gateway: Gateway) -> None:
        answer = submit(gateway, prefer="wait=100")
        assert (answer.status, answer.headers["preference-applied"]) == (202, "wait=25")
        assert sum(shop.meanwhile.slept) == pytest.approx(25)

    @pytest.mark.parametrize(
        ("prefer", "applied"),
        [
            ("respond-async, wait=3", "wait=3"),
            ('WAIT = "3" ; strict', "wait=3"),
            ('note="a, wait=9", wait=3, wait=4', "wait=3"),
            ("wait=0", "wait=0"),
        ],
    )
    def test_wait_is_read_among_other_preferences(self, gateway: Gateway, prefer: str, applied: str) -> None:
        assert submit(gateway, prefer=prefer).headers["preference-applied"] == applied

    @pytest.mark.parametrize(
        "prefer", ["wait", "wait=", "wait=soon", "wait=-1", "wait=1.5", '"', "return=minimal"]
    )
    def test_unknown_preference_is_ignored(self, shop: Shop, gateway: Gateway, prefer: str) -> None:
        answer = submit(gateway, prefer=prefer)
        assert answer.status == 202
        assert "preference-applied" not in answer.headers
        assert shop.meanwhile.slept == []


class TestRefusals:
    def problem(self, answer: GatewayResponse, status: int) -> dict[str, Any]:
        assert answer.status == status
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["access-control-allow-origin"] == "*"
        problem: dict[str, Any] = answer.json()
        assert problem["status"] == status
        return problem

    @pytest.mark.parametrize(
        ("keys", "code", "detail"),
        [
            ([], "REQUIRED", "is required: a UUID that you make, kept for repetitions"),
            (["order-1"], "NOT_A_UUID", "must be a UUID such as 3f2b8c1e-9a4d-4e0f-8b7a-5c6d7e8f9a0b"),
            ([""], "NOT_A_UUID", "must be a UUID such as 3f2b8c1e-9a4d-4e0f-8b7a-5c6d7e8f9a0b"),
            ([f"{ID}, {ID}"], "NOT_A_UUID", "must be a UUID such as 3f2b8c1e-9a4d-4e0f-8b7a-5c6d7e8f9a0b"),
            ([ID, ID], "REPEATED", "must be given once"),
        ],
    )
    def test_invalid_idempotency_key_is_refused(
        self, shop: Shop, gateway: Gateway, keys: list[str], code: str, detail: str
    ) -> None:
        headers = [*JSON.items(), *(("Idempotency-Key", key) for key in keys)]
        answer = gateway.send("POST", "/orders", headers=headers, body=body())
        problem = self.problem(answer, 400)
        assert problem["type"] == "urn:orderwire:problem:invalid-request"
        assert problem["detail"] == f"Idempotency-Key: {detail}"
        assert problem["errorInfo"] == {"path": "Idempotency-Key", "code": code}
        assert shop.queue.messages == []

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "{",
            "not json",
            '{"currency": NaN}',
            '{"currency": -Infinity}',
            "[" * 100_000,
            '{"a":' * 50_000,
            f'{{"currency": {"9" * 5000}}}',
            b"\xff\xfe\xfd",
            b'{"currency": "\xe9"}',
        ],
        ids=["none", "half", "words", "NaN", "infinite", "deep", "deep objects", "huge", "binary", "latin"],
    )
    def test_body_that_is_no_json_is_refused(self, gateway: Gateway, text: str | bytes) -> None:
        problem = self.problem(submit(gateway, text), 400)
        assert problem["detail"] == "body: must be JSON in UTF-8, and not deeply nested"
        assert problem["errorInfo"] == {"path": "body", "code": "NOT_JSON"}

    def test_missing_body_is_refused(self, gateway: Gateway) -> None:
        headers = JSON | {"Idempotency-Key": ID}
        problem = self.problem(gateway.send("POST", "/orders", headers=headers), 400)
        assert problem["errorInfo"] == {"path": "body", "code": "NOT_JSON"}

    def test_invalid_base64_body_is_refused(self, gateway: Gateway) -> None:
        request = copy.deepcopy(SUBMISSION) | {"body": "%%%é", "isBase64Encoded": True}
        problem = self.problem(gateway.invoke(request), 400)
        assert problem["errorInfo"] == {"path": "body", "code": "NOT_JSON"}

    @pytest.mark.parametrize("text", ["[]", "null", "1", '"order"', "true"])
    def test_body_that_is_no_object_is_refused(self, gateway: Gateway, text: str) -> None:
        problem = self.problem(submit(gateway, text), 422)
        assert problem["detail"] == "body: must be an object"
        assert problem["errorInfo"] == {"path": "body", "code": "WRONG_TYPE"}

    def test_oversized_body_is_refused(self, gateway: Gateway) -> None:
        problem = self.problem(submit(gateway, body(cardToken="x" * MAX_BODY)), 413)
        assert problem["type"] == "urn:orderwire:problem:content-too-large"
        assert problem["detail"] == "An order has at most 524288 bytes."

    def test_largest_order_is_accepted(self, gateway: Gateway) -> None:
        items = [
            {"sku": f"{n:064}", "name": "\U00010000" * 128, "quantity": 999, "unitPrice": 1}
            for n in range(50)
        ]
        assert submit(gateway, body(items=items)).status == 202

    def test_token_in_the_body_is_refused(self, gateway: Gateway) -> None:
        problem = self.problem(submit(gateway, body()[:-1] + f', "clientToken": "{ID}"}}'), 422)
        optional = ", ".join(rule.name for rule in rules().values())
        fields = f"currency, items, cardToken, {optional}, orchestrator"
        assert problem["detail"] == f"body.clientToken: has no such field; it has {fields}"
        assert problem["errorInfo"] == {"path": "body.clientToken", "code": "UNKNOWN_FIELD"}

    def test_invalid_order_error_has_its_place(self, shop: Shop, gateway: Gateway, log: Log) -> None:
        document = json.loads(body())
        document["items"][1]["quantity"] = 0
        problem = self.problem(submit(gateway, json.dumps(document)), 422)
        assert problem == {
            "type": "urn:orderwire:problem:invalid-order",
            "title": "The order cannot be taken",
            "status": 422,
            "detail": "body.items[1].quantity: must be 1 to 999",
            "errorInfo": {"path": "body.items[1].quantity", "code": "QUANTITY_RANGE"},
            "instance": "urn:uuid:c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
        }
        assert shop.store.state(ID) is None
        assert [line["error"] for line in log.lines] == ["InvalidOrder"]

    @pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", ""])
    def test_other_media_type_is_refused(self, gateway: Gateway, media_type: str) -> None:
        headers = {"Content-Type": media_type, "Idempotency-Key": ID}
        problem = self.problem(gateway.send("POST", "/orders", headers=headers, body=body()), 415)
        assert problem["type"] == "urn:orderwire:problem:unsupported-media-type"
        assert problem["detail"] == "Send the body as application/json."


def vectors() -> list[dict[str, Any]]:
    cases: list[dict[str, Any]] = json.loads(
        (EVENTS.parent / "vectors" / "canonical.json").read_text("utf-8")
    )["vectors"]
    return cases


@pytest.mark.parametrize("vector", vectors(), ids=lambda vector: vector["note"])
def test_rest_and_graphql_orders_have_the_same_canonical_record(
    shop: Shop, gateway: Gateway, vector: dict[str, Any]
) -> None:
    """The same vectors hold the JavaScript to it: submitted on either side, the same order."""
    assert submit(gateway, json.dumps(vector["order"])).status == 202
    contents = shop.store.contents(ID)
    assert contents is not None
    assert canonical(contents) == vector["canonical"]
    assert submit(gateway, json.dumps(vector["order"], ensure_ascii=False)).status == 202


def test_order_keeps_the_trace_of_its_request(
    shop: Shop, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    header = "Root=1-6569a0c0-0123456789abcdef01234567;Parent=53995c3f42cd8ad8;Sampled=0"
    monkeypatch.setenv("_X_AMZN_TRACE_ID", header)
    gateway.invoke(SUBMISSION)
    state = shop.store.state(ID)
    assert state is not None
    assert state.trace == header
