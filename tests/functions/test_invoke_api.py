"""The Invoke API, as botocore's own client sees it."""

from __future__ import annotations

import asyncio
import base64
import io
import json
from dataclasses import replace
from typing import TYPE_CHECKING

import aiohttp
import pytest

from localcloud.aws import EngineAddress
from localcloud.functions.control_documents import AsynchronousConfig
from tests.functions.conftest import Bench
from tests.functions.fakes import function_arn, queue_arn
from tests.functions.helpers import until

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient


@pytest.fixture
def client(bench: Bench, engine: EngineAddress) -> LambdaClient:
    return replace(engine, endpoint=bench.service.url).client("lambda")


async def test_synchronous_invocation_returns_payload_and_log_tail(
    bench: Bench, client: LambdaClient
) -> None:
    bench.define("echo", "basic.echo")
    answer = await asyncio.to_thread(
        lambda: client.invoke(FunctionName="echo", Payload=b'{"a": 1}', LogType="Tail")
    )
    assert (answer["StatusCode"], answer["ExecutedVersion"]) == (200, "$LATEST")
    assert json.loads(answer["Payload"].read()) == {"a": 1}
    assert "FunctionError" not in dict(answer)
    assert base64.b64decode(answer["LogResult"]).startswith(b"START RequestId: ")


async def test_missing_payload_is_an_empty_object(bench: Bench, client: LambdaClient) -> None:
    bench.define("echo", "basic.echo")
    answer = await asyncio.to_thread(
        lambda: client.invoke(FunctionName=function_arn("echo"), Qualifier="live")
    )
    assert answer["Payload"].read() == b"{}"


async def test_function_failure_is_a_200_with_the_error(bench: Bench, client: LambdaClient) -> None:
    bench.define("fail", "basic.fail")
    answer = await asyncio.to_thread(lambda: client.invoke(FunctionName="fail"))
    assert (answer["StatusCode"], answer["FunctionError"]) == (200, "Unhandled")
    assert json.loads(answer["Payload"].read())["errorType"] == "LookupError"


async def test_asynchronous_event_is_accepted_and_run(bench: Bench, client: LambdaClient) -> None:
    bench.define("echo", "basic.echo")
    done = queue_arn("done")
    bench.world.control.configs["echo"] = AsynchronousConfig(on_success=done)
    answer = await asyncio.to_thread(
        lambda: client.invoke(FunctionName="echo", InvocationType="Event", Payload=b"{}")
    )
    assert (answer["StatusCode"], answer["Payload"].read()) == (202, b"")
    await until(lambda: bench.world.targets.sent(done))


async def test_dry_run_runs_nothing(bench: Bench, client: LambdaClient) -> None:
    bench.define("echo", "basic.echo")
    answer = await asyncio.to_thread(lambda: client.invoke(FunctionName="echo", InvocationType="DryRun"))
    assert answer["StatusCode"] == 204
    assert bench.lines == []


@pytest.mark.parametrize(
    ("name", "mode", "payload", "code", "status"),
    [
        ("nobody", "RequestResponse", b"{}", "ResourceNotFoundException", 404),
        ("nobody", "DryRun", b"{}", "ResourceNotFoundException", 404),
        ("echo", "RequestResponse", b"{", "InvalidRequestContentException", 400),
        ("busy", "RequestResponse", b"{}", "TooManyRequestsException", 429),
        ("echo", "RequestResponse", b" " * 6_291_457, "RequestTooLargeException", 413),
        ("echo", "Event", b" " * 1_048_577, "RequestTooLargeException", 413),
        ("echo", "Later", b"{}", "InvalidParameterValueException", 400),
        ("broken", "RequestResponse", b"{}", "ServiceException", 502),
    ],
)
async def test_refused_invocation_has_status_type_and_message(
    bench: Bench, name: str, mode: str, payload: bytes, code: str, status: int
) -> None:
    bench.define("echo", "basic.echo")
    bench.define("busy", "basic.echo", reserved_concurrency=0)
    bench.world.control.archives["memory:bad"] = b"not a zip"
    bench.world.control.define("broken", "app.handler", code_sha256="bad", code_location="memory:bad")
    path = f"/2015-03-31/functions/{name}/invocations"
    async with (
        aiohttp.ClientSession(bench.service.url) as session,
        session.post(path, data=io.BytesIO(payload), headers={"X-Amz-Invocation-Type": mode}) as answer,
    ):
        assert (answer.status, answer.headers["x-amzn-ErrorType"]) == (status, code)
        assert (await answer.json())["message"]
