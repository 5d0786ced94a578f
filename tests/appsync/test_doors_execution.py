"""How values become answers: nulls, lists, scalars, unions, and in which order resolvers run."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.appsync.definition import JSON
from localcloud.appsync.execution.schema import SchemaError, build_api_schema
from localcloud.appsync.resolving import FieldError, FieldOutcome
from tests.appsync.doors_support import FakeResolvers, Running, fails, gives, running


@pytest.fixture
async def cloud() -> AsyncIterator[Running]:
    async with running() as up:
        yield up


async def message(up: Running, value: JSON, selection: str) -> Any:
    up.resolvers.handlers["Query", "message"] = gives(value)
    return await up.query("{ message(id: 1) { %s } }" % selection)  # noqa: UP031 - braces all over


def plain(path: list[str | int], text: str) -> dict[str, Any]:
    return {"path": path, "locations": None, "message": text}


async def test_a_null_goes_up_to_the_nearest_that_may_be_null(cloud: Running) -> None:
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


async def test_a_null_at_the_root_takes_all(cloud: Running) -> None:
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


async def test_a_resolver_that_fails_where_null_may_not_be_is_told_once(cloud: Running) -> None:
    cloud.resolvers.handlers["Query", "strict"] = fails("gone", "Lost")
    answer = await cloud.query("{ strict { id } }")
    assert (answer["data"], [e["message"] for e in answer["errors"]]) == (None, ["gone"])


async def test_an_appended_error_leaves_the_value(cloud: Running) -> None:
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
async def test_values_of_the_wrong_type(
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


async def test_unions_by_typename(cloud: Running) -> None:
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


async def test_skip_and_include_with_variables(cloud: Running) -> None:
    query = """query Q($a: Boolean!) { message(id: 1) {
                 id @skip(if: $a) text @include(if: $a) ... on Message @include(if: $a) { mood } } }"""
    assert (await cloud.query(query, {"a": True}))["data"] == {"message": {"text": "hello", "mood": "GLAD"}}
    assert (await cloud.query(query, {"a": False}))["data"] == {"message": {"id": "1"}}


async def test_selections_of_one_field_are_merged(cloud: Running) -> None:
    query = "{ message(id: 1) { id } ...F } fragment F on Query { message(id: 1) { text } }"
    assert (await cloud.query(query))["data"] == {"message": {"id": "1", "text": "hello"}}
    assert len(cloud.resolvers.calls) == 1


async def test_nested_resolvers_get_their_parent(cloud: Running) -> None:
    cloud.resolvers.handlers["Query", "messages"] = gives([{"id": "1"}, {"id": "2"}])
    cloud.resolvers.handlers["Message", "text"] = lambda c: FieldOutcome(f"of {c.source['id']}")  # type: ignore[call-overload, index]
    assert (await cloud.query("{ messages { id text } }"))["data"] == {
        "messages": [{"id": "1", "text": "of 1"}, {"id": "2", "text": "of 2"}]
    }


async def test_a_query_is_concurrent_and_a_mutation_one_after_another() -> None:
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


# Scalars ---------------------------------------------------------------------------------------------------

_EVERY = build_api_schema(
    "type Query { a: AWSDate b: AWSTime c: AWSDateTime d: AWSTimestamp e: AWSEmail f: AWSJSON g: AWSURL "
    "h: AWSPhone i: AWSIPAddress }"
).graphql.type_map


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        (
            "AWSDate",
            ["1970-01-01", "1970-01-01Z", "1970-01-01-07:00", "1970-01-01+05:30:15"],
            ["1970-13-01", "70-01-01", "1970-01-01T00:00Z", 5, ""],
        ),
        (
            "AWSTime",
            ["12:30", "12:30Z", "12:30:24-07:00", "12:30:24.5+05:30"],
            ["25:00", "12", "12:30:24.", "1:2"],
        ),
        (
            "AWSDateTime",
            ["1970-01-01T12:00Z", "2026-11-20T18:00:00.123Z", "1970-01-01T00:00:00.123456789+05:30"],
            ["1970-01-01T12:00", "1970-02-30T12:00Z", "2019-12-24 04:15:57Z", "2020-05-23T06:4:37.000Z"],
        ),
        ("AWSTimestamp", [0, -5, 1700000000, 3.0], ["0", 1.5, True]),
        ("AWSEmail", ["a@b", "username@example.com"], ["a", "a b@c", "@b"]),
        (
            "AWSURL",
            ["http://amazon.com/x", "https://a:8080/?q=1", "mailto:a@b"],
            ["www.amazon.com", "http://a b", ""],
        ),
        ("AWSPhone", ["+1 555-123-4567", "5551234567", "(02) 555.1234"], ["phone", "12", "+" + "1" * 16]),
        ("AWSIPAddress", ["127.0.0.1", "::1", "10.0.0.0/8", "2001:db8::/32"], ["127.0.0", "x", "1.2.3.4/33"]),
    ],
)
def test_scalars_are_checked_both_ways(name: str, good: list[JSON], bad: list[JSON]) -> None:
    scalar: Any = _EVERY[name]
    for value in good:
        assert scalar.coerce_input_value(value) == value
        assert scalar.coerce_output_value(value) == value
    for value in bad:
        with pytest.raises(Exception, match=r"Unable to parse .* as a valid"):
            scalar.coerce_input_value(value)
        with pytest.raises(Exception, match=r"Unable to serialize .* as a valid"):
            scalar.coerce_output_value(value)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_json_comes_in_as_what_it_says(value: Any) -> None:
    scalar: Any = _EVERY["AWSJSON"]
    assert scalar.coerce_input_value(scalar.coerce_output_value(value)) == value or isinstance(value, str)


def test_a_string_of_json_leaves_as_it_is() -> None:
    scalar: Any = _EVERY["AWSJSON"]
    assert scalar.coerce_output_value('{"a": 1}') == '{"a": 1}'
    assert scalar.coerce_output_value("plain") == '"plain"'
    with pytest.raises(Exception, match="Unable to parse `plain` as a valid JSON"):
        scalar.coerce_input_value("plain")


# Schemas ---------------------------------------------------------------------------------------------------


def test_directives_of_other_tools_are_let_through() -> None:
    schema = build_api_schema(
        'type Query { a: ID } type A @model @key(fields: ["id"]) { id: ID! @default(value: "1") }'
    )
    assert "A" in schema.graphql.type_map


@pytest.mark.parametrize(
    "sdl", ["type Query {", "type Query { a: Nope }", "type A { a: ID }", "type Query { a(b: Query): ID }"]
)
def test_what_is_no_schema(sdl: str) -> None:
    with pytest.raises(SchemaError):
        build_api_schema(sdl)
