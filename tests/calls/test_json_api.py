"""AWS's JSON protocol: operations, their errors, and when a call is repeated."""

from __future__ import annotations

import json

import pytest

from localcloud.auth.principals import Principal
from localcloud.auth.sigv4 import SignedRequest, verify_signature
from localcloud.aws import Credentials, EngineAddress
from localcloud.calls import JsonApi, JsonService, NoAnswer, ServiceRefused
from tests.calls.support import Peer, answer, answering

CREDENTIALS = Credentials("123456789012", "a secret")
SQS = JsonService("sqs", "AmazonSQS")


def api(peer: Peer) -> JsonApi:
    return JsonApi(EngineAddress(peer.endpoint, "eu-west-1", "123456789012", CREDENTIALS))


def refusal(code: str, status: str) -> bytes:
    body = json.dumps({"__type": f"com.amazonaws.sqs#{code}", "message": "no"}).encode()
    return answer(body, status, ["x-amzn-RequestId: r-1"])


async def test_operation_is_sent_signed_and_returns_its_result() -> None:
    async with answering(answer(b'{"Messages": []}')) as peer:
        calls = api(peer)
        assert await calls.call(SQS, "ReceiveMessage", {"QueueUrl": "\u00e9"}) == {"Messages": []}
        calls.close()
    ((head, body),) = peer.requests
    lines = head.split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:])}
    assert lines[0] == "POST / HTTP/1.1"
    assert (headers["x-amz-target"], headers["content-type"]) == (
        "AmazonSQS.ReceiveMessage",
        "application/x-amz-json-1.0",
    )
    assert json.loads(body) == {"QueueUrl": "\u00e9"}
    caller = Principal("123456789012", "a secret", "123456789012", "arn", "user")
    request = SignedRequest("POST", "/", "", headers, body)
    verify_signature(request, find=lambda _: caller, region="eu-west-1", service="sqs")


async def test_error_has_code_and_message() -> None:
    async with answering(refusal("QueueDoesNotExist", "400 Bad Request")) as peer:
        calls = api(peer)
        with pytest.raises(ServiceRefused, match="QueueDoesNotExist: no") as caught:
            await calls.call(SQS, "ReceiveMessage", {}, attempts=3)
        calls.close()
    error = caught.value
    assert (error.code, error.message, error.status) == ("QueueDoesNotExist", "no", 400)
    assert error.request_id == "r-1"
    assert len(peer.requests) == 1


@pytest.mark.parametrize(
    "failure",
    [
        refusal("ThrottlingException", "400 Bad Request"),
        refusal("ProvisionedThroughputExceededException", "400 Bad Request"),
        answer(b"out of order", "503 Service Unavailable"),
        None,
    ],
)
async def test_call_is_repeated_while_the_service_is_busy(failure: bytes | None) -> None:
    async with answering(failure, failure, answer(b"{}")) as peer:
        calls = api(peer)
        assert await calls.call(SQS, "ReceiveMessage", {}, attempts=3) == {}
        calls.close()


@pytest.mark.parametrize("failure", [refusal("ThrottlingException", "400 Bad Request"), None])
async def test_call_is_sent_once_by_default(failure: bytes | None) -> None:
    async with answering(failure) as peer:
        calls = api(peer)
        with pytest.raises((ServiceRefused, NoAnswer)):
            await calls.call(SQS, "SendMessage", {})
        calls.close()
        assert len(peer.requests) == 1
