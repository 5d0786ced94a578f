"""Streamed responses through a local cloud of its own: a REST API, boto3, function URLs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import aiohttp
import httpx
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

from tests.localcloud.running import ROOT, Running, running

pytestmark = pytest.mark.integration
TEMPLATE = ROOT / "tests" / "localcloud" / "streams" / "template.yaml"


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("streams"), TEMPLATE, "--stack-name", "streams") as cloud:
        yield cloud


def rest_url(cloud: Running) -> str:
    (api,) = cast("list[dict[str, str]]", cloud.ready["rest_apis"])
    return f"{api['url']}/count"


def release(folder: Path, *numbers: str) -> None:
    for number in numbers:
        (folder / number).touch()


def test_httpx_reads_each_piece_while_the_function_runs(cloud: Running, tmp_path: Path) -> None:
    payload = {"folder": str(tmp_path)}
    with httpx.stream("GET", rest_url(cloud), params=payload, timeout=60) as response:
        assert response.status_code == 201
        assert response.headers["content-type"] == "text/event-stream"
        assert response.headers["x-method"] == "GET"
        assert response.headers["set-cookie"] == "seen=1; Path=/"
        pieces = response.iter_raw()
        assert next(pieces) == b"data: one\n\n"
        release(tmp_path, "one")  # until now the function waited
        assert next(pieces) == b"data: two\n\n"
        release(tmp_path, "two", "three")
        assert b"".join(pieces) == b"data: three\n\n"


def test_failing_function_is_502_before_its_first_piece_and_cut_after_it(cloud: Running) -> None:
    failed = httpx.get(rest_url(cloud), params={"fail": "1"}, timeout=60)
    assert (failed.status_code, failed.json()) == (502, {"message": "Internal server error"})
    with pytest.raises(httpx.RemoteProtocolError):
        httpx.get(rest_url(cloud), params={"break": "1"}, timeout=60)


def test_boto3_reads_an_event_stream(cloud: Running, tmp_path: Path) -> None:
    client = cloud.session().client("lambda", endpoint_url=cloud.engine)
    payload = b'{"query": {"folder": "%b"}}' % str(tmp_path).encode()
    answer = client.invoke_with_response_stream(
        FunctionName=cloud.outputs["Function"], Payload=payload, LogType="Tail"
    )
    assert (answer["StatusCode"], answer["ExecutedVersion"]) == (200, "$LATEST")
    events = cast("Iterator[dict[str, Any]]", iter(answer["EventStream"]))
    prelude = next(events)["PayloadChunk"]["Payload"]
    assert prelude.startswith(b'{"statusCode":201') and prelude.endswith(b"\0" * 8)
    assert next(events) == {"PayloadChunk": {"Payload": b"data: one\n\n"}}
    release(tmp_path, "one", "two", "three")
    *pieces, complete = events
    assert [piece["PayloadChunk"]["Payload"] for piece in pieces] == [b"data: two\n\n", b"data: three\n\n"]
    assert "ErrorCode" not in complete["InvokeComplete"] and complete["InvokeComplete"]["LogResult"]


def test_boto3_receives_the_failures_of_a_stream(cloud: Running) -> None:
    client = cloud.session().client("lambda", endpoint_url=cloud.engine)
    answer = client.invoke_with_response_stream(
        FunctionName=cloud.outputs["Function"], Payload=b'{"query": {"fail": "1"}}'
    )
    (complete,) = list(answer["EventStream"])
    assert complete["InvokeComplete"]["ErrorCode"] == "Unhandled"
    assert '"errorType": "LookupError"' in complete["InvokeComplete"]["ErrorDetails"]
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.invoke_with_response_stream(FunctionName="nobody")


def test_function_urls_are_outputs_and_in_the_ready_file(cloud: Running) -> None:
    listed = cast("list[dict[str, str]]", cloud.ready["function_urls"])
    outputs = {cloud.outputs["CountingUrl"], cloud.outputs["EchoUrl"]}
    assert {entry["url"] for entry in listed} == outputs
    assert all(url.startswith("http://127.0.0.1:") for url in outputs)
    assert f"{cloud.outputs['CountingUrl']}  function URL" in cloud.printed.read_text()
    client = cloud.session().client("lambda", endpoint_url=cloud.engine)
    config = client.get_function_url_config(FunctionName=cloud.outputs["Function"])
    assert (config["FunctionUrl"], config["InvokeMode"]) == (cloud.outputs["CountingUrl"], "RESPONSE_STREAM")


async def test_aiohttp_reads_a_function_url_while_the_function_runs(cloud: Running, tmp_path: Path) -> None:
    async with (
        aiohttp.ClientSession() as session,
        session.get(cloud.outputs["CountingUrl"], params={"folder": str(tmp_path)}) as response,
    ):
        assert response.status == 201 and response.content_type == "text/event-stream"
        assert response.cookies["seen"].value == "1"
        assert await response.content.readany() == b"data: one\n\n"
        release(tmp_path, "one")
        assert await response.content.readany() == b"data: two\n\n"
        release(tmp_path, "two", "three")
        assert await response.read() == b"data: three\n\n"


def test_function_url_answers_pages_of_its_origins_alone(cloud: Running) -> None:
    url = cloud.outputs["CountingUrl"]
    request = {"Origin": "https://shop.example", "Access-Control-Request-Method": "GET"}
    preflight = httpx.options(url, headers=request, timeout=60)
    assert preflight.status_code == 200 and preflight.headers["access-control-max-age"] == "60"
    assert preflight.headers["access-control-allow-origin"] == "https://shop.example"
    response = httpx.get(url, headers={"Origin": "https://shop.example"}, timeout=60)
    assert response.headers["access-control-allow-origin"] == "https://shop.example"
    other = httpx.get(url, headers={"Origin": "https://elsewhere.example"}, timeout=60)
    assert "access-control-allow-origin" not in other.headers
    failed = httpx.get(url, params={"fail": "1"}, timeout=60)
    assert (failed.status_code, failed.text) == (502, "Internal Server Error")


def signed(cloud: Running, method: str, url: str, body: bytes = b"") -> httpx.Response:
    credentials = cloud.session().get_credentials()
    assert credentials is not None
    request = AWSRequest(method, url, data=body, headers={"Content-Type": "text/plain", "Cookie": "a=1; b=2"})
    SigV4Auth(credentials, "lambda", str(cloud.ready["region"])).add_auth(request)
    return httpx.request(method, url, content=body, headers=dict(request.headers), timeout=60)


def test_signed_request_becomes_an_event_of_format_2(cloud: Running) -> None:
    url = f"{cloud.outputs['EchoUrl']}deep/path?a=1&a=2&b="
    answer = signed(cloud, "POST", url, b"hello")
    assert (answer.status_code, answer.headers["x-one"]) == (202, "1")
    assert answer.headers.get_list("set-cookie") == ["a=1; Secure", "b=2"]
    event = answer.json()
    assert (event["version"], event["routeKey"]) == ("2.0", "$default")
    assert (event["rawPath"], event["rawQueryString"]) == ("/deep/path", "a=1&a=2&b=")
    assert event["queryStringParameters"] == {"a": "1,2", "b": ""}
    assert event["cookies"] == ["a=1", "b=2"] and "cookie" not in event["headers"]
    assert (event["body"], event["isBase64Encoded"]) == ("hello", False)
    context = event["requestContext"]
    assert context["http"]["method"] == "POST" and context["http"]["path"] == "/deep/path"
    assert context["authorizer"]["iam"]["accountId"] == cloud.ready["account"]


def test_document_without_a_status_is_the_body(cloud: Running) -> None:
    answer = signed(cloud, "GET", f"{cloud.outputs['EchoUrl']}?plain=1")
    assert (answer.status_code, answer.json()) == (200, {"any": "document"})
    assert answer.headers["content-type"] == "application/json"


def test_unsigned_request_is_refused_when_a_signature_is_required(cloud: Running) -> None:
    refused = httpx.get(cloud.outputs["EchoUrl"], timeout=60)
    assert (refused.status_code, refused.json()) == (403, {"Message": "Forbidden"})
    tampered = signed(cloud, "GET", f"{cloud.outputs['EchoUrl']}a")
    assert tampered.status_code == 202
    headers = dict(tampered.request.headers)
    assert httpx.get(f"{cloud.outputs['EchoUrl']}b", headers=headers, timeout=60).status_code == 403
    nowhere = cloud.outputs["EchoUrl"].rstrip("/").rpartition("/")[0] + "/nobody/"
    assert httpx.get(nowhere, timeout=60).status_code == 403
