"""What is no GraphQL request is refused in AppSync's words, and nothing that is sent gives a 5xx."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis_graphql import from_schema

from chalicelib.graphql.schema import SCHEMA
from tests.companion.gateway import event
from tests.companion.graphql_world import SUBMIT, World
from tests.examples import examples
from tests.orders.samples import submission

ROOT = Path(__file__).parents[2]
MALFORMED = "MalformedHttpRequestException"
NESTED = 100_000


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    world = World()
    world.install(monkeypatch)
    return world


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (None, "Request body is empty."),
        ("", "Request body is empty."),
        ("   ", "Request body is empty."),
        ("no JSON", "Unable to parse GraphQL query."),
        (b"\xff\xfe", "Unable to parse GraphQL query."),
        ("[" * NESTED, "Unable to parse GraphQL query."),
        ('{"query": "{ __typename }", "variables": {"limit": NaN}}', "Unable to parse GraphQL query."),
        ("7", "Unable to parse GraphQL query."),
        ("{}", "Unable to parse GraphQL query."),
        ('{"query": " "}', "Unable to parse GraphQL query."),
        ('{"query": ["{ __typename }"]}', "Unable to parse GraphQL query."),
        ('[{"query": "{ __typename }"}]', "Unable to parse GraphQL query."),
        ('{"query": "{ __typename }", "variables": 7}', "Unable to parse GraphQL query."),
        ('{"query": "{ __typename }", "operationName": 7}', "Unable to parse GraphQL query."),
        (
            '{"query": "{ order( }"}',
            "Unable to parse GraphQL query. Syntax Error: Expected Name, found '}'.",
        ),
    ],
)
def test_body_that_is_no_request_is_malformed(world: World, body: str | bytes | None, message: str) -> None:
    answer = world.send(body)
    assert (answer.status, answer.json()) == (
        400,
        {"errors": [{"errorType": MALFORMED, "message": message}]},
    )
    assert answer.headers["x-amzn-errortype"] == MALFORMED


def test_deeply_nested_or_long_document_is_malformed(world: World) -> None:
    for query in ("{a" * NESTED, "{ " + "order(id: 1) { id } " * 5000 + "}", "{ a(b: " + "[" * NESTED):
        answer = world.send(json.dumps({"query": query}))
        assert (answer.status, answer.json()["errors"][0]["errorType"]) == (400, MALFORMED)


def test_request_of_more_than_a_mebibyte_is_refused(world: World) -> None:
    answer = world.send(json.dumps({"query": "{ __typename }", "variables": {"a": "x" * 2**20}}))
    assert answer.status == 413
    assert answer.json()["errors"][0]["errorType"] == "RequestEntityTooLargeException"


def test_variables_may_be_json_text(world: World) -> None:
    """AppSync takes them so from clients that encode them twice."""
    answer = world.send(json.dumps({"query": SUBMIT, "variables": json.dumps({"input": submission()})}))
    assert answer.json()["data"]["submitOrder"]["version"] == 1


@pytest.mark.parametrize(
    ("query", "operation", "message"),
    [
        (
            "query A { __typename } query B { __typename }",
            None,
            "Must provide operation name if query contains multiple operations.",
        ),
        ("query A { __typename }", "B", 'Unknown operation named "B".'),
        (
            'subscription { onOrderStatus(orderId: "1") { version } }',
            None,
            "A subscription is not served here: follow orders over the WebSocket API.",
        ),
        ("fragment f on Order { id }", None, "Can't get GraphQL operation type"),
    ],
)
def test_request_without_a_served_operation_is_refused(
    world: World, query: str, operation: str | None, message: str
) -> None:
    answer = world.send(json.dumps({"query": query, "operationName": operation}))
    refusal = {"errors": [{"errorType": "BadRequestException", "message": message}]}
    assert (answer.status, answer.json()) == (400, refusal)


def test_named_operation_alone_runs(world: World) -> None:
    body = {"query": "query A { __typename } query B { a: __typename }", "operationName": "B"}
    assert world.send(json.dumps(body)).json() == {"data": {"a": "Query"}}


def test_request_without_sign_in_is_refused(world: World) -> None:
    body = '{"query": "{ __typename }"}'
    assert world.send(body, None).status == 401  # the gateway's own answer
    # A route that lost its authorizer lets nobody in either.
    request = event("apigateway_get_order") | {"resource": "/graphql", "httpMethod": "POST", "body": body}
    request["requestContext"] |= {"resourcePath": "/graphql", "httpMethod": "POST", "authorizer": {}}
    answer = world.gateway.invoke(request)
    assert (answer.status, answer.json()["errors"][0]["errorType"]) == (401, "UnauthorizedException")


@pytest.mark.parametrize(("client", "status"), [("ours", 200), ("theirs", 401)])
def test_access_token_of_this_client_alone_is_accepted(
    world: World, monkeypatch: pytest.MonkeyPatch, client: str, status: int
) -> None:
    """An id token names its client as ``aud``, an access token as ``client_id``."""
    monkeypatch.setenv("USER_POOL_CLIENT_ID", "ours")
    request = event("apigateway_get_order") | {"resource": "/graphql", "httpMethod": "POST"}
    request["body"] = '{"query": "{ __typename }"}'
    claims = {"sub": "ada", "client_id": client, "token_use": "access"}
    request["requestContext"] |= {"resourcePath": "/graphql", "httpMethod": "POST"}
    request["requestContext"]["authorizer"] = {"claims": claims}
    assert world.gateway.invoke(request).status == status


def test_other_methods_and_content_types_are_refused(world: World) -> None:
    assert world.gateway.send("GET", "/graphql?query={__typename}").status == 403
    assert world.send('{"query": "{ __typename }"}', content_type="text/plain").status == 415
    accepted = world.send('{"query": "{ __typename }"}', content_type="application/json; charset=UTF-8")
    assert accepted.json() == {"data": {"__typename": "Query"}}


def test_cold_start_without_graphql_imports_no_strawberry() -> None:
    probe = "import sys, app; print(sorted({'strawberry', 'graphql', 'boto3'} & {*sys.modules}))"
    environment = {"PYTHONPATH": f"{ROOT}:{ROOT / 'chalice_app'}"}
    done = subprocess.run(
        [sys.executable, "-c", probe], capture_output=True, text=True, check=True, env=environment
    )
    assert done.stdout == "[]\n"


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)
TEXT = st.text(alphabet='{}()[]:$!@."# \nabqueryfragmenton1', max_size=60)
SOME_QUERY = TEXT | st.sampled_from([SUBMIT, "query ($a: Int) { orders(limit: $a) { nextToken } }"])
REQUEST = st.fixed_dictionaries(
    {"query": SOME_QUERY | ANYTHING},
    optional={
        "variables": st.fixed_dictionaries({}, optional={"input": ANYTHING, "a": ANYTHING}) | ANYTHING,
        "operationName": ANYTHING,
        "extensions": ANYTHING,
    },
)
BODY = st.binary(max_size=60) | st.text(max_size=60) | (REQUEST | ANYTHING).map(json.dumps)


@settings(max_examples=examples(150), derandomize=True)
@given(body=BODY)
def test_any_body_is_answered_below_500(body: str | bytes) -> None:
    with pytest.MonkeyPatch.context() as patch:
        world = World()
        world.install(patch)
        answer = world.send(body)
    assert answer.status in {200, 400}
    document = answer.json()
    kinds = {error.get("errorType") for error in document.get("errors", ())}
    assert not kinds & {"InternalError", "TryAgain"}


@cache
def _valid() -> st.SearchStrategy[object]:
    return from_schema(SCHEMA.as_str())


@settings(max_examples=examples(40), derandomize=True)
@given(data=st.data())
def test_any_valid_document_is_answered(data: st.DataObject) -> None:
    document = data.draw(_valid())
    with pytest.MonkeyPatch.context() as patch:
        world = World()
        world.install(patch)
        answer = world.send(json.dumps({"query": document}))
    assert answer.status in {200, 400}
    kinds = {error.get("errorType") for error in answer.json().get("errors", ())}
    assert kinds <= {None, "InvalidOrder", "IdempotencyConflict", "OrderNotFound"} | {
        "BadRequest",
        "BadRequestException",
    }
