"""What observers receive of requests, and how it is shown."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp

from localcloud.appsync.api_port import GraphQLApiAddress
from localcloud.appsync.datasources.clients import DataSourceClients
from localcloud.appsync.definition import ApiDefinition, DataSource, LambdaConfig
from localcloud.appsync.resolving import ResolverEngine
from localcloud.appsync.service import AppSyncService
from localcloud.appsync.traced import TracedResolvers, TracedSources
from localcloud.appsync.tracing import (
    DataSourceCall,
    Published,
    RequestTrace,
    Resolved,
    current,
    current_resolver,
    request,
)
from localcloud.reporting.request_log import LONGEST_VARIABLES, is_bad, lines
from tests.appsync.endpoint_support import API_KEY, ENGINE, Pool, Running, definition, fails, resolvers
from tests.appsync.resolvers import NOWHERE, FakeFunctions, api, call, pipeline, step
from tests.appsync.test_realtime_protocol import connected, start_subscription


@asynccontextmanager
async def watched() -> AsyncIterator[tuple[Running, list[RequestTrace]]]:
    """A service whose requests are observed."""
    traces: list[RequestTrace] = []

    def make(definition: ApiDefinition) -> TracedResolvers:
        fakes = resolvers()
        fakes.handlers["Query", "broken"] = fails("no luck", "Luck")
        return TracedResolvers(fakes, definition, traces.append)

    served = definition()
    service = AppSyncService(ENGINE, make, load=lambda _id: served, tracer=traces.append)
    await service.start()
    try:
        async with aiohttp.ClientSession() as session:
            async with session.post(f"{service.control.url}/apis/{served.id}", json={"name": "x"}) as opened:
                urls = await opened.json()
            address = GraphQLApiAddress(served.id, "x", urls["graphql"], urls["realtime"])
            yield Running(service, address, resolvers(), session, Pool(), served), traces
    finally:
        await service.stop()


async def test_trace_of_a_query_has_its_resolvers_and_errors() -> None:
    async with watched() as (up, traces):
        await up.query("query Q($id: ID!) { message(id: $id) { id } broken { id } }", {"id": "7"})
        (trace,) = traces
        assert (trace.api, trace.kind, trace.name, trace.mode) == ("tests", "query", "Q", "API_KEY")
        assert (trace.status, trace.variables) == (200, {"id": "7"})
        assert trace.ms > 0
        assert sorted(f"{resolution.type_name}.{resolution.field_name}" for resolution in trace.resolved) == [
            "Query.broken", "Query.message",
        ]  # fmt: skip
        (errors,) = [resolution.errors for resolution in trace.resolved if resolution.field_name == "broken"]
        assert errors == ["no luck"]
        assert trace.errors == [], "what the resolver said is not said again"
        assert is_bad(trace)


async def test_trace_of_a_refusal_lacks_the_credential() -> None:
    async with watched() as (up, traces):
        status, _ = await up.post("{ __typename }", x_api_key="da2-wrong")
        await up.query("{ nope }")
        await up.query("{ forBackend }")
        assert [(trace.kind, trace.status) for trace in traces] == [
            ("", status),
            ("query", 200),
            ("query", 200),
        ]
        assert traces[0].errors == ["UnauthorizedException: You are not authorized to make this call."]
        assert traces[1].errors[0].startswith("Validation error of type FieldUndefined")
        assert traces[2].errors == ["Not Authorized to access forBackend on type Query"]
        assert "da2-wrong" not in repr(traces)
        assert API_KEY not in repr(traces)


async def test_trace_has_subscriptions_and_their_events() -> None:
    async with watched() as (up, traces):
        async with connected(up) as socket:
            await start_subscription(up, socket, "subscription { onSay { id } }")
            await up.query("mutation M { say(id: 5) { id } }")
            await socket.receive_json()
            await socket.send_json({"id": "1", "type": "stop"})
            assert (await socket.receive_json())["type"] == "complete"
        assert [(trace.kind, trace.name) for trace in traces] == [
            ("start", "onSay"),
            ("mutation", "M"),
            ("stop", "onSay"),
        ]
        assert [(publish.subscriptions[0], publish.receivers) for publish in traces[1].published] == [
            ("onSay", 1)
        ]
        assert next(lines(traces[0])) == "tests  subscription start onSay  API key"


async def test_trace_names_the_resolver_of_each_data_source_call() -> None:
    ask = "export const request = (ctx) => ({ operation: 'Invoke', payload: { n: %s } });\n"
    ask += "export const response = (ctx) => ctx.error ? util.error(ctx.error.message) : ctx.result;"
    ask = "import { util } from '@aws-appsync/utils';" + ask
    steps = [step("first", ask % 1, "fn"), step("second", ask % 2, "fn")]
    before = "export const request = (ctx) => ({});\nexport const response = (ctx) => ctx.prev.result;"
    source = DataSource("fn", "AWS_LAMBDA", LambdaConfig("arn:aws:lambda:us-east-1:000000000000:function:f"))
    served = api(pipeline(before, *steps), functions=steps, sources=(source,))
    clients = DataSourceClients(NOWHERE, FakeFunctions({"f": lambda event: event}))
    try:
        engine = TracedResolvers(
            ResolverEngine(served, sources=TracedSources(clients, served)), served, lambda trace: None
        )
        with request(RequestTrace("api"), lambda trace: None) as trace:
            await asyncio.gather(engine.resolve(call()), engine.resolve(call()))
            quiet = await engine.resolve(call())
    finally:
        await clients.close()
    assert quiet.errors == []
    assert current() is None and current_resolver() is None
    for resolution in trace.resolved:
        questions = [
            (question.function, question.source, question.operation) for question in resolution.questions
        ]
        assert questions == [("first", "fn", "Invoke"), ("second", "fn", "Invoke")]
    assert len(trace.resolved) == 3
    assert all(question.ms > 0 for resolution in trace.resolved for question in resolution.questions)


def test_request_is_printed_as_a_tree() -> None:
    trace = RequestTrace("shop", "mutation", "Submit", "AMAZON_COGNITO_USER_POOLS", {"a": 1}, 200, 12.34)
    lookups = [
        DataSourceCall("orders", "AMAZON_DYNAMODB", "PutItem", "record", 3.0),
        DataSourceCall("states", "HTTP", "POST /", "start", 4.0, "throttled"),
    ]
    errors = ["throttled", "Runtime Error: TypeError: no (start.js:12)"]
    trace.resolved = [
        Resolved("Mutation", "submit", 10.0, lookups, errors),
        *(Resolved("Order", "items", 1.0 + n) for n in range(3)),
    ]
    trace.published = [Published(("onOrder",), 2)]
    trace.errors = ["Not Authorized"]
    assert list(lines(trace, {"start.js": "js/functions/start.js"})) == [
        'shop  mutation Submit  200  12.3 ms  Cognito  {"a": 1}',
        "├─ Mutation.submit  10.0 ms",
        "│  ├─ record → orders (DynamoDB PutItem)  3.0 ms",
        "│  ├─ start → states (HTTP POST /)  4.0 ms  ✗ throttled",
        "│  └─ ✗ Runtime Error: TypeError: no (js/functions/start.js:12)",
        "├─ Order.items x 3  3.0 ms",
        "├─ onOrder: an event for 2 subscriber(s)",
        "└─ ✗ Not Authorized",
    ]


def test_long_variables_are_shortened() -> None:
    trace = RequestTrace("shop", "query", variables={"text": "x" * 1000})
    (line,) = lines(trace)
    assert len(line) < LONGEST_VARIABLES + 50
    assert line.endswith("…")
    assert not is_bad(trace)
