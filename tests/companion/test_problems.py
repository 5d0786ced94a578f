"""What goes wrong beside the order: who calls, what is refused before a view, what is our fault."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from pathlib import Path

import pytest

from app import app
from chalicelib import problems, wiring
from chalicelib.callers import caller_of
from orders.answers import ANSWERS
from orders.caller import Caller
from orders.errors import ConfigurationError, Contended
from tests.companion.conftest import Log, Shop
from tests.companion.gateway import ADA, Gateway, GatewayResponse, Person, event

ROOT = Path(__file__).parents[2]
GET = event("apigateway_get_order")


def is_problem(answer: GatewayResponse, status: int, name: str, detail: str) -> None:
    assert answer.status == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    problem = answer.json()
    assert problem["type"] == f"urn:orderwire:problem:{name}"
    assert problem["status"] == status
    assert problem["detail"] == detail
    assert problem["instance"] == "urn:uuid:c6af9ac6-7b61-11e6-9a41-93e8deadbeef"


class TestCallers:
    def test_gateway_refuses_requests_without_a_token(self) -> None:
        routes = [(path, method) for path, methods in app.routes.items() for method in methods]
        gateway = Gateway(app)
        for path, method in routes:
            answer = gateway.send(method, path.replace("{order_id}", "x"), person=None)
            assert answer.status == (200 if path == "/openapi.json" else 401), path

    @pytest.mark.parametrize(
        "authorizer", [None, {}, {"claims": None}, {"claims": {}}, {"claims": {"sub": ""}}, {"claims": "sub"}]
    )
    def test_view_refuses_requests_without_an_identity(self, gateway: Gateway, authorizer: object) -> None:
        request = copy.deepcopy(GET)
        request["requestContext"]["authorizer"] = authorizer
        detail = "Send an id token of this application's user pool as Authorization."
        is_problem(gateway.invoke(request), 401, "unauthorized", detail)
        del request["requestContext"]["authorizer"]
        assert gateway.invoke(request).status == 401

    def test_token_of_another_client_of_the_pool_is_refused(
        self, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("USER_POOL_CLIENT_ID", "another1client")
        assert gateway.invoke(GET).status == 401
        monkeypatch.setenv("USER_POOL_CLIENT_ID", Person().claims()["aud"])
        assert gateway.invoke(GET).status == 404

    @pytest.mark.parametrize(
        ("groups", "is_staff"),
        [((), False), (("staff",), True), (("a", "staff", "b"), True), (("staffx", "xstaff"), False)],
    )
    def test_staff_are_recognized_by_their_group(
        self, gateway: Gateway, groups: tuple[str, ...], is_staff: bool
    ) -> None:
        callers: list[Caller] = []
        original = app.routes["/orders"]["GET"].view_function
        try:
            app.routes["/orders"]["GET"].view_function = lambda: callers.append(
                caller_of(app.current_request)  # type: ignore[arg-type]
            )
            gateway.send("GET", "/orders", person=Person(groups=groups))
        finally:
            app.routes["/orders"]["GET"].view_function = original
        assert [(caller.customer_id, caller.is_staff) for caller in callers] == [(ADA, is_staff)]


class TestChalicesOwn:
    def test_unsupported_method_is_a_problem(self, gateway: Gateway) -> None:
        request = copy.deepcopy(GET)
        request["requestContext"]["httpMethod"] = "PATCH"
        answer = gateway.invoke(request)
        is_problem(answer, 405, "method-not-allowed", "Unsupported method: PATCH")
        assert answer.headers["allow"] == "GET, DELETE"

    def test_foreign_event_is_an_internal_error(self, log: Log) -> None:
        answer = Gateway(app).invoke({"Records": []})
        assert answer.status == 500
        assert answer.json()["type"] == "urn:orderwire:problem:internal-error"

    def test_request_without_headers_is_answered(self, gateway: Gateway) -> None:
        request = copy.deepcopy(GET) | {"headers": None, "multiValueHeaders": None}
        assert gateway.invoke(request).status == 404


class TestOurFault:
    @pytest.mark.parametrize("error", [RuntimeError("s3cret table"), ConfigurationError("s3cret variable")])
    def test_internal_error_is_logged_and_not_revealed(
        self, gateway: Gateway, monkeypatch: pytest.MonkeyPatch, log: Log, error: Exception
    ) -> None:
        def broken() -> None:
            raise error

        monkeypatch.setattr(wiring, "order_store", broken)
        answer = gateway.invoke(GET)
        detail = "Something went wrong on our side. Sending the same again is safe."
        is_problem(answer, 500, "internal-error", detail)
        assert "s3cret" not in answer.body + json.dumps(dict(answer.headers))
        assert answer.headers["access-control-allow-origin"] == "*"
        [line] = log.lines
        assert (line["level"], line["message"]) == ("ERROR", "request failed")
        assert "s3cret" in str(line["exception"])

    def test_temporary_failure_may_be_retried(
        self, gateway: Gateway, monkeypatch: pytest.MonkeyPatch, log: Log
    ) -> None:
        def busy() -> None:
            raise Contended("Recording the order", 4)

        monkeypatch.setattr(wiring, "order_store", busy)
        answer = gateway.invoke(GET)
        is_problem(answer, 503, "try-again", "Too much at once: send it again in a moment.")
        assert answer.headers["retry-after"] == "1"
        assert [line["message"] for line in log.lines] == ["request answered by trying again"]


def test_problem_types_are_unique() -> None:
    ours = {description.problem for description in ANSWERS.values()}
    others = {problems.refusal(status, "")["type"] for status in problems.REFUSALS}
    assert ours.isdisjoint(others)
    assert len(others) == len(problems.REFUSALS)


PROBE = """
import sys
import app
print(" ".join(sorted({name.partition(".")[0] for name in sys.modules})))
"""
LATE = {
    "boto3",
    "botocore",
    "aws_lambda_powertools",
    "pydantic",
    "strawberry",
    "graphql",
    "urllib3",
    "requests",
}


def test_cold_start_imports_nothing_heavy() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROBE],
        cwd=ROOT / "chalice_app",
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    imported = set(done.stdout.split())
    assert {"chalice", "chalicelib", "orders"} <= imported
    assert LATE.isdisjoint(imported)


def test_every_route_answers_browsers_of_other_origins() -> None:
    for methods in app.routes.values():
        for route in methods.values():
            assert route.cors.get_access_control_headers() == {
                "Access-Control-Allow-Origin": "*",
                "Access-Control-Allow-Headers": "Authorization,Content-Type,Idempotency-Key,If-None-Match,"
                "Prefer,X-Amz-Date,X-Amz-Security-Token,X-Api-Key",
                "Access-Control-Expose-Headers": "ETag,Location,Preference-Applied,Retry-After",
                "Access-Control-Max-Age": "3600",
            }


def test_description_is_served_without_the_shop(shop: Shop, gateway: Gateway) -> None:
    assert gateway.send("GET", "/openapi.json", person=None).headers["cache-control"] == "public, max-age=300"
