"""Publishing over HTTP: AWS's answers and errors, to the letter."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from localcloud.appsync.errors import NotLoaded
from tests.appsync.endpoint_support import API_KEY, EXPIRED_KEY
from tests.appsync_events.support import AN_ID, Running, connected, running, subscribed

PUBLISH = {"channel": "/default/a", "events": ['{"n":1}']}


@pytest.fixture
async def up() -> AsyncIterator[Running]:
    async with running() as up:
        yield up


def succeeded(count: int) -> dict[str, Any]:
    return {"failed": [], "successful": [{"identifier": AN_ID, "index": n} for n in range(count)]}


async def test_publish_reports_the_result_of_each_event(up: Running) -> None:
    assert await up.publish("default/a", 1, "two", None, [3], {"four": 4}) == (200, succeeded(5))
    _, answer = await up.publish("/default/a", 1, 2)
    first, second = (success["identifier"] for success in answer["successful"])
    assert first != second


async def test_publish_without_subscribers_accepts_every_form_of_the_path(up: Running) -> None:
    for channel in ("default", "/default/", "/default/a/b/c/d"):
        assert await up.publish(channel, 1) == (200, succeeded(1))


@pytest.mark.parametrize(
    ("body", "error_type", "message"),
    [
        ("", "SerializationException", "Unable to parse request body"),
        ("no JSON", "SerializationException", "Unable to parse request body"),
        (b"\xff\xfe{}", "SerializationException", "Unable to parse request body"),
        ("[" * 3000, "SerializationException", "Unable to parse request body"),
        ("[]", "BadRequestException", "Request body must be a JSON object"),
        ({"events": ["1"]}, "BadRequestException", "Missing channel"),
        ({"channel": "", "events": ["1"]}, "BadRequestException", "Missing channel"),
        ({"channel": 7, "events": ["1"]}, "BadRequestException", "Missing channel"),
        ({"channel": "/default/a"}, "BadRequestException", "Missing events"),
        ({"channel": "/default/a", "events": []}, "BadRequestException", "Missing events"),
        ({"channel": "/default/a", "events": "1"}, "SerializationException", "Expected list or null"),
        (
            {"channel": "/default/a", "events": [{"n": 1}]},
            *("SerializationException", "Each event is a string that holds JSON"),
        ),
        (
            {"channel": "/default/a", "events": ["1"] * 6},
            *("BadRequestException", "Input exceeded 5 event limit"),
        ),
        ({"channel": "/default/*", "events": ["1"]}, "BadRequestException", "Invalid Channel Format"),
        ({"channel": "/a/b/c/d/e/f", "events": ["1"]}, "BadRequestException", "Invalid Channel Format"),
        ({"channel": "/default/\ud800", "events": ["1"]}, "BadRequestException", "Invalid Channel Format"),
    ],
)
async def test_invalid_publish_is_refused(up: Running, body: Any, error_type: str, message: str) -> None:
    assert await up.post(body) == (400, {"errors": [{"errorType": error_type, "message": message}]})


async def test_channel_without_a_namespace_is_refused_without_a_message(up: Running) -> None:
    assert await up.publish("/other/a", 1) == (401, {"errors": [{"errorType": "UnauthorizedException"}]})


@pytest.mark.parametrize("headers", [{"x_api_key": "da2-nobody"}, {"x_api_key": EXPIRED_KEY}])
async def test_invalid_key_is_refused(up: Running, headers: dict[str, str]) -> None:
    error = {"errorType": "UnauthorizedException", "message": "You are not authorized to make this call."}
    assert await up.publish("/default/a", 1, **headers) == (401, {"errors": [error]})


async def test_invalid_or_oversized_event_fails_alone(up: Running) -> None:
    events = ["1", "{", json.dumps("x" * 240 * 1024), '"last"']
    async with connected(up) as socket:
        await subscribed(up, socket, "/default/a")
        status, answer = await up.post({"channel": "/default/a", "events": events})
        assert (status, answer["failed"]) == (
            200,
            [
                {
                    "identifier": AN_ID,
                    "index": 1,
                    "errorCode": 400,
                    "errorMessage": "The event is no valid JSON",
                },
                {
                    "identifier": AN_ID,
                    "index": 2,
                    "errorCode": 413,
                    "errorMessage": "The event is over 245760 bytes",
                },
            ],
        )
        assert [success["index"] for success in answer["successful"]] == [0, 3]
        assert [(await socket.receive_json())["event"] for _ in range(2)] == ["1", '"last"']


async def test_five_events_of_the_largest_size_are_accepted(up: Running) -> None:
    largest = '"' * (240 * 1024 - 2)  # each of which is escaped on its way
    async with connected(up, max_msg_size=0) as socket:
        await subscribed(up, socket, "/default/a")
        body = {"channel": "/default/a", "events": [json.dumps(largest[: len(largest) // 2])] * 5}
        assert await up.post(body) == (200, succeeded(5))
        for _ in range(5):
            assert (await socket.receive_json())["event"] == body["events"][0]


async def test_unknown_paths_and_methods_are_refused(up: Running) -> None:
    unknown = {
        "errors": [{"errorType": "UnknownOperationException", "message": "Unknown Operation Request."}]
    }
    base = up.address.http.removesuffix("/event")
    for method, path in (("GET", "/event"), ("POST", "/graphql"), ("GET", "/event/realtime"), ("PUT", "/")):
        async with up.session.request(method, base + path, headers={"x-api-key": API_KEY}) as answer:
            assert (answer.status, await answer.json()) == (404, unknown)
            assert answer.headers["x-amzn-ErrorType"] == "UnknownOperationException"


async def test_preflight_of_a_browser_is_allowed(up: Running) -> None:
    asking = {"Origin": "http://localhost:5173", "Access-Control-Request-Method": "POST"}
    async with up.session.options(up.address.http, headers=asking) as answer:
        assert answer.status == 200
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "x-api-key" in answer.headers["Access-Control-Allow-Headers"].split(",")
    async with up.session.post(up.address.http, json=PUBLISH, headers={"x-api-key": API_KEY}) as answer:
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert answer.headers["Content-Type"] == "application/json;charset=UTF-8"


async def test_port_is_open_before_its_api_is_ready() -> None:
    async with running() as up:
        (api,) = up.shelf

        def not_yet(_id: str) -> Any:
            raise NotLoaded("The Event API events1 is not ready.")

        loaded = up.service.events._ports[api.id].loaded
        ready, loaded._load = loaded._load, not_yet
        error = {
            "errorType": "ServiceUnavailableException",
            "message": "The Event API events1 is not ready.",
        }
        assert await up.post(PUBLISH) == (503, {"errors": [error]})
        loaded._load = ready
        assert await up.post(PUBLISH) == (200, succeeded(1))
