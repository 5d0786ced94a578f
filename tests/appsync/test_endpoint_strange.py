"""What no honest client sends: text that has no UTF-8, numbers that JSON has not, documents that grow."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from localcloud.appsync.execution.java import java_class
from tests.appsync.endpoint_support import Running, running

HALF = "\\ud800"  # half of a surrogate pair, as JSON escapes it
MALFORMED = {
    "errors": [
        {"errorType": "MalformedHttpRequestException", "message": "Unable to parse GraphQL query."},
    ]
}


@pytest.fixture
async def cloud() -> AsyncIterator[Running]:
    async with running() as up:
        yield up


async def test_error_text_without_valid_utf8_is_returned(cloud: Running) -> None:
    query = "query ($mood: Mood) { find(by: {id: 1, mood: $mood}) { id } }"
    status, answer = await cloud.post(f'{{"query": "{query}", "variables": {{"mood": "{HALF}"}}}}')
    message = (
        "Variable 'mood' has an invalid value. Invalid input for Enum 'Mood'. No value found for name '?'"
    )
    assert (status, [error["message"] for error in answer["errors"]]) == (200, [message])
    status, answer = await cloud.post(f'{{"query": "{{ __typename }}", "operationName": "{HALF}"}}')
    assert (status, answer["errors"][0]["message"]) == (400, "Unknown operation named '?'.")


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity"])
async def test_words_that_only_python_parses_as_numbers_are_refused(cloud: Running, word: str) -> None:
    assert await cloud.post(f'{{"query": "{{ __typename }}", "variables": {{"x": {word}}}}}') == (
        400,
        MALFORMED,
    )
    text = json.dumps(f'{{"x": {word}}}')
    assert await cloud.post(f'{{"query": "{{ __typename }}", "variables": {text}}}') == (400, MALFORMED)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'\xef\xbb\xbf{"query": "{ __typename }"}', 200),  # a byte order mark, as some editors write
        (b'{"query": "{ __typename }", "x": "\xed\xa0\x80"}', 400),  # half of a surrogate pair
        (b'{"query": "{ __typename }", "x": "\xc0\x80"}', 400),  # overlong
        ('{"query": "{ __typename }"}'.encode("utf-16"), 400),
    ],
)
async def test_body_that_is_no_utf8_is_refused(cloud: Running, body: bytes, status: int) -> None:
    assert await cloud.post(body) == (
        status,
        {"data": {"__typename": "Query"}} if status == 200 else MALFORMED,
    )


async def test_variables_in_a_string_nested_too_deeply_are_refused(cloud: Running) -> None:
    nested = "[" * 100_000
    assert await cloud.post({"query": "{ __typename }", "variables": nested}) == (400, MALFORMED)
    assert await cloud.post(f'{{"query": "{{ __typename }}", "variables": {nested}}}') == (400, MALFORMED)


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (2**31 - 1, "Integer"),
        (-(2**31), "Integer"),
        (2**31, "Long"),
        (-(2**63), "Long"),
        (2**63, "BigInteger"),
        (True, "Boolean"),
        (1e300, "Double"),
    ],
)
def test_number_has_the_java_class_of_appsync(value: float, name: str) -> None:
    assert java_class(value) == name


async def test_exponentially_nested_fragments_are_measured_once(cloud: Running) -> None:
    steps = 60
    doubling = " ".join(f"fragment f{n} on Message {{ ...f{n + 1} ...f{n + 1} }}" for n in range(steps))
    query = f"{{ message(id: 1) {{ ...f0 }} }} {doubling} fragment f{steps} on Message {{ id }}"
    async with asyncio.timeout(60):  # counting each spread again would take 2**60 steps
        assert await cloud.query(query) == {"data": {"message": {"id": "1"}}}


@pytest.mark.parametrize("name", ["Authorization", "x-api-key", "x-amz-security-token"])
async def test_credential_that_is_no_utf8_is_refused(cloud: Running, name: str) -> None:
    headers: dict[str, str] = {"host": "127.0.0.1", name: "\ud800"}
    if name == "x-amz-security-token":
        scope = "000000000000/20261120/us-east-1/appsync/aws4_request"
        headers["Authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature={'0' * 64}"
        )
    header = base64.b64encode(json.dumps(headers).encode()).decode()
    async with cloud.session.ws_connect(
        cloud.address.realtime, params={"header": header, "payload": "e30="}, protocols=["graphql-ws"]
    ) as socket:
        await socket.send_json({"type": "connection_init"})
        frame = await socket.receive_json(timeout=60)
    error = {
        "errorType": "UnauthorizedException",
        "message": "You are not authorized to make this call.",
        "errorCode": 401,
    }
    assert frame == {"type": "connection_error", "payload": {"errors": [error]}}


async def test_start_that_is_no_utf8_is_an_error_of_its_own(cloud: Running) -> None:
    api_key: dict[str, Any] = {"host": "127.0.0.1", "x-api-key": "da2-testkey"}
    header = base64.b64encode(json.dumps(api_key).encode()).decode()
    async with cloud.session.ws_connect(
        cloud.address.realtime, params={"header": header, "payload": "e30="}, protocols=["graphql-ws"]
    ) as socket:
        await socket.send_json({"type": "connection_init"})
        assert (await socket.receive_json(timeout=60))["type"] == "connection_ack"
        payload = {"data": "subscription { \ud800 }", "extensions": {"authorization": api_key}}
        await socket.send_str(json.dumps({"id": "1", "type": "start", "payload": payload}))
        frame = await socket.receive_json(timeout=60)
    assert frame == {"id": "1", "type": "error", "payload": MALFORMED}
