"""What a resolver is given: arguments with AppSync's quirks, selections, and which resolvers run at all."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from localcloud.appsync.api import GraphQLResult, ServedApi
from localcloud.appsync.caller import Caller
from localcloud.appsync.definition import JSON, DataSource, Resolver
from localcloud.appsync.errors import BadRequest
from localcloud.appsync.execution.plan import MAX_FIELDS
from localcloud.appsync.execution.published import PublishedEvent
from localcloud.appsync.execution.request import GraphQLRequest
from localcloud.appsync.outcomes import Invalidation
from localcloud.appsync.resolving import FieldCall, FieldOutcome
from tests.appsync.endpoint_support import FakeResolvers, definition, gives, served_api

SDL = """
type Query {
  items(after: String, first: Int = 20, by: By, tags: [String], must: Int! = 7): [Item]
  pet: Pet
  named: Named
  item: Item
  strict: [Item!]
}
type Mutation { one: Int! two: Int! adopt: [Pet] rename: Item }
type Subscription {
  onAdopt: [Pet] @aws_subscribe(mutations: ["adopt"])
  onRename: Item @aws_subscribe(mutations: ["rename"])
}
type Item { id: ID! name: String! parent: Item child: Item color: String friends: [Pet] }
interface Named { name: String }
type Cat implements Named { name: String lives: Int owner: Item }
type Dog implements Named { name: String barks: Boolean owner: Item }
union Pet = Cat | Dog
input By { id: ID = "none" name: String deep: By }
"""
NAMES = ("items", "pet", "named", "item")


class Served:
    """An API without its endpoints."""

    def __init__(self, request_seconds: float = 30.0) -> None:
        self._seconds = request_seconds
        self.resolvers = FakeResolvers({("Query", name): gives(None) for name in NAMES})
        self._api: ServedApi | None = None

    async def query(self, text: str, variables: dict[str, JSON] | None = None) -> dict[str, Any]:
        """Return the answer; from the first query on, no field gets a resolver any more."""
        return (await self._result(text, variables or {})).document()

    async def events(self, text: str) -> list[PublishedEvent]:
        """Return what a mutation publishes."""
        return (await self._result(text, {})).events

    async def _result(self, text: str, variables: dict[str, JSON]) -> GraphQLResult:
        if self._api is None:
            api = definition(schema_sdl=SDL)
            self._api = served_api(api, self.resolvers, request_seconds=self._seconds)
        return await self._api.execute(GraphQLRequest(text, variables), Caller("API_KEY"), {})


@pytest.fixture
def cloud() -> Served:
    return Served()


async def test_resolver_that_asks_nothing_outside_runs_in_the_task_of_its_request() -> None:
    tasks: dict[str, asyncio.Task[Any] | None] = {}

    def note(call: FieldCall) -> FieldOutcome:
        tasks[call.field_name] = asyncio.current_task()
        return FieldOutcome()

    sources = {"none": DataSource("none", "NONE"), "table": DataSource("table", "AMAZON_DYNAMODB")}
    source_names = {"item": "none", "named": "table", "pet": "table"}
    api = definition(
        schema_sdl=SDL,
        data_sources=sources,
        resolvers={
            ("Query", name): Resolver("Query", name, data_source=of) for name, of in source_names.items()
        },
    )
    served = served_api(api, FakeResolvers({("Query", name): note for name in source_names}))
    query = GraphQLRequest("{ named { name } item { id } pet { __typename } }")
    answer = await served.execute(query, Caller("API_KEY"), {})
    assert answer.document() == {"data": {"named": None, "item": None, "pet": None}}
    assert tasks["item"] is asyncio.current_task()
    assert len(set(tasks.values())) == 3


async def called(cloud: Served, query: str, variables: dict[str, Any] | None = None) -> FieldCall:
    """Return what the one resolver of a query was given."""
    cloud.resolvers.calls.clear()
    answer = await cloud.query(query, variables)
    assert "errors" not in answer, answer
    [call] = cloud.resolvers.calls
    return call


QUERY = """query Q($after: String, $first: Int, $by: By, $tags: [String]) {
  items(after: $after, first: $first, by: $by, tags: $tags) { id }
}"""


async def test_variable_without_a_value_is_an_explicit_null(cloud: Served) -> None:
    nothing = {"after": None, "first": None, "by": None, "tags": None, "must": 7}
    call = await called(cloud, QUERY)
    assert (call.arguments, call.variables) == (nothing, {})
    call = await called(cloud, QUERY, {"after": None, "tags": "x"})
    assert (call.arguments, call.variables) == (nothing | {"tags": ["x"]}, {"after": None, "tags": "x"})


async def test_unwritten_argument_is_absent_or_its_default(cloud: Served) -> None:
    assert (await called(cloud, "{ items { id } }")).arguments == {"first": 20, "must": 7}
    assert (await called(cloud, "{ items(after: null, first: null) { id } }")).arguments == {
        "after": None,
        "first": None,
        "must": 7,
    }


async def test_default_of_a_variable_replaces_null(cloud: Served) -> None:
    query = 'query Q($after: String = "a", $n: Int = 3) { items(after: $after, must: $n) { id } }'
    expected = {"after": "a", "first": 20, "must": 3}
    assert (await called(cloud, query)).arguments == expected
    assert (await called(cloud, query, {"after": None, "n": None})).arguments == expected
    assert (await called(cloud, query, {"after": "b"})).arguments == expected | {"after": "b"}


async def test_variables_fill_a_literal_object(cloud: Served) -> None:
    query = """query Q($id: ID, $name: String, $tag: String) {
      items(by: {id: $id, name: $name, deep: {}}, tags: [$tag, "x"]) { id }
    }"""
    call = await called(cloud, query)
    assert call.arguments["by"] == {"deep": {"id": "none"}}  # what has no value leaves no field
    assert call.arguments["tags"] == [None, "x"]
    call = await called(cloud, query, {"id": None, "name": "n"})
    assert call.arguments["by"] == {"id": "none", "name": "n", "deep": {"id": "none"}}


async def test_variables_fill_input_objects_with_defaults(cloud: Served) -> None:
    call = await called(cloud, QUERY, {"by": {"name": None, "deep": {"id": None}}})
    assert call.arguments["by"] == {"id": "none", "name": None, "deep": {"id": "none"}}


async def test_resolver_that_changes_its_arguments_affects_no_other_call(cloud: Served) -> None:
    query = '{ items(by: {name: "n"}, tags: ["x"]) { id } }'
    first = await called(cloud, query)
    assert isinstance(first.arguments["by"], dict)
    first.arguments["by"]["name"] = "changed"
    assert (await called(cloud, query)).arguments["by"] == {"id": "none", "name": "n"}


# Selections ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("{ item { id mine: name parent { id } } }", ["id", "mine", "parent", "parent/id"]),
        (
            "{ item { ...F parent { ...G } id } } "
            "fragment F on Item { id name } fragment G on Item { color }",
            ["id", "name", "parent", "parent/color"],
        ),
        ("{ item { ... on Item { id } ... { name } __typename } }", ["id", "name", "__typename"]),
        ("{ item { id @skip(if: true) name @include(if: true) } }", ["name"]),
        ("{ pet { ... on Cat { name } ... on Dog { barks } } }", []),
        ("{ pet { __typename ... on Cat { name } } }", ["__typename"]),
        ("{ named { name ... on Cat { lives } ... on Named { again: name } } }", ["name", "again"]),
        ("{ item { friends { ... on Cat { owner { id } } } } }", ["friends"]),
    ],
)
async def test_selection_list_names_the_selected_paths(
    cloud: Served, query: str, expected: list[str]
) -> None:
    assert (await called(cloud, query)).selection == expected


async def test_selection_text_names_fragments_without_their_contents(cloud: Served) -> None:
    query = "{ item { ...F  mine: parent { id } } } fragment F on Item { name }"
    assert (await called(cloud, query)).selection_graphql == "{\n  ...F\n  mine: parent {\n    id\n  }\n}"


# Which resolvers run ---------------------------------------------------------------------------------------


async def test_no_resolver_runs_below_null(cloud: Served) -> None:
    cloud.resolvers.handlers["Item", "color"] = lambda call: FieldOutcome(f"of {call.source}")
    query = "{ item { id color child { color } } items { color } }"
    cloud.resolvers.handlers["Query", "items"] = gives([None, {"id": "1", "name": "n"}])
    answer = await cloud.query(query)
    assert answer == {"data": {"item": None, "items": [None, {"color": "of {'id': '1', 'name': 'n'}"}]}}


async def test_resolvers_run_below_an_empty_object(cloud: Served) -> None:
    cloud.resolvers.handlers["Item", "color"] = lambda call: FieldOutcome(f"of {call.source}")
    cloud.resolvers.handlers["Query", "item"] = gives({})
    assert (await cloud.query("{ item { color child { color } } }"))["data"] == {
        "item": {"color": "of {}", "child": None}
    }


@pytest.mark.parametrize("color", [None, "red"])
async def test_each_null_in_a_non_null_field_is_reported(cloud: Served, color: str | None) -> None:
    def missing(kind: str, path: list[JSON], written: str) -> dict[str, JSON]:
        message = f"Cannot return null for non-nullable type: '{kind}' within parent 'Item' ({written})"
        return {"path": path, "locations": None, "message": message}

    cloud.resolvers.handlers["Query", "items"] = gives([{"id": "1"}, {}, {"id": "2", "name": "n"}])
    if color is not None:  # objects with a resolver below are completed another way
        cloud.resolvers.handlers["Item", "color"] = gives(color)
    answer = await cloud.query("{ items { id name color } }")
    assert answer["data"] == {"items": [None, None, {"id": "2", "name": "n", "color": color}]}
    assert answer["errors"] == [
        missing("String", ["items", 0, "name"], "/items[0]/name"),
        missing("ID", ["items", 1, "id"], "/items[1]/id"),
        missing("String", ["items", 1, "name"], "/items[1]/name"),
    ]


async def test_mutation_runs_every_field_after_a_failed_one(cloud: Served) -> None:
    cloud.resolvers.handlers["Mutation", "one"] = gives(None)
    cloud.resolvers.handlers["Mutation", "two"] = gives(2)
    answer = await cloud.query("mutation { one two }")
    assert answer["data"] is None
    assert [call.field_name for call in cloud.resolvers.calls] == ["one", "two"]


async def test_interface_fields_and_fragments_follow_the_typename(cloud: Served) -> None:
    cloud.resolvers.handlers["Query", "named"] = gives({"__typename": "Dog", "name": "Rex", "barks": True})
    query = "{ named { kind: __typename name ... on Dog { barks } ... on Cat { lives } } }"
    assert (await cloud.query(query))["data"] == {"named": {"kind": "Dog", "name": "Rex", "barks": True}}
    cloud.resolvers.handlers["Query", "named"] = gives({"__typename": "Item", "name": "x"})
    answer = await cloud.query(query)
    assert answer["data"] == {"named": None}
    assert answer["errors"][0]["message"] == (
        "Can't resolve '/named'. Abstract type 'Named' must resolve to an Object type at runtime for field "
        "'Query.named'. Could not determine the exact type of 'Named'"
    )


@pytest.mark.parametrize("resolved", [False, True])
async def test_short_query_for_millions_of_fields_is_refused(cloud: Served, *, resolved: bool) -> None:
    fragments = [
        f"fragment F{n} on Item {{ a: parent {{ ...F{n + 1} }} b: child {{ ...F{n + 1} }} }}"
        for n in range(30)
    ]
    query = " ".join(["{ item { ...F0 } }", *fragments, "fragment F30 on Item { id }"])
    if resolved:
        cloud.resolvers.handlers["Item", "color"] = gives("red")
    with pytest.raises(BadRequest, match=f"The query asks for more than {MAX_FIELDS} fields[.]"):
        await cloud.query(query)


async def test_request_is_cut_off_at_its_time_limit() -> None:
    cut = asyncio.Event()

    async def forever(_call: FieldCall) -> FieldOutcome:
        try:
            await asyncio.Event().wait()
        finally:
            cut.set()
        return FieldOutcome(None)

    cloud = Served(request_seconds=1.0)
    cloud.resolvers.handlers["Query", "pet"] = forever
    answer = await cloud.query("{ item { id } pet { __typename } }")
    assert answer == {
        "data": None,
        "errors": [{"errorType": "ExecutionTimeout", "message": "Execution timed out."}],
    }
    assert cut.is_set()


async def test_request_makes_at_most_five_invalidations(cloud: Served) -> None:
    three = [Invalidation("onItem", {"id": f"{n}"}) for n in range(3)]
    for name in ("one", "two"):
        cloud.resolvers.handlers["Mutation", name] = lambda _call: FieldOutcome(1, invalidations=[*three])
    answer = await cloud.query("mutation { one two }")
    assert answer["data"] == {"one": 1, "two": 1}
    [error] = answer["errors"]
    assert (error["path"], error["errorType"], error["message"]) == (
        ["two"],
        "FilterLimitExceeded",
        "A request invalidates at most 5 times.",
    )


async def test_introspection_results_stand_in_the_requested_order(cloud: Served) -> None:
    query = '{ a: __typename __type(name: "By") { kind } item { id } __schema { queryType { name } } }'
    answer = await cloud.query(query)
    assert list(answer["data"].items()) == [
        ("a", "Query"),
        ("__type", {"kind": "INPUT_OBJECT"}),
        ("item", None),
        ("__schema", {"queryType": {"name": "Query"}}),
    ]


async def test_list_of_non_null_items_reports_each_null(cloud: Served) -> None:
    cloud.resolvers.handlers["Query", "strict"] = gives([{"name": "n"}, {"id": "1", "name": "n"}, None])
    answer = await cloud.query("{ strict { id name } }")
    assert answer["data"] == {"strict": None}
    assert [error["path"] for error in answer["errors"]] == [["strict", 0, "id"], ["strict", 2]]


# Events ----------------------------------------------------------------------------------------------------


async def test_event_has_schema_names_and_the_typename_of_a_union(cloud: Served) -> None:
    dog: JSON = {"__typename": "Dog", "name": "Rex", "owner": {"id": "1", "name": "Ada"}, "barks": True}
    cloud.resolvers.handlers["Mutation", "adopt"] = gives([dog, None])
    events = await cloud.events(
        "mutation { mine: adopt { ... on Dog { called: name owner { who: name } } ... on Cat { lives } } }"
    )
    payload: JSON = [
        {"__typename": "Dog", "name": "Rex", "owner": {"__typename": "Item", "name": "Ada"}},
        None,
    ]
    assert events == [PublishedEvent("adopt", ("onAdopt",), payload)]


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        ("id name", {"id": "1", "name": "n"}),
        ("id called: name", {"__typename": "Item", "id": "1", "name": "n"}),
        ("id child { name }", {"id": "1", "child": None}),
    ],
)
async def test_event_has_the_fields_selected_by_the_mutation(
    cloud: Served, selection: str, expected: dict[str, JSON]
) -> None:
    cloud.resolvers.handlers["Mutation", "rename"] = gives({"id": "1", "name": "n", "color": "red"})
    events = await cloud.events(f"mutation {{ rename {{ {selection} }} }}")
    assert events == [PublishedEvent("rename", ("onRename",), expected)]


async def test_null_field_publishes_no_event(cloud: Served) -> None:
    cloud.resolvers.handlers["Mutation", "rename"] = gives({"name": "n"})
    assert await cloud.events("mutation { rename { id } }") == []
