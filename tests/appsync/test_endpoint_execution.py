"""How values become answers: nulls, lists, scalars, unions, and in which order resolvers run."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from localcloud.appsync.definition import JSON
from localcloud.appsync.execution.schema import SchemaError, build_api_schema
from localcloud.appsync.resolving import FieldError, FieldOutcome
from tests.appsync.endpoint_support import FakeResolvers, Running, fails, gives, running


@pytest.fixture
async def cloud() -> AsyncIterator[Running]:
    async with running() as up:
        yield up


async def message(up: Running, value: JSON, selection: str) -> Any:
    up.resolvers.handlers["Query", "message"] = gives(value)
    return await up.query("{ message(id: 1) { %s } }" % selection)  # noqa: UP031 - braces all over


def plain(path: list[str | int], text: str) -> dict[str, Any]:
    return {"path": path, "locations": None, "message": text}


async def test_null_propagates_to_the_nearest_nullable_field(cloud: Running) -> None:
    replies: JSON = [{"id": "2"}, {"text": "no id"}]
    assert await message(cloud, {"id": "1", "replies": replies}, "id replies { id }") == {
        "data": {"message": {"id": "1", "replies": None}},
        "errors": [
            plain(
                ["message", "replies", 1, "id"],
                "Cannot return null for non-nullable type: "
                "'ID' within parent 'Message' (/message/replies[1]/id)",
            )
        ],
    }


async def test_null_at_the_root_makes_the_whole_data_null(cloud: Running) -> None:
    cloud.resolvers.handlers["Query", "strict"] = gives(None)
    assert await cloud.query("{ strict { id } message(id: 1) { id } }") == {
        "data": None,
        "errors": [
            plain(
                ["strict"],
                "Cannot return null for non-nullable type: 'Message' within parent 'Query' (/strict)",
            )
        ],
    }


async def test_failing_resolver_of_a_non_null_field_is_reported_once(cloud: Running) -> None:
    cloud.resolvers.handlers["Query", "strict"] = fails("gone", "Lost")
    answer = await cloud.query("{ strict { id } }")
    assert (answer["data"], [e["message"] for e in answer["errors"]]) == (None, ["gone"])


async def test_appended_error_keeps_the_value(cloud: Running) -> None:
    cloud.resolvers.handlers["Query", "message"] = lambda _c: FieldOutcome(
        {"id": "1"}, [FieldError("half", "Part")]
    )
    answer = await cloud.query("{ message(id: 1) { id } }")
    assert answer["data"] == {"message": {"id": "1"}}
    assert [(e["message"], e["errorType"]) for e in answer["errors"]] == [("half", "Part")]


@pytest.mark.parametrize(
    ("value", "selection", "data", "text"),
    [
        (
            {"id": "1", "at": "2020-05-23T06:4:37.000Z"},
            "at",
            {"at": None},
            "Can't serialize value (/message/at) : "
            "Unable to serialize `2020-05-23T06:4:37.000Z` as a valid DateTime Object.",
        ),
        (
            {"id": "1", "mood": "ANGRY"},
            "mood",
            {"mood": None},
            "Can't serialize value (/message/mood) : "
            "Invalid input for Enum 'Mood'. No value found for name 'ANGRY'",
        ),
        (
            {"id": {"a": 1}},
            "id",
            None,
            "Can't serialize value (/message/id) : Expected type 'ID' but was 'LinkedHashMap'.",
        ),
        (
            {"id": "1", "replies": "none"},
            "replies { id }",
            {"replies": None},
            "Can't resolve value (/message/replies) : type mismatch error, expected type LIST",
        ),
    ],
)
async def test_values_of_the_wrong_type_are_errors(
    cloud: Running, value: JSON, selection: str, data: JSON, text: str
) -> None:
    answer = await message(cloud, value, selection)
    assert answer["data"] == {"message": data}
    assert [e["message"] for e in answer["errors"]] == [text]


async def test_numbers_become_text_and_an_object_of_another_kind_has_no_properties(cloud: Running) -> None:
    assert (await message(cloud, {"id": 5, "text": 1.5}, "id text"))["data"] == {
        "message": {"id": "5", "text": "1.5"}
    }
    assert (await message(cloud, "text", "text"))["data"] == {"message": {"text": None}}


async def test_union_is_resolved_by_typename(cloud: Running) -> None:
    cloud.resolvers.handlers["Query", "search"] = gives(
        [
            {"__typename": "Cat", "name": "Tom", "lives": 9},
            {"__typename": "Dog", "barks": "true"},
            {"name": "?"},
        ]
    )
    query = "{ search { __typename ... on Named { name } ... on Cat { lives } ... on Dog { barks } } }"
    answer = await cloud.query(query)
    assert answer["data"] == {
        "search": [
            {"__typename": "Cat", "name": "Tom", "lives": 9},
            {"__typename": "Dog", "name": None, "barks": True},
            None,
        ]
    }
    assert answer["errors"][0]["message"].startswith(
        "Can't resolve '/search[2]'. Abstract type 'Found' must resolve"
    )


async def test_skip_and_include_take_variables(cloud: Running) -> None:
    query = """query Q($a: Boolean!) { message(id: 1) {
                 id @skip(if: $a) text @include(if: $a) ... on Message @include(if: $a) { mood } } }"""
    assert (await cloud.query(query, {"a": True}))["data"] == {"message": {"text": "hello", "mood": "GLAD"}}
    assert (await cloud.query(query, {"a": False}))["data"] == {"message": {"id": "1"}}


async def test_selections_of_one_field_are_merged(cloud: Running) -> None:
    query = "{ message(id: 1) { id } ...F } fragment F on Query { message(id: 1) { text } }"
    assert (await cloud.query(query))["data"] == {"message": {"id": "1", "text": "hello"}}
    assert len(cloud.resolvers.calls) == 1


async def test_nested_resolvers_receive_their_parent(cloud: Running) -> None:
    cloud.resolvers.handlers["Query", "messages"] = gives([{"id": "1"}, {"id": "2"}])
    cloud.resolvers.handlers["Message", "text"] = lambda c: FieldOutcome(f"of {c.source['id']}")  # type: ignore[call-overload, index]
    assert (await cloud.query("{ messages { id text } }"))["data"] == {
        "messages": [{"id": "1", "text": "of 1"}, {"id": "2", "text": "of 2"}]
    }


async def test_queries_run_concurrently_and_mutations_in_order() -> None:
    running_now: list[str] = []
    most: dict[str, int] = {}
    both = asyncio.Event()

    def handler(kind: str) -> Any:
        async def run(call: Any) -> FieldOutcome:
            running_now.append(call.field_name)
            most[kind] = max(most.get(kind, 0), len(running_now))
            if kind == "query":
                if len(running_now) == 2:
                    both.set()
                await both.wait()
            else:
                await asyncio.sleep(0)
            running_now.remove(call.field_name)
            return FieldOutcome(None)

        return run

    fakes = FakeResolvers(
        {
            ("Query", "message"): handler("query"),
            ("Query", "broken"): handler("query"),
            ("Mutation", "first"): handler("mutation"),
            ("Mutation", "second"): handler("mutation"),
        }
    )
    async with running(fakes=fakes) as up:
        await up.query("{ message(id: 1) { id } broken { id } }")
        await up.query("mutation { second first }")
    assert most == {"query": 2, "mutation": 1}
    assert [c.field_name for c in fakes.calls[2:]] == ["second", "first"]


# Schemas ---------------------------------------------------------------------------------------------------


def test_unknown_directives_of_other_tools_are_accepted() -> None:
    schema = build_api_schema(
        'type Query { a: ID } type A @model @key(fields: ["id"]) { id: ID! @default(value: "1") }'
    )
    assert "A" in schema.graphql.type_map


@pytest.mark.parametrize(
    "sdl", ["type Query {", "type Query { a: Nope }", "type A { a: ID }", "type Query { a(b: Query): ID }"]
)
def test_invalid_schema_is_refused(sdl: str) -> None:
    with pytest.raises(SchemaError):
        build_api_schema(sdl)
