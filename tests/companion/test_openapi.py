"""The OpenAPI document: as generated, valid, whole, and true of what the routes do."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import jsonschema_rs
import pytest

from app import app
from chalicelib import openapi
from chalicelib.problems import CONTENT_TYPE, REFUSALS
from orders.answers import ANSWERS
from orders.errors import (
    AnalyticsOff,
    CallerError,
    DeadLettersNotFound,
    ImportNotCancellable,
    ImportNotFound,
    ImportsOff,
    InvalidFrame,
    InvalidImport,
    InvalidOrder,
    StaffBoardOff,
    TicketRefused,
    TooManySubscriptions,
)
from orders.model import OrderId
from orders.parsing import Code, parse_order
from tests.companion.gateway import Gateway
from tests.orders.samples import ADA, AT
from tools import openapi as tool

VECTORS = Path(__file__).parents[1] / "vectors"
DOCUMENT: dict[str, Any] = json.loads(openapi.text())
METHODS = ("get", "post", "put", "patch", "delete", "head", "options", "trace")
OPERATIONS = {
    operation["operationId"]: (path, method, operation)
    for path, item in DOCUMENT["paths"].items()
    for method, operation in item.items()
    if method in METHODS
}


def resolved(part: Mapping[str, Any]) -> Mapping[str, Any]:
    while "$ref" in part:
        node: Any = DOCUMENT
        for name in part["$ref"].removeprefix("#/").split("/"):
            node = node[name]
        part = cast("Mapping[str, Any]", node)
    return part


def is_valid(schema: Mapping[str, Any], value: object) -> bool:
    whole = {**schema, "components": DOCUMENT["components"]}
    return jsonschema_rs.Draft202012Validator(whole, validate_formats=True).is_valid(value)


def problems() -> Iterator[dict[str, Any]]:
    for response in DOCUMENT["components"]["responses"].values():
        if CONTENT_TYPE in response["content"]:
            yield response["content"][CONTENT_TYPE]["example"]


def test_document_is_up_to_date_with_the_types(capsys: pytest.CaptureFixture[str]) -> None:
    assert tool.text() == openapi.text()
    assert tool.main(["--check"]) == 0
    assert capsys.readouterr().out == ""


def test_outdated_document_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "openapi.json"
    target.write_text("{}", "utf-8")
    monkeypatch.setattr(tool, "TARGET", target)
    monkeypatch.setattr(tool, "ROOT", tmp_path)
    monkeypatch.setattr(tool, "text", lambda: '{"openapi": "3.1.0"}')
    assert tool.main(["--check"]) == 1
    assert capsys.readouterr().err == "openapi.json is out of date: run `python tools/openapi.py`.\n"
    assert tool.main([]) == 0
    assert tool.main(["--check"]) == 0


def test_document_is_served_without_a_token(gateway: Gateway) -> None:
    answer = gateway.send("GET", "/openapi.json", person=None)
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    assert answer.json() == DOCUMENT


def test_document_has_exactly_the_routes_of_the_application() -> None:
    routes = {
        (path, method.lower())
        for path, methods in app.routes.items()
        for method in methods
        if path != "/graphql"  # described by schema.graphql
    }
    assert {(path, method) for path, method, _ in OPERATIONS.values()} == routes


def test_description_alone_needs_no_authorization() -> None:
    is_open = {name for name, (_, _, operation) in OPERATIONS.items() if operation.get("security") == []}
    assert is_open == {"getDescription"}
    for path, method, _ in OPERATIONS.values():
        authorizer = app.routes[path][method.upper()].authorizer
        assert (authorizer is None) is (path == "/openapi.json")


def test_every_reference_resolves_and_every_component_is_used() -> None:
    text = json.dumps(DOCUMENT)
    for kind, components in DOCUMENT["components"].items():
        for name in components:
            if kind != "securitySchemes":
                assert f'"#/components/{kind}/{name}"' in text, name

    def walk(part: object) -> Iterator[str]:
        if isinstance(part, dict):
            if isinstance(part.get("$ref"), str):
                yield part["$ref"]
            for value in part.values():
                yield from walk(value)
        elif isinstance(part, list):
            for value in part:
                yield from walk(value)

    for reference in set(walk(DOCUMENT)):
        assert resolved({"$ref": reference})


@pytest.mark.parametrize("name", OPERATIONS)
def test_operation_is_described_completely(name: str) -> None:
    path, _, operation = OPERATIONS[name]
    assert operation["summary"]
    assert len(operation["tags"]) == 1
    declared = [
        resolved(parameter)
        for parameter in [*DOCUMENT["paths"][path].get("parameters", []), *operation.get("parameters", [])]
    ]
    in_path = {parameter["name"] for parameter in declared if parameter["in"] == "path"}
    assert in_path == set(app.routes[path][METHODS_OF[name]].view_args)
    for parameter in declared:
        assert parameter["description"]
        if "example" in parameter:
            assert is_valid(parameter["schema"], parameter["example"])
    for status, answer in operation["responses"].items():
        response = resolved(answer)
        assert response["description"]
        for header in response.get("headers", {}).values():
            assert resolved(header)["schema"]
        for media_type, content in response.get("content", {}).items():
            if name != "getDescription" or status != "200":
                assert is_valid(content["schema"], content["example"]), (status, media_type)
        assert ("content" in response) is (status != "304")


METHODS_OF = {name: method.upper() for name, (_, method, _) in OPERATIONS.items()}


def test_example_request_is_a_valid_order() -> None:
    [content] = OPERATIONS["submitOrder"][2]["requestBody"]["content"].values()
    assert is_valid(content["schema"], content["example"])


def test_every_problem_of_the_companion_is_described() -> None:
    described = {problem["type"] for problem in problems()}
    over_websocket = {InvalidFrame, TicketRefused, TooManySubscriptions}
    # The companion serves no dead letters, no figures, no imports and no list of everyone's orders.
    of_imports = {InvalidImport, ImportNotFound, ImportNotCancellable, ImportsOff}
    elsewhere = {*over_websocket, *of_imports, AnalyticsOff, DeadLettersNotFound, StaffBoardOff}
    errors = {kind for kind in ANSWERS if issubclass(kind, CallerError)} - elsewhere
    assert {ANSWERS[kind].problem for kind in errors} <= described
    for problem in problems():
        assert problem["status"] in {*REFUSALS, *(answer.status for answer in ANSWERS.values())}


def test_example_problems_have_the_status_of_their_response() -> None:
    for name, (_, _, operation) in OPERATIONS.items():
        for status, answer in operation["responses"].items():
            content = resolved(answer).get("content", {}).get(CONTENT_TYPE)
            assert content is None or content["example"]["status"] == int(status), (name, status)


NEW_ORDER = {"$ref": "#/components/schemas/NewOrder"}


class TestNewOrder:
    # What JSON Schema cannot say, or counts otherwise.
    BEYOND = (Code.DUPLICATE_SKU, Code.TOTAL_TOO_LARGE, Code.NAME_LENGTH, Code.NAME_CHARACTERS)

    def test_schema_accepts_orders_that_the_shop_accepts(self) -> None:
        for vector in json.loads((VECTORS / "canonical.json").read_text("utf-8"))["vectors"]:
            assert is_valid(NEW_ORDER, vector["order"]), vector["note"]

    def test_schema_refuses_orders_that_the_shop_refuses(self) -> None:
        checked = 0
        for vector in json.loads((VECTORS / "invalid.json").read_text("utf-8"))["vectors"]:
            document = vector["input"]
            if isinstance(document, dict):
                document = {name: value for name, value in document.items() if name != "clientToken"}
            if "clientToken" in vector["path"] or vector["code"] in self.BEYOND:
                continue
            checked += 1
            assert not is_valid(NEW_ORDER, document), vector["note"]
        assert checked > 20

    def test_schema_limits_equal_those_of_the_parser(self) -> None:
        """Each limit of the schema, once just kept and once just passed, at the parser."""
        line = {"sku": "A" * 64, "name": "x" * 256, "quantity": 999, "unitPrice": 0}
        order = {"currency": "EUR", "cardToken": "t" * 128, "items": [line]}
        token = OrderId("3f2b8c1e-9a4d-4e0f-8b7a-5c6d7e8f9a0b")
        within = [
            order,
            order | {"items": [line | {"sku": f"{n}"} for n in range(50)]},
            order | {"items": [line | {"quantity": 1, "unitPrice": 2**31 - 1}]},
        ]
        beyond = [
            order | {"cardToken": "t" * 129},
            order | {"items": []},
            order | {"items": [line | {"sku": f"{n}"} for n in range(51)]},
            *(
                order | {"items": [line | change]}
                for change in (
                    {"sku": "A" * 65},
                    {"sku": ""},
                    {"name": "x" * 257},
                    {"name": ""},
                    {"name": "a\tb"},
                    {"quantity": 0},
                    {"quantity": 1000},
                    {"unitPrice": -1},
                    {"unitPrice": 2**31},
                )
            ),
        ]
        for document in within:
            assert is_valid(NEW_ORDER, document)
            parse_order(document, customer_id=ADA, at=AT, order_id=token)
        for document in beyond:
            assert not is_valid(NEW_ORDER, document)
            with pytest.raises(InvalidOrder):
                parse_order(document, customer_id=ADA, at=AT, order_id=token)


def test_links_lead_from_a_submission_to_its_follow_up_operations(gateway: Gateway) -> None:
    _, _, submission = OPERATIONS["submitOrder"]
    [content] = submission["requestBody"]["content"].values()
    token = "3f2b8c1e-9a4d-4e0f-8b7a-5c6d7e8f9a0b"
    answer = gateway.send(
        "POST", "/orders", headers={"Idempotency-Key": token}, body=json.dumps(content["example"])
    )
    links = submission["responses"][str(answer.status)]["links"].values()
    assert [link["operationId"] for link in links] == ["getOrder", "getOrderHistory", "cancelOrder"]
    for link in links:
        path, method, _ = OPERATIONS[link["operationId"]]
        assert link["parameters"] == {"order_id": "$response.body#/id"}
        followed = gateway.send(method.upper(), path.replace("{order_id}", answer.json()["id"]))
        assert followed.status == 200
