"""What functions answer, and the HTTP answers made of it."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from localcloud.gateway.answers import ApiResponse
from localcloud.gateway.errors import IntegrationFailed
from localcloud.gateway.rest.results import read_result


def read(result: Any, accept: str = "*/*", binary: tuple[str, ...] = ()) -> ApiResponse:
    return read_result(result, accept=accept, binary_media_types=binary)


def test_single_and_multi_value_headers_are_merged_without_duplicates() -> None:
    answer = read(
        {
            "statusCode": "201",
            "headers": {"content-type": "text/html", "Set-Cookie": "a=1", "X-N": 3, "X-B": True},
            "multiValueHeaders": {"set-cookie": ["a=1", "b=2"], "Via": ["x"]},
            "body": "é",
        }
    )
    assert answer == ApiResponse(
        201,
        (
            ("set-cookie", "a=1"),
            ("set-cookie", "b=2"),
            ("Via", "x"),
            ("content-type", "text/html"),
            ("X-N", "3"),
            ("X-B", "true"),
        ),
        "é".encode(),
    )


def test_reserved_headers_are_renamed() -> None:
    answer = read({"statusCode": 401, "headers": {"WWW-Authenticate": "Bearer", "Transfer-Encoding": "x"}})
    assert answer.headers == (
        ("x-amzn-Remapped-WWW-Authenticate", "Bearer"),
        ("Content-Type", "application/json"),
    )


@pytest.mark.parametrize(
    ("accept", "declared", "body"),
    [
        ("image/png", ("image/png",), b"\x00\xff"),
        ("image/png;q=0.9,*/*", ("image/png",), b"\x00\xff"),
        ("*/*", ("*/*",), b"\x00\xff"),
        ("*/*", ("image/png",), base64.b64encode(b"\x00\xff")),
        ("text/html,image/png", ("image/png",), base64.b64encode(b"\x00\xff")),
    ],
)
def test_base64_answer_is_decoded_for_binary_accept_types(
    accept: str, declared: tuple[str, ...], body: bytes
) -> None:
    result = {
        "statusCode": 200,
        "body": base64.b64encode(b"\x00\xff").decode(),
        "isBase64Encoded": True,
    }
    assert read(result, accept, declared).body == body


@pytest.mark.parametrize(
    "result",
    [
        None,
        "hello",
        [],
        {},
        {"body": "x"},
        {"statusCode": True},
        {"statusCode": 99},
        {"statusCode": 100},
        {"statusCode": 600},
        {"statusCode": "2xx"},
        {"statusCode": 200.5},
        {"statusCode": 200, "body": {"a": 1}},
        {"statusCode": 200, "body": 3},
        {"statusCode": 200, "headers": ["a"]},
        {"statusCode": 200, "headers": {"a": ["b"]}},
        {"statusCode": 200, "headers": {"a": None}},
        {"statusCode": 200, "headers": {"a": "b\r\nc: d"}},
        {"statusCode": 200, "headers": {"a b": "c"}},
        {"statusCode": 200, "headers": {"": "c"}},
        {"statusCode": 200, "multiValueHeaders": {"a": "b"}},
        {"statusCode": 200, "body": "x", "isBase64Encoded": "yes"},
    ],
)
def test_malformed_answer_is_a_failure(result: Any) -> None:
    with pytest.raises(IntegrationFailed):
        read(result)


def test_invalid_base64_answer_is_a_failure() -> None:
    with pytest.raises(IntegrationFailed):
        read({"statusCode": 200, "body": "é", "isBase64Encoded": True}, binary=("*/*",))
