"""The endpoints with the real resolvers behind them: JavaScript on NONE, filters, refusals, invalidation."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from localcloud.appsync.definition import Resolver
from tests.appsync.endpoint_support import Running, definition, running
from tests.appsync.resolvers import NONE, engine
from tests.appsync.test_realtime_protocol import connected, start, start_subscription

HEAD = "import { util, extensions } from '@aws-appsync/utils';\n"
PASS = "export function request(ctx) { return { payload: ctx.args }; }\n"
RESULT = "export function response(ctx) { return ctx.result; }\n"
SAY = """export function response(ctx) {
  if (ctx.args.text === 'end') {
    extensions.invalidateSubscriptions({ subscriptionField: 'onGuarded', payload: { room: ctx.args.room } });
  }
  if (ctx.args.text === 'bad') util.error('No such word', 'BadWord', { text: 'bad', other: 1 }, { code: 7 });
  return ctx.result;
}
"""
GUARD = """export function response(ctx) {
  if (ctx.args.room === 'closed') util.unauthorized();
  extensions.setSubscriptionFilter({ filterGroup: [{ filters: [
    { fieldName: 'room', operator: 'eq', value: ctx.args.room },
    { fieldName: 'text', operator: 'ne', value: 'secret' },
  ] }] });
  extensions.setSubscriptionInvalidationFilter({ filterGroup: [{ filters: [
    { fieldName: 'room', operator: 'eq', value: ctx.args.room } ] }] });
  return null;
}
"""
WHO = "export function request(ctx) { return { payload: { auth: util.authType(), who: ctx.identity } }; }\n"


def on_none(type_name: str, field_name: str, code: str) -> Resolver:
    return Resolver(type_name, field_name, data_source="none", code=HEAD + code)


@pytest.fixture
async def cloud() -> AsyncIterator[Running]:
    resolvers = (
        on_none("Mutation", "say", PASS + SAY),
        on_none("Subscription", "onGuarded", PASS + GUARD),
        on_none("Query", "identity", WHO + RESULT),
    )
    api = replace(
        definition(),
        data_sources={"none": NONE},
        resolvers={(r.type_name, r.field_name): r for r in resolvers},
    )
    async with engine(api) as real:
        assert real.warnings == []
        async with running(api, real) as up:  # type: ignore[arg-type]
            yield up


def say(text: str, room: str) -> str:
    return f'mutation {{ say(id: 1, text: "{text}", room: "{room}") {{ id text room }} }}'


async def test_enhanced_filter_selects_events_and_invalidation_ends_the_subscription(cloud: Running) -> None:
    async with connected(cloud) as socket:
        await start_subscription(cloud, socket, 'subscription { onGuarded(room: "a") { text room } }', id="a")
        await start_subscription(cloud, socket, 'subscription { onGuarded(room: "b") { text } }', id="b")
        for text, room in (("secret", "a"), ("hello", "c"), ("hello", "a"), ("end", "a"), ("hello", "a")):
            await cloud.query(say(text, room))
        await cloud.query(say("last", "b"))
        frames: list[Any] = [await socket.receive_json() for _ in range(4)]
    assert frames == [
        {"id": "a", "type": "data", "payload": {"data": {"onGuarded": {"text": "hello", "room": "a"}}}},
        {"id": "a", "type": "data", "payload": {"data": {"onGuarded": {"text": "end", "room": "a"}}}},
        {"id": "a", "type": "complete"},
        {"id": "b", "type": "data", "payload": {"data": {"onGuarded": {"text": "last"}}}},
    ]


async def test_unauthorized_resolver_refuses_the_subscription(cloud: Running) -> None:
    async with connected(cloud) as socket:
        await socket.send_str(start(cloud, 'subscription { onGuarded(room: "closed") { id } }'))
        (error,) = (await socket.receive_json())["payload"]["errors"]
    assert error["errorType"] == "Unauthorized"
    assert error["message"].startswith("Not Authorized to access onGuarded on type ")


async def test_error_of_a_javascript_resolver_reaches_the_client(cloud: Running) -> None:
    assert await cloud.query(say("bad", "a")) == {
        "data": {"say": None},
        "errors": [
            {
                "path": ["say"],
                "data": {"text": "bad"},
                "errorType": "BadWord",
                "errorInfo": {"code": 7},
                "locations": [{"line": 1, "column": 12, "sourceName": None}],
                "message": "No such word",
            }
        ],
    }


async def test_javascript_sees_identity_and_mode(cloud: Running) -> None:
    answer = await cloud.query("{ identity }")
    assert answer["data"]["identity"] == '{"auth":"API Key Authorization","who":null}'
    answer = await cloud.query("{ identity }", authorization=cloud.pool.token())
    assert '"auth":"User Pool Authorization","who":{"sub":"5f4b8c1e-' in answer["data"]["identity"]
