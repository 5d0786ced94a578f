"""Namespaces' handlers: in JavaScript alone, with a data source, and a function without any code."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from typing import Any

import pytest

from localcloud.appsync.datasources.failures import DataSourceFailure, RequestInvalid
from localcloud.appsync.definition import JSON, DataSource
from localcloud.appsync.events.definition import HandlerConfig, Namespace
from localcloud.appsync.events.service import NoSources
from tests.appsync_events.support import (
    AN_ID,
    FakeSources,
    Running,
    answered,
    connected,
    definition,
    direct,
    namespace,
    running,
    subscribed,
)

UTIL = "import { util, runtime } from '@aws-appsync/utils'\n"
DENIED = {"errorType": "UnauthorizedException", "message": "You are not authorized to make this call."}


async def publish_and_follow(
    ns: Namespace, *events: JSON, sources: FakeSources | None = None
) -> tuple[int, Any, list[JSON]]:
    """Publish to ``/NAMESPACE/a``; return the answer, and the events that a subscriber to all of it got."""
    async with running(definition(ns, namespace("end")), sources) as up, connected(up) as socket:
        await subscribed(up, socket, f"/{ns.name}/*")
        await subscribed(up, socket, "/end/*", id="end")
        status, answer = await up.publish(f"/{ns.name}/a", *events)
        await up.publish("/end/a", None)
        received: list[JSON] = []
        while (frame := await socket.receive_json())["id"] != "end":
            received.append(json.loads(frame["event"]))
        return status, answer, received


def coded(code: str, **changes: Any) -> Namespace:
    return namespace("orders", UTIL + code, **changes)


async def test_handler_filters_events_and_skipped_ones_count_as_successful() -> None:
    code = "export function onPublish(ctx) { return ctx.events.filter((one) => one.payload > 1) }"
    status, answer, events = await publish_and_follow(coded(code), 1, 2, 3)
    assert (status, events) == (200, [2, 3])
    assert [success["index"] for success in answer["successful"]] == [0, 1, 2]


async def test_handler_changes_and_reorders_events() -> None:
    code = """
    export const onPublish = (ctx) => {
      const by = ctx.info.operation
      const made = ctx.events.map(({ id, payload }) => ({ id, payload: { ...payload, by } }))
      return [made[1], null, made[0]]
    }"""
    status, _, events = await publish_and_follow(coded(code), {"n": 1}, {"n": 2})
    assert (status, events) == (200, [{"n": 2, "by": "PUBLISH"}, {"n": 1, "by": "PUBLISH"}])


@pytest.mark.parametrize("value", ["[]", "null", "undefined", "[null]"])
async def test_handler_may_drop_all_events(value: str) -> None:
    status, answer, events = await publish_and_follow(
        coded(f"export function onPublish(ctx) {{ return {value} }}"), 1
    )
    assert (status, answer["failed"], events) == (200, [], [])


async def test_handler_may_fail_a_single_event() -> None:
    code = """
    export function onPublish(ctx) {
      return ctx.events.map((event) => {
        if (!event.payload.message) { event.error = 'Message required' }
        return event
      })
    }"""
    status, answer, events = await publish_and_follow(coded(code), {"message": "a"}, {})
    assert (status, events) == (200, [{"message": "a"}])
    assert answer == {
        "successful": [{"identifier": AN_ID, "index": 0}],
        "failed": [{"identifier": AN_ID, "index": 1, "errorCode": 400, "errorMessage": "Message required"}],
    }


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        ("util.error('Not possible!')", 403, {"errorType": "HandlerError", "message": "Not possible!"}),
        ("util.error('Not possible!', 'Mine')", 403, {"errorType": "Mine", "message": "Not possible!"}),
        ("util.unauthorized()", 401, DENIED),
        (
            "return ctx.events[0].nothing.there",
            500,
            {
                "errorType": "Code",
                "message": "Runtime Error: TypeError: cannot read property 'there' of undefined "
                "(orders.js:2)",
            },
        ),
        (
            "return 7",
            500,
            {"errorType": "Code", "message": "orders.onPublish must return a list of events or null."},
        ),
        (
            "return [{ id: 'other', payload: 1 }]",
            500,
            {
                "errorType": "Code",
                "message": 'orders.onPublish returned {"id": "other", "payload": 1}: each event must have '
                "the id of a published event, once.",
            },
        ),
    ],
)
async def test_handler_may_refuse_a_publish(body: str, status: int, error: dict[str, str]) -> None:
    code = f"export function onPublish(ctx) {{ {body} }}"
    assert await publish_and_follow(coded(code), 1) == (status, {"errors": [error]}, [])


async def test_a_crash_is_logged_with_each_function_on_the_way(caplog: pytest.LogCaptureFixture) -> None:
    code = """
    const total = (event) => event.nothing.there
    export function onPublish(ctx) { return ctx.events.map(total) }"""
    assert (await publish_and_follow(coded(code), 1))[0] == 500
    assert "at total (orders.js:3)\n    at onPublish (orders.js:4)" in caplog.text


async def test_handler_may_return_an_event_only_once() -> None:
    code = "export function onPublish(ctx) { return [ctx.events[0], ctx.events[0]] }"
    status, answer, events = await publish_and_follow(coded(code), 1)
    assert (status, events) == (500, [])
    assert answer["errors"][0]["message"].endswith("each event must have the id of a published event, once.")


async def test_handler_receives_channel_identity_and_events() -> None:
    code = "export function onPublish(ctx) { return [{ id: ctx.events[0].id, payload: ctx }] }"
    async with running(definition(coded(code))) as up, connected(up) as socket:
        await subscribed(up, socket, "/orders/a/b")
        await up.publish(
            "orders/a/b/", {"n": 1}, x_api_key=up.credential["x-api-key"], animal="duck", cookie="c"
        )
        document = json.loads((await socket.receive_json())["event"])
    headers = document.pop("request")
    assert headers["domainName"] is None
    assert headers["headers"]["animal"] == "duck"
    assert "cookie" not in headers["headers"]
    assert document["events"] == [{"id": AN_ID, "payload": {"n": 1}}]
    assert document["info"] == {
        "channel": {"path": "/orders/a/b", "segments": ["orders", "a", "b"]},
        "channelNamespace": {"name": "orders"},
        "operation": "PUBLISH",
    }
    assert (document["identity"], document["stash"], document["result"], document["error"]) == (
        None,
        {},
        None,
        None,
    )


async def test_oversized_event_of_a_handler_is_an_error(caplog: pytest.LogCaptureFixture) -> None:
    code = """
    export function onPublish(ctx) {
      return ctx.events.map(({ id, payload }) => ({ id, payload: [payload, payload] }))
    }"""
    async with running(definition(coded(code))) as up, connected(up) as socket:
        await subscribed(up, socket, "/orders/a")
        assert (await up.publish("/orders/a", "x" * 200_000))[0] == 200
        assert await socket.receive_json() == {
            "id": "1",
            "type": "broadcast_error",
            "errors": [
                {
                    "errorType": "MessageProcessingError",
                    "message": "An error occurred while processing the message",
                }
            ],
        }
    assert "a handler made an event of 400007 bytes for /orders/a" in caplog.text


async def refused_subscription(code: str, channel: str = "/orders/a", **changes: Any) -> Any:
    async with running(definition(coded(code, **changes))) as up, connected(up) as socket:
        return await _subscribing(up, socket, channel)


async def _subscribing(up: Running, socket: Any, channel: str) -> Any:
    frame = {"type": "subscribe", "id": "1", "channel": channel, "authorization": up.credential}
    answer = await answered(socket, **frame)
    return answer.get("errors", [None])[0]


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (
            "if (ctx.info.channel.path !== '/orders/mine') { util.unauthorized() }",
            {**DENIED, "errorType": "Unauthorized"},
        ),
        ("util.error('Full', 'Crowded')", {"errorType": "Crowded", "message": "Full"}),
        ("if (ctx.info.operation === 'SUBSCRIBE') { util.error('So') }",)
        + ({"errorType": "HandlerError", "message": "So"},),
    ],
)
async def test_handler_may_refuse_a_subscription(body: str, error: dict[str, str]) -> None:
    code = f"export function onSubscribe(ctx) {{ {body} }}"
    assert await refused_subscription(code) == error
    if "mine" in body:
        assert await refused_subscription(code, "/orders/mine") is None


async def test_handler_logs_are_forwarded(caplog: pytest.LogCaptureFixture) -> None:
    code = """
    export function onSubscribe(ctx) { console.log('joined', ctx.info.channel.path) }
    export function onPublish(ctx) { console.error('published'); return ctx.events }"""
    with caplog.at_level(logging.INFO, "localcloud.appsync.handlers"):
        assert (await publish_and_follow(coded(code), 1))[2] == [1]
    lines = [(record.levelname, record.getMessage()) for record in caplog.records]
    assert [level for level, _ in lines] == ["INFO", "ERROR"]
    assert lines[0][1].startswith("orders.onSubscribe: ")
    assert "/orders/*" in lines[0][1]
    assert "published" in lines[1][1]


# With a data source ----------------------------------------------------------------------------------------

ASKING = """
export const onPublish = {
  request(ctx) {
    if (ctx.events[0].payload === 'skip') { runtime.earlyReturn(ctx.events) }
    ctx.stash.asked = 'yes'
    return { operation: 'PutItem', count: ctx.events.length }
  },
  response(ctx) {
    if (ctx.error) { util.error(ctx.error.message, ctx.error.type) }
    return ctx.events.map(({ id }) => ({ id, payload: { got: ctx.result, stash: ctx.stash } }))
  },
}"""
WITH_TABLE = {"on_publish": HandlerConfig("CODE", "table")}


async def test_data_source_runs_between_request_and_response() -> None:
    sources = FakeSources({"table": lambda _request: {"n": 7}})
    ns = coded(ASKING, **WITH_TABLE)
    assert (await publish_and_follow(ns, 1, sources=sources))[2] == [
        {"got": {"n": 7}, "stash": {"asked": "yes"}}
    ]
    ((request, call),) = sources.calls
    assert request == {"operation": "PutItem", "count": 1}
    assert (call.type_name, call.field_name) == ("orders", "onPublish")


async def test_early_return_skips_the_data_source() -> None:
    sources = FakeSources()
    assert (await publish_and_follow(coded(ASKING, **WITH_TABLE), "skip", sources=sources))[2] == ["skip"]
    assert sources.calls == []


async def test_response_handler_decides_on_a_data_source_failure() -> None:
    def fails(_request: JSON) -> JSON:
        raise DataSourceFailure("No such table", "DynamoDB:ResourceNotFoundException")

    status, answer, _ = await publish_and_follow(
        coded(ASKING, **WITH_TABLE), 1, sources=FakeSources({"table": fails})
    )
    error = {"errorType": "DynamoDB:ResourceNotFoundException", "message": "No such table"}
    assert (status, answer) == (403, {"errors": [error]})


async def test_invalid_data_source_request_is_an_error() -> None:
    def refuses(_request: JSON) -> JSON:
        raise RequestInvalid("Value for field '$[key]' not found.")

    status, answer, _ = await publish_and_follow(
        coded(ASKING, **WITH_TABLE), 1, sources=FakeSources({"table": refuses})
    )
    message = "orders.onPublish: Value for field '$[key]' not found."
    assert (status, answer) == (500, {"errors": [{"errorType": "Code", "message": message}]})


async def test_none_data_source_returns_the_payload() -> None:
    code = """
    export const onPublish = {
      request: (ctx) => ({ payload: ctx.events }),
      response: (ctx) => ctx.result.filter((one) => one.payload !== 2),
    }"""
    ns = coded(code, on_publish=HandlerConfig("CODE", "nothing"))
    assert (await publish_and_follow(ns, 1, 2, 3))[2] == [1, 3]


async def test_unsupported_data_source_is_named_in_a_warning() -> None:
    search = DataSource("search", "AMAZON_OPENSEARCH_SERVICE")
    ns = coded(ASKING, on_publish=HandlerConfig("CODE", "search"))
    api = replace(definition(ns), data_sources={"search": search})
    async with running(api, NoSources()) as up:
        status, answer = await up.publish("/orders/a", 1)
        assert status == 500
        assert answer["errors"][0]["message"] == (
            "orders.onPublish: data source search is of type AMAZON_OPENSEARCH_SERVICE, "
            "which is not supported: there is no search engine here"
        )
        assert up.service.warnings() == [
            "AppSync Event API events: data source search is of type AMAZON_OPENSEARCH_SERVICE, "
            "not supported here."
        ]


# Directly, without code ------------------------------------------------------------------------------------


async def test_lambda_handler_receives_the_context_and_returns_events() -> None:
    contexts: list[Any] = []

    def answer(request: Any) -> JSON:
        contexts.append(request)
        first, second = request["payload"]["events"]
        changed = {"id": first["id"], "payload": "changed"}
        return {"events": [changed, {"id": second["id"], "error": "no"}]}

    ns = namespace("orders", on_publish=direct())
    status, body, events = await publish_and_follow(ns, 1, 2, sources=FakeSources({"function": answer}))
    assert (status, events, [failure["errorMessage"] for failure in body["failed"]]) == (
        200,
        ["changed"],
        ["no"],
    )
    (request,) = contexts
    assert (request["operation"], request["invocationType"]) == ("Invoke", "RequestResponse")
    assert request["payload"].keys() == {
        *("identity", "result", "request", "info", "error", "prev", "stash", "outErrors", "events"),
    }
    assert request["payload"]["info"]["operation"] == "PUBLISH"


@pytest.mark.parametrize("result", [None, {}, {"events": None}, {"events": []}])
async def test_lambda_handler_may_drop_all_events(result: JSON) -> None:
    ns = namespace("orders", on_publish=direct())
    status, _, events = await publish_and_follow(
        ns, 1, sources=FakeSources({"function": lambda _request: result})
    )
    assert (status, events) == (200, [])


async def test_failing_lambda_handler_refuses_the_publish_and_logs_its_error(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def breaks(_request: JSON) -> JSON:
        raise DataSourceFailure("it broke", "Lambda:Unhandled")

    error = {"errorType": "HandlerError", "message": "The handler failed; see the log."}
    for answer in (breaks, lambda _request: {"error": "it broke"}):
        ns = namespace("orders", on_publish=direct())
        status, body, events = await publish_and_follow(ns, 1, sources=FakeSources({"function": answer}))
        assert (status, body, events) == (403, {"errors": [error]}, [])
        assert "orders.onPublish: it broke" in caplog.text
        caplog.clear()


async def test_publish_does_not_wait_for_an_event_invocation() -> None:
    def breaks(_request: JSON) -> JSON:
        raise DataSourceFailure("throttled", "Lambda:TooManyRequestsException")

    ns = namespace("orders", on_publish=direct("EVENT"))
    for answer in (lambda _request: None, breaks):
        sources = FakeSources({"function": answer})
        assert (await publish_and_follow(ns, {"n": 1}, sources=sources))[2] == [{"n": 1}]
        ((request, _),) = sources.calls
        assert request["invocationType"] == "Event"


@pytest.mark.parametrize(
    ("result", "error"),
    [(None, None), ({"error": "Not you"}, {"errorType": "HandlerError", "message": "Not you"})],
)
async def test_lambda_handler_decides_on_a_subscription(result: JSON, error: Any) -> None:
    ns = namespace("orders", on_subscribe=direct())
    sources = FakeSources({"function": lambda _request: result})
    async with running(definition(ns), sources) as up, connected(up) as socket:
        assert await _subscribing(up, socket, "/orders/a") == error
    ((request, _),) = sources.calls
    payload = request["payload"]
    assert (payload["events"], payload["info"]["operation"]) == (None, "SUBSCRIBE")


# What cannot be served -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ns", "why"),
    [
        (
            namespace("orders", "export function onPublish(ctx) { for (;;) {} }"),
            "its handlers cannot be loaded: orders.js:1:34: ",
        ),
        (
            namespace("orders", "export const onPublish = { request(ctx) { return {} } }"),
            "onPublish needs both a request and a response.",
        ),
        (
            coded(ASKING, on_publish=HandlerConfig("CODE", "missing")),
            "onPublish asks the data source missing, which the API does not have.",
        ),
        (
            namespace("orders", on_publish=HandlerConfig("DIRECT", "table")),
            "onPublish is integrated with table, which is no Lambda function.",
        ),
    ],
)
async def test_handler_that_cannot_run_is_warned_of_and_refuses(ns: Namespace, why: str) -> None:
    async with running(definition(ns)) as up:
        status, answer = await up.publish("/orders/a", 1)
        (error,) = answer["errors"]
        assert (status, error["errorType"]) == (500, "Code")
        (warning,) = up.service.warnings()
        assert error["message"] == warning
        assert warning.startswith(f"AppSync Event API events, namespace orders: {why}")
