"""Streamed responses through a local cloud of its own: a REST API, boto3, function URLs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import httpx
import pytest

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
    asked = {"folder": str(tmp_path)}
    with httpx.stream("GET", rest_url(cloud), params=asked, timeout=60) as response:
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


def test_a_function_that_fails_is_502_before_its_first_piece_and_cut_after_it(cloud: Running) -> None:
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


def test_boto3_is_told_of_failures(cloud: Running) -> None:
    client = cloud.session().client("lambda", endpoint_url=cloud.engine)
    answer = client.invoke_with_response_stream(
        FunctionName=cloud.outputs["Function"], Payload=b'{"query": {"fail": "1"}}'
    )
    (complete,) = list(answer["EventStream"])
    assert complete["InvokeComplete"]["ErrorCode"] == "Unhandled"
    assert '"errorType": "LookupError"' in complete["InvokeComplete"]["ErrorDetails"]
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.invoke_with_response_stream(FunctionName="nobody")
