"""Caching as a client sees it: which requests reach the resolvers, and which do not."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from localcloud.appsync import tracing
from localcloud.appsync.caching.operations import CachedOperations
from localcloud.appsync.caching.resolvers import cached
from localcloud.appsync.caching.store import ApiCache
from localcloud.appsync.caller import Caller
from localcloud.appsync.definition import (
    JSON,
    ApiCacheConfig,
    ApiDefinition,
    CachingBehavior,
    CachingConfig,
    DataSource,
    Resolver,
)
from localcloud.appsync.execution.request import GraphQLRequest
from localcloud.appsync.outcomes import CacheEviction
from localcloud.appsync.resolving import FieldCall, FieldOutcome
from localcloud.appsync.tracing import RequestTrace
from localcloud.reporting.request_log import lines
from tests.appsync.endpoint_support import FakeResolvers, Running, definition, fails, running, served_api
from tests.appsync.resolvers import NONE, engine

SDL = """
type Query { note(id: ID!): Note notes: [Note] now: Int broken: Int }
type Mutation { edit(id: ID!): Note evict(id: ID!, user: String): Int }
type Note { id: ID! text: String length: Int }
"""
FIELDS = (("Query", "note"), ("Query", "notes"), ("Query", "now"), ("Query", "broken"), ("Note", "length"))


def cached_api(
    behavior: CachingBehavior, resolvers: dict[str, CachingConfig | None] | None = None
) -> ApiDefinition:
    """An API with a cache; ``resolvers`` says how each is cached, by default not by itself."""
    keys = resolvers or {}
    return definition(
        schema_sdl=SDL,
        cache=ApiCacheConfig(behavior, 60),
        resolvers={
            (kind, name): Resolver(kind, name, data_source="none", caching=keys.get(f"{kind}.{name}"))
            for kind, name in FIELDS
        },
    )


def notes() -> FakeResolvers:
    """Each answer tells how many times its field was asked."""
    counts: dict[str, int] = {}

    def counted(name: str) -> int:
        counts[name] = counts.get(name, 0) + 1
        return counts[name]

    def note(call: FieldCall) -> FieldOutcome:
        return FieldOutcome({"id": call.arguments["id"], "text": f"{counted('note')}"})

    def evict(call: FieldCall) -> FieldOutcome:
        pairs = {"context.arguments.id": call.arguments["id"]}
        return FieldOutcome(None, evictions=[CacheEviction("Query", "note", pairs)])

    return FakeResolvers(
        {
            ("Query", "note"): note,
            ("Query", "notes"): lambda _call: FieldOutcome([{"id": "1"}, {"id": "2"}]),
            ("Query", "now"): lambda _call: FieldOutcome(counted("now")),
            ("Query", "broken"): fails("no", "No"),
            ("Note", "length"): lambda call: FieldOutcome(
                counted(f"length {call.source['id']}")  # type: ignore[call-overload, index]
            ),
            ("Mutation", "edit"): note,
            ("Mutation", "evict"): evict,
        }
    )


@asynccontextmanager
async def served(api: ApiDefinition) -> AsyncIterator[Running]:
    async with running(api, notes()) as up:
        yield up


def texts(answer: Any) -> Any:
    return answer["data"]["note"]["text"]


async def test_api_without_a_cache_calls_the_resolver_every_time() -> None:
    api = cached_api("PER_RESOLVER_CACHING", {"Query.note": CachingConfig(60)})
    async with served(replace(api, cache=None)) as up:
        assert [texts(await up.query("{ note(id: 1) { text } }")) for _ in range(2)] == ["1", "2"]


async def test_full_request_caching_caches_every_resolver_of_queries() -> None:
    async with served(cached_api("FULL_REQUEST_CACHING")) as up:
        query = "{ now note(id: 1) { text } other: note(id: 2) { text } }"
        first = await up.query(query)
        assert await up.query(query) == first
        assert (await up.query("{ note(id: 1) { id text } }"))["data"]["note"] == {"id": "1", "text": "1"}
        assert first["data"]["other"]["text"] == "2"
        nested = await up.query("{ notes { id length } }")
        assert nested["data"]["notes"] == [{"id": "1", "length": 1}, {"id": "2", "length": 1}]
        assert await up.query("{ notes { id length } }") == nested


async def test_per_resolver_caching_caches_the_configured_resolvers() -> None:
    api = cached_api("PER_RESOLVER_CACHING", {"Query.note": CachingConfig(60, ("$context.arguments.id",))})
    async with served(api) as up:
        for _ in range(2):
            assert texts(await up.query("{ note(id: 1) { text } }")) == "1"
        assert texts(await up.query("{ note(id: 2) { text } }")) == "2"
        assert [(await up.query("{ now }"))["data"]["now"] for _ in range(2)] == [1, 2]


@pytest.mark.parametrize(("keys", "expected"), [((), ["1", "2"]), (("$context.arguments.id",), ["1", "1"])])
async def test_cache_keys_contain_the_identity_unless_configured_otherwise(
    keys: tuple[str, ...], expected: list[str]
) -> None:
    api = cached_api("PER_RESOLVER_CACHING", {"Query.note": CachingConfig(60, keys)})
    resolvers = cached(notes(), api, ApiCache())
    identities: list[JSON] = [None, {"sub": "ada"}]
    received = []
    for identity in identities:
        outcome = await resolvers.resolve(FieldCall("Query", "note", {"id": "1"}, identity=identity))
        assert isinstance(outcome.value, dict)
        received.append(outcome.value["text"])
    assert received == expected


async def test_null_is_cached_and_an_error_is_not() -> None:
    api = cached_api("FULL_REQUEST_CACHING")
    async with served(api) as up:
        for _ in range(2):
            assert (await up.query("{ broken }"))["errors"][0]["message"] == "no"
        assert len([c for c in up.resolvers.calls if c.field_name == "broken"]) == 2
        up.resolvers.handlers["Query", "now"] = lambda _call: FieldOutcome(None)
        for _ in range(2):
            assert (await up.query("{ now }"))["data"] == {"now": None}
        assert len([c for c in up.resolvers.calls if c.field_name == "now"]) == 1


async def test_mutations_and_the_fields_that_they_return_are_never_cached() -> None:
    async with served(cached_api("FULL_REQUEST_CACHING")) as up:
        answers = [await up.query("mutation { edit(id: 1) { text length } }") for _ in range(2)]
        assert [a["data"]["edit"] for a in answers] == [
            {"text": "1", "length": 1},
            {"text": "2", "length": 2},
        ]


async def test_mutation_evicts_an_entry_and_reports_it() -> None:
    api = cached_api("PER_RESOLVER_CACHING", {"Query.note": CachingConfig(60, ("$context.arguments.id",))})
    async with served(api) as up:
        for note_id in ("1", "2"):
            await up.query("query($id: ID!) { note(id: $id) { text } }", {"id": note_id})
        answer = await up.query('mutation { evict(id: "1") }')
        assert answer == {"data": {"evict": None}, "extensions": {"apiCacheEntriesDeleted": 1}}
        assert texts(await up.query("{ note(id: 1) { text } }")) == "3"
        assert texts(await up.query("{ note(id: 2) { text } }")) == "2"
        assert await up.query('mutation { evict(id: "9") }') == {"data": {"evict": None}}


async def test_flush_and_any_other_change_empty_the_cache() -> None:
    async with served(cached_api("FULL_REQUEST_CACHING")) as up:
        assert [(await up.query("{ now }"))["data"]["now"] for _ in range(2)] == [1, 1]
        up.service.notify("api1")
        assert (await up.query("{ now }"))["data"]["now"] == 2


async def test_operation_level_caching_caches_whole_answers() -> None:
    async with served(cached_api("OPERATION_LEVEL_CACHING")) as up:
        query = "query Q($id: ID!) { note(id: $id) { text length } }"
        first = await up.query(query, {"id": "1"})
        assert await up.query(query, {"id": "1"}) == first
        assert len(up.resolvers.calls) == 2
        # Another variable, another text, another header: other answers.
        assert texts(await up.query(query, {"id": "2"})) == "2"
        assert texts(await up.query(f"{query} ", {"id": "1"})) == "3"
        headers = {"x_api_key": "da2-testkey", "x_tenant": "b"}
        assert texts(await up.query(query, {"id": "1"}, **headers)) == "4"
        # Those that differ from request to request do not count.
        assert texts(await up.query(query, {"id": "1"}, **headers, x_amzn_trace_id="Root=1")) == "4"


async def test_operation_level_caching_caches_neither_errors_nor_mutations() -> None:
    async with served(cached_api("OPERATION_LEVEL_CACHING")) as up:
        for _ in range(2):
            assert "errors" in await up.query("{ broken now }")
            await up.query("mutation { edit(id: 1) { text } }")
        assert len(up.resolvers.calls) == 6


EVICT = """
import { extensions } from '@aws-appsync/utils';
export const request = (ctx) => ({ payload: null });
export function response(ctx) {
  extensions.evictFromApiCache('Query', 'note', { 'ctx.args.id': ctx.args.id });
  return 1;
}
"""
NOW = """
import { util } from '@aws-appsync/utils';
export const request = (ctx) => ({ payload: { id: ctx.args.id, text: util.autoId() } });
export const response = (ctx) => ctx.result;
"""


async def test_javascript_resolver_evicts_an_entry() -> None:
    api = cached_api("PER_RESOLVER_CACHING")
    api = replace(
        api,
        data_sources={"none": DataSource("none", "NONE")},
        resolvers={
            ("Query", "note"): Resolver(
                "Query",
                "note",
                data_source=NONE.name,
                code=NOW,
                caching=CachingConfig(60, ("$context.arguments.id",)),
            ),
            ("Mutation", "evict"): Resolver("Mutation", "evict", data_source=NONE.name, code=EVICT),
        },
    )
    async with engine(api) as real, running(api, real) as up:  # type: ignore[arg-type]
        query = "{ note(id: 1) { text } }"
        first = texts(await up.query(query))
        assert texts(await up.query(query)) == first
        answer = await up.query("mutation { evict(id: 1) }")
        assert answer == {"data": {"evict": 1}, "extensions": {"apiCacheEntriesDeleted": 1}}
        assert texts(await up.query(query)) != first


@pytest.mark.parametrize(
    ("behavior", "shown"),
    [("FULL_REQUEST_CACHING", "Query.now  0.0 ms"), ("OPERATION_LEVEL_CACHING", "Query.*  0.0 ms")],
)
async def test_cache_hit_is_traced(behavior: CachingBehavior, shown: str) -> None:
    api, cache = cached_api(behavior), ApiCache()
    answers = CachedOperations(cache, 60) if behavior == "OPERATION_LEVEL_CACHING" else None
    served = served_api(api, cached(notes(), api, cache), answers=answers)
    traces: list[RequestTrace] = []
    for _ in range(2):
        with tracing.request(RequestTrace("tests"), traces.append):
            await served.execute(GraphQLRequest("{ now }"), Caller("API_KEY"), {})
    assert list(lines(traces[1]))[1:] == [f"└─ {shown}", "   └─ cache (hit)  0.0 ms"]
