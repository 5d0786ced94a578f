"""What ``--log`` shows of an Event API: each publish and subscribe as a tree."""

from __future__ import annotations

import re

from localcloud.appsync.events.definition import HandlerConfig
from localcloud.appsync.tracing import RequestTrace
from localcloud.reporting.request_log import lines
from tests.appsync_events.support import (
    FakeSources,
    answered,
    connected,
    definition,
    namespace,
    running,
    subscribed,
)

CODE = """
export const onPublish = {
  request(ctx) { return { operation: 'PutItem' } },
  response(ctx) { return ctx.events[0].payload === 'crash' ? ctx.nothing.there : ctx.events },
}
export function onSubscribe(ctx) {
  if (ctx.info.channel.segments[1] === 'closed') { util.error('Closed', 'Locked') }
}"""


def shown(trace: RequestTrace) -> list[str]:
    return [re.sub(r"\d+\.\d ms", "N ms", line) for line in lines(trace)]


async def test_each_operation_is_traced_with_its_handler_and_data_source() -> None:
    traces: list[RequestTrace] = []
    api = definition(namespace("orders", CODE, on_publish=HandlerConfig("CODE", "table")))
    async with running(api, FakeSources(), tracer=traces.append) as up, connected(up) as socket:
        await subscribed(up, socket, "/orders/*")
        frame = {"type": "subscribe", "id": "2", "channel": "/orders/closed"}
        await answered(socket, **frame, authorization=up.credential)
        await up.publish("/orders/a", 1, 2)
        await up.publish("/orders/a", "crash")
        await up.publish("/nowhere/a", 1)
    operations = [shown(trace) for trace in traces]
    assert operations[0] == [
        "events  subscription start /orders/*  API key",
        "└─ orders.onSubscribe  N ms",
    ]
    assert operations[1] == [
        "events  subscription refused /orders/closed  API key",
        "└─ orders.onSubscribe  N ms",
        "   └─ ✗ Locked: Closed",
    ]
    assert operations[2] == [
        'events  publish /orders/a  200  N ms  API key  {"events": ["1", "2"]}',
        "├─ orders.onPublish  N ms",
        "│  └─ table (DynamoDB PutItem)  N ms",
        "├─ /orders/a: an event for 1 subscriber(s)",
        "└─ /orders/a: an event for 1 subscriber(s)",
    ]
    assert operations[3] == [
        'events  publish /orders/a  500  N ms  API key  {"events": ["\\"crash\\""]}',
        "└─ orders.onPublish  N ms",
        "   ├─ table (DynamoDB PutItem)  N ms",
        "   └─ ✗ Code: Runtime Error: TypeError: cannot read property 'there' of undefined (orders.js:4)",
    ]
    assert operations[4] == [
        'events  publish /nowhere/a  401  N ms  {"events": ["1"]}',
        "└─ ✗ UnauthorizedException",
    ]
