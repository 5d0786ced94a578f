"""Which method a path names: static before parameter before greedy, and the resource before its methods."""

from __future__ import annotations

import pytest

from localcloud.gateway.rest.routing import Router
from localcloud.gateway.websocket.routing import select_route
from tests.gateway.support import route

ROUTER = Router(
    [
        route("GET", "/"),
        route("GET", "/orders"),
        route("GET", "/orders/{id}"),
        route("ANY", "/orders/{id}"),
        route("GET", "/orders/latest"),
        route("GET", "/orders/{id}/history"),
        route("ANY", "/files/{proxy+}"),
        route("GET", "/files/{name}/size"),
        route("DELETE", "/{proxy+}"),
    ]
)


@pytest.mark.parametrize(
    ("method", "path", "resource", "parameters"),
    [
        ("GET", "", "/", {}),
        ("GET", "/", "/", {}),
        ("GET", "/orders", "/orders", {}),
        ("GET", "/orders/", "/orders", {}),
        ("GET", "/orders/latest", "/orders/latest", {}),
        ("GET", "/orders/7", "/orders/{id}", {"id": "7"}),
        ("PATCH", "/orders/7", "/orders/{id}", {"id": "7"}),
        ("GET", "/orders/a%2Fb", "/orders/{id}", {"id": "a/b"}),
        ("GET", "/orders/a+b", "/orders/{id}", {"id": "a+b"}),
        ("GET", "/orders/latest/history", "/orders/{id}/history", {"id": "latest"}),
        ("POST", "/files/a/b/c", "/files/{proxy+}", {"proxy": "a/b/c"}),
        ("GET", "/files/a/size", "/files/{name}/size", {"name": "a"}),
        ("GET", "/files/a/sizes", "/files/{proxy+}", {"proxy": "a/sizes"}),
        ("DELETE", "/what/ever", "/{proxy+}", {"proxy": "what/ever"}),
        ("DELETE", "/%ff", "/{proxy+}", {"proxy": "\ufffd"}),
    ],
)
def test_most_specific_resource_matches(
    method: str, path: str, resource: str, parameters: dict[str, str]
) -> None:
    match = ROUTER.find(method, path)
    assert match is not None
    assert (match.route.path, match.parameters) == (resource, parameters)


@pytest.mark.parametrize(("method", "own"), [("GET", "GET"), ("PATCH", "ANY")])
def test_exact_method_precedes_any(method: str, own: str) -> None:
    match = ROUTER.find(method, "/orders/7")
    assert match is not None
    assert match.route.method == own


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/orders"),  # the resource has no such method; a greedy one above does not step in
        ("DELETE", "/orders/latest"),
        ("GET", "/nowhere"),
        ("GET", "/files"),
        ("DELETE", "/"),
    ],
)
def test_unknown_path_or_method_matches_nothing(method: str, path: str) -> None:
    assert ROUTER.find(method, path) is None


ROUTES = frozenset({"$connect", "$disconnect", "$default", "join", "7", "true"})


@pytest.mark.parametrize(
    ("expression", "text", "key"),
    [
        ("$request.body.action", '{"action":"join"}', "join"),
        ("${request.body.action}", '{"action":"join"}', "join"),
        ("$request.body.a.b", '{"a":{"b":"join"}}', "join"),
        ("$request.body.action", '{"action":7}', "7"),
        ("$request.body.action", '{"action":true}', "true"),
        ("$request.body.action", '{"action":"leave"}', "$default"),
        ("$request.body.action", '{"action":"$connect"}', "$default"),
        ("$request.body.action", '{"action":null}', "$default"),
        ("$request.body.action", '["join"]', "$default"),
        ("$request.body.action", "no json", "$default"),
        ("$request.body.action", "[" * 100_000, "$default"),
        ("$request.header.x", '{"action":"join"}', "$default"),
    ],
)
def test_message_route_is_selected_by_its_expression(expression: str, text: str, key: str) -> None:
    assert select_route(expression, text, ROUTES) == key


def test_message_without_a_matching_or_default_route_has_none() -> None:
    assert select_route("$request.body.action", "hi", frozenset({"join"})) is None
