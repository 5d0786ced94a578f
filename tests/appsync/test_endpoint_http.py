"""What the HTTP endpoint answers, word for word."""

from __future__ import annotations

import io
import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest

from localcloud.appsync.definition import JSON
from localcloud.appsync.resolving import FieldOutcome
from tests.appsync.endpoint_support import (
    API_KEY,
    EXPIRED_KEY,
    FakeResolvers,
    Running,
    definition,
    fails,
    gives,
    resolvers,
    running,
)


@pytest.fixture
async def cloud() -> AsyncIterator[Running]:
    async with running() as up:
        yield up


def malformed(message: str) -> tuple[int, JSON]:
    return 400, {"errors": [{"errorType": "MalformedHttpRequestException", "message": message}]}


def unauthorized(message: str) -> tuple[int, JSON]:
    return 401, {"errors": [{"errorType": "UnauthorizedException", "message": message}]}


async def test_empty_body_is_malformed(cloud: Running) -> None:
    assert await cloud.post("") == malformed("Request body is empty.")


@pytest.mark.parametrize(
    "body",
    [
        "meow",
        "{}",
        "{}}",
        "[]",
        '"text"',
        "null",
        '{"query": 5}',
        '{"query": ""}',
        '{"query": "{ message("}',
        '[{"query": "{ __typename }"}]',
        '{"query": "{ __typename }", "variables": []}',
        '{"query": "{ __typename }", "operationName": 3}',
        '{"query": "fragment F on Query { __typename }"}',
        "[" * 100_000,
        json.dumps({"query": "{ message " * 20_000}),
    ],
)
async def test_body_that_is_no_request_is_malformed(cloud: Running, body: str) -> None:
    assert await cloud.post(body) == malformed("Unable to parse GraphQL query.")


async def test_bare_document_is_executed_as_a_query(cloud: Running) -> None:
    assert await cloud.post("{badfield}") == (
        200,
        {
            "data": None,
            "errors": [
                {
                    "path": None,
                    "locations": [{"line": 1, "column": 2, "sourceName": None}],
                    "message": "Validation error of type FieldUndefined: "
                    "Field 'badfield' in type 'Query' is undefined @ 'badfield'",
                }
            ],
        },
    )


@pytest.mark.parametrize(
    ("headers", "message"),
    [
        ({"content_type": "application/json"}, "Valid authorization header not provided."),
        ({"x_api_key": "da2-wrong"}, "You are not authorized to make this call."),
        ({"x_api_key": EXPIRED_KEY}, "You are not authorized to make this call."),
        ({"authorization": "abc"}, "Unable to parse JWT token."),
    ],
)
async def test_invalid_credentials_are_unauthorized(
    cloud: Running, headers: dict[str, str], message: str
) -> None:
    assert await cloud.post({"query": "{ __typename }"}, **headers) == unauthorized(message)


@pytest.mark.parametrize(
    ("query", "kind_and_text", "column"),
    [
        (
            "{ message(id: 1) { x } }",
            "FieldUndefined: Field 'x' in type 'Message' is undefined @ 'message/x'",
            20,
        ),
        (
            "{ message(id: 1) }",
            "SubSelectionRequired: Sub selection required for type Message of field message @ 'message'",
            3,
        ),
        (
            "{ message(id: 1) { text { x } } }",
            "SubSelectionNotAllowed: "
            "Sub selection not allowed on leaf type String of field text @ 'message/text'",
            20,
        ),
        ("{ message(id: 1, a: 2) { id } }", "UnknownArgument: Unknown field argument a @ 'message'", 18),
        ("{ message { id } }", "MissingFieldArgument: Missing field argument id @ 'message'", 3),
        ("{ message(id: $x) { id } }", "UndefinedVariable: Undefined variable x @ 'message'", 15),
        ("query Q($x: ID) { __typename }", "UnusedVariable: Unused variable x", 9),
        (
            "query Q($x: String) { message(id: $x) { id } }",
            "VariableTypeMismatch: Variable type 'String' doesn't match expected type 'ID!' @ 'message'",
            35,
        ),
        ("query Q($x: Nope) { message(id: $x) { id } }", "UnknownType: Unknown type Nope", 13),
        (
            '{ messages(limit: "a") { id } }',
            "WrongType: argument 'limit' with value 'StringValue{value='a'}' "
            "is not a valid 'Int' @ 'messages'",
            12,
        ),
        (
            "{ messages(mood: BAD) { id } }",
            "WrongType: argument 'mood' with value 'EnumValue{name='BAD'}' "
            "is not a valid 'Mood' @ 'messages'",
            12,
        ),
        (
            "{ find(by: {mood: SAD}) { id } }",
            "WrongType: argument 'by' with value 'ObjectValue{objectFields=[ObjectField{name='mood', "
            "value=EnumValue{name='SAD'}}]}' is missing required fields '[id]' @ 'find'",
            8,
        ),
        (
            "{ find(by: {id: 1, phone: 5}) { id } }",
            "WrongType: argument 'by.phone' with value 'IntValue{value=5}' "
            "is not a valid 'AWSPhone' @ 'find'",
            8,
        ),
        (
            "{ find(by: {id: 1, no: 5}) { id } }",
            "WrongType: argument 'by' with value 'ObjectValue{objectFields=[ObjectField{name='id', "
            "value=IntValue{value=1}}, ObjectField{name='no', value=IntValue{value=5}}]}' "
            "contains a field not in 'Criteria': 'no' @ 'find'",
            8,
        ),
        ("{ ...F }", "UndefinedFragment: Undefined fragment F", 3),
    ],
)
async def test_validation_error_has_the_words_of_appsync(
    cloud: Running, query: str, kind_and_text: str, column: int
) -> None:
    answer = await cloud.query(query)
    assert answer["data"] is None
    assert answer["errors"][0] == {
        "path": None,
        "locations": [{"line": 1, "column": column, "sourceName": None}],
        "message": f"Validation error of type {kind_and_text}",
    }


FIND = "query F($by: Criteria!) { find(by: $by) { id } }"


@pytest.mark.parametrize(
    ("query", "variables", "message", "located"),
    [
        (FIND, {}, "Variable 'by' has coerced Null value for NonNull type 'Criteria!'", True),
        (FIND, {"by": {}}, "Variable 'by' has coerced Null value for NonNull type 'ID!'", True),
        (
            FIND,
            {"by": {"id": 1, "phone": "12"}},
            "Variable 'phone' has an invalid value. Unable to parse `12` as a valid phone number.",
            True,
        ),
        (
            FIND,
            {"by": {"id": 1, "mood": "BAD"}},
            "Variable 'mood' has an invalid value. "
            "Invalid input for Enum 'Mood'. No value found for name 'BAD'",
            True,
        ),
        (
            FIND,
            {"by": {"id": 1, "nothing": 1}},
            "The variables input contains a field that is not defined for input object type 'Criteria' ",
            False,
        ),
        (
            FIND,
            {"by": {"id": 1, "nested": {}}},
            "Variable 'by' has coerced Null value for NonNull type 'String!'",
            True,
        ),
        (
            "query M($n: Int) { messages(limit: $n) { id } }",
            {"n": "a"},
            "Variable 'n' has an invalid value. Expected type 'Int' but was 'String'.",
            True,
        ),
    ],
)
async def test_mismatching_variables_are_refused_with_their_place(
    cloud: Running, query: str, variables: dict[str, Any], message: str, located: bool
) -> None:
    answer = await cloud.query(query, variables)
    column = query.index("$") + 1
    place = [{"line": 1, "column": column, "sourceName": None}] if located else None
    assert answer == {"data": None, "errors": [{"path": None, "locations": place, "message": message}]}


async def test_an_operation_is_chosen_by_name(cloud: Running) -> None:
    query = "query A { a: __typename } query B { b: __typename }"
    assert await cloud.post({"query": query, "operationName": "B"}) == (200, {"data": {"b": "Query"}})
    status, answer = await cloud.post({"query": query})
    assert (status, answer["errors"][0]["errorType"]) == (400, "BadRequestException")
    status, answer = await cloud.post({"query": query, "operationName": "C"})
    assert answer["errors"][0]["message"] == "Unknown operation named 'C'."


async def test_field_error_has_path_type_data_and_info(cloud: Running) -> None:
    cloud.resolvers.handlers["Query", "broken"] = fails("gone", "Lost", {"a": 1}, {"code": "X"})
    assert await cloud.query("{\n  here: broken { id }\n}") == {
        "data": {"here": None},
        "errors": [
            {
                "path": ["here"],
                "data": {"a": 1},
                "errorType": "Lost",
                "errorInfo": {"code": "X"},
                "locations": [{"line": 2, "column": 3, "sourceName": None}],
                "message": "gone",
            }
        ],
    }


async def test_introspection_works_until_it_is_disabled(cloud: Running) -> None:
    query = """{ __schema { queryType { name } } t: __type(name: "Cat") { name fields { name } }
                 message(id: 1) { id } }"""
    assert (await cloud.query(query))["data"] == {
        "message": {"id": "1"},
        "__schema": {"queryType": {"name": "Query"}},
        "t": {"name": "Cat", "fields": [{"name": "name"}, {"name": "lives"}]},
    }
    async with running(definition(introspection=False)) as closed:
        answer = await closed.query("{ __schema { queryType { name } } }")
    assert answer["errors"][0]["message"] == (
        "Validation error of type FieldUndefined: Field '__schema' in type 'Query' is undefined @ '__schema'"
    )


async def test_queries_beyond_the_depth_or_resolver_limit_are_refused() -> None:
    fakes = resolvers()
    fakes.handlers["Query", "messages"] = gives([{"id": "1"}, {"id": "2"}])
    fakes.handlers["Message", "text"] = gives("t")
    async with running(definition(query_depth_limit=2, resolver_count_limit=2), fakes) as up:
        deep = await up.query("{ message(id: 1) { replies { id } } }")
        many = await up.query("{ messages { text } }")
    assert [e["errorType"] for e in deep["errors"]] == ["QueryDepthLimitReached"]
    assert many["data"] == {"messages": [{"text": "t"}, {"text": None}]}
    assert [(e["errorType"], e["path"]) for e in many["errors"]] == [
        ("ResolverExecutionLimitReached", ["messages", 1, "text"])
    ]


async def test_preflight_is_answered_with_cors_headers(cloud: Running) -> None:
    async with cloud.session.options(
        cloud.address.graphql,
        headers={
            "Origin": "http://localhost",
            "Access-Control-Request-Headers": "authorization,content-type,x-amz-date,x-amz-security-token",
        },
    ) as answer:
        allowed = set(answer.headers["Access-Control-Allow-Headers"].split(","))
        assert answer.status == 200
    preflight = {
        "content-type",
        "x-amz-user-agent",
        "x-api-key",
        "authorization",
        "x-amz-date",
        "x-amz-security-token",
    }
    assert preflight <= allowed
    async with cloud.session.post(cloud.address.graphql, data="") as answer:
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert answer.headers["x-amzn-ErrorType"] == "UnauthorizedException"
        assert UUID(answer.headers["x-amzn-RequestId"]).version == 4
        assert answer.headers["Content-Type"] == "application/json;charset=UTF-8"


async def test_get_accepts_a_query_and_refuses_a_subscription(cloud: Running) -> None:
    headers = {"x-api-key": API_KEY}
    parameters = {"query": "query M($i: ID!) { message(id: $i) { id } }", "variables": '{"i": "9"}'}
    async with cloud.session.get(cloud.address.graphql, params=parameters, headers=headers) as answer:
        assert await answer.json() == {"data": {"message": {"id": "9"}}}
    status, refused = await cloud.post({"query": "subscription { onSay { id } }"})
    assert (status, refused["errors"][0]["errorType"]) == (400, "BadRequestException")


async def test_body_over_a_megabyte_and_unknown_path_are_refused(cloud: Running) -> None:
    body = io.BytesIO(b'{"query": "' + b"x" * 1_100_000 + b'"}')
    async with cloud.session.post(cloud.address.graphql, data=body, headers={"x-api-key": API_KEY}) as answer:
        assert answer.status == 413
        assert (await answer.json())["errors"][0]["errorType"] == "RequestEntityTooLargeException"
    async with cloud.session.get(cloud.address.graphql.replace("/graphql", "/else")) as other:
        assert other.status == 404
        assert (await other.json())["errors"][0]["errorType"] == "NotFoundException"


async def test_a_resolver_may_set_a_response_header() -> None:
    fakes = FakeResolvers(
        {("Query", "message"): lambda _c: FieldOutcome({"id": "1"}, response_headers={"x-a": "b"})}
    )
    async with (
        running(fakes=fakes) as up,
        up.session.post(
            up.address.graphql, data="{ message(id: 1) { id } }", headers={"x-api-key": API_KEY}
        ) as answer,
    ):
        assert answer.headers["x-a"] == "b"


async def test_resolver_receives_arguments_source_selection_and_variables(cloud: Running) -> None:
    query = """query Q($i: ID!) { m: message(id: $i) { id a: author { name } ...F } }
               fragment F on Message { mood }"""
    await cloud.query(query, {"i": "1"})
    call = cloud.resolvers.calls[0]
    assert (call.type_name, call.field_name, call.arguments, call.source) == (
        "Query",
        "message",
        {"id": "1"},
        None,
    )
    assert call.selection == ["id", "a", "a/name", "mood"]
    assert call.variables == {"i": "1"}
    assert call.request_headers["x-api-key"] == API_KEY
    assert call.auth_type == "API_KEY"
