"""Whatever arrives, the answer is one of ours: never a 5xx, and what it refuses is a problem document."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app import app
from orders.model import OrderId
from tests.companion.conftest import Shop
from tests.companion.gateway import Gateway, event
from tests.examples import examples
from tests.orders.samples import an_order, submission

ID = OrderId("3f2b8c1e-9a4d-4e0f-8b7a-5c6d7e8f9a0b")
ROUTES = sorted(
    (path, method) for path, methods in app.routes.items() for method in methods if path != "/graphql"
)
quick = settings(
    max_examples=examples(60),
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
ORDER = {name: value for name, value in submission().items() if name != "clientToken"}

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
texts = st.text(max_size=40) | st.sampled_from(
    [
        "",
        "0",
        "25",
        "-1",
        "1e3",
        "*",
        '"1"',
        'W/"1"',
        "wait=3",
        "wait=",
        ID,
        "PACKED",
        "\ud800",
        "\x00",
        "9" * 400,
    ]
)
headers = st.dictionaries(
    st.sampled_from(
        ["Idempotency-Key", "If-None-Match", "Prefer", "Content-Type", "content-type", "X-Other", "Accept"]
    ),
    st.lists(texts, min_size=1, max_size=3),
    max_size=4,
)
queries = st.dictionaries(
    st.sampled_from(["wait", "after", "limit", "cursor", "status", "other"]),
    st.lists(texts, min_size=1, max_size=2),
    max_size=3,
)


@st.composite
def orders(draw: st.DrawFn) -> object:
    """An order with one thing about it changed."""
    document: Any = copy.deepcopy(ORDER)
    target = draw(st.sampled_from([document, document["items"][0], document["items"]]))
    if isinstance(target, list):
        target.insert(draw(st.integers(0, 2)), draw(json_values))
    else:
        target[draw(st.sampled_from([*target, "more"]))] = draw(json_values)
    return document


bodies = (
    st.none()
    | st.text(max_size=60)
    | json_values.map(json.dumps)
    | orders().map(json.dumps)
    | st.just(json.dumps(ORDER))
)


def checked_status(gateway: Gateway, request: dict[str, Any]) -> int:
    answer = gateway.invoke(request)
    assert answer.status < 500, answer.body
    if answer.status >= 400:
        assert answer.headers["content-type"] == "application/problem+json"
        problem = answer.json()
        assert problem["status"] == answer.status
        assert problem["type"].startswith("urn:orderwire:problem:")
    elif answer.status != 304:
        assert answer.headers["content-type"] == "application/json"
        answer.json()
    # What is sent must be text that has a form in UTF-8.
    answer.body.encode()
    return answer.status


@pytest.fixture
def statuses(shop: Shop) -> set[int]:
    shop.record(an_order(ID))
    return set()


@pytest.mark.parametrize(("path", "method"), ROUTES)
@quick
@given(
    headers=headers,
    query=st.none() | queries,
    body=bodies,
    encoded=st.booleans(),
    order_id=st.sampled_from([ID, ID.upper(), "x"]) | texts,
)
def test_any_event_gets_a_valid_answer(
    gateway: Gateway,
    statuses: set[int],
    path: str,
    method: str,
    headers: dict[str, list[str]],
    query: dict[str, list[str]] | None,
    body: str | None,
    encoded: bool,
    order_id: str,
) -> None:
    request = copy.deepcopy(event("apigateway_get_order"))
    request["requestContext"] |= {"resourcePath": path, "httpMethod": method, "path": f"/api{path}"}
    request["pathParameters"] = {"order_id": order_id, "webhook_id": order_id} if "{" in path else None
    request["headers"] = {name: values[-1] for name, values in headers.items()}
    request["multiValueHeaders"] = headers
    request["multiValueQueryStringParameters"] = query
    request |= {"body": body, "isBase64Encoded": encoded}
    statuses.add(checked_status(gateway, request))


@quick
@given(body=orders().map(json.dumps) | json_values.map(json.dumps))
def test_any_submission_gets_a_valid_answer(gateway: Gateway, statuses: set[int], body: str) -> None:
    request = copy.deepcopy(event("apigateway_submit_order")) | {"body": body}
    statuses.add(checked_status(gateway, request))
