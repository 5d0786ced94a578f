"""A function, invoked: against real processes of AWS's runtime client."""

from __future__ import annotations

import asyncio
import json
import os
import re
from pathlib import Path

import pytest

from localcloud.functions import FunctionNotFound, RoleIdentity, Settings, TooManyRequests
from tests.functions.conftest import Bench
from tests.functions.fakes import ACCOUNT, HANDLERS, REGION, function_arn
from tests.functions.helpers import BOTH, failure, names_in, until, value, ways


@pytest.fixture(params=ways(True))
def forked(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@BOTH
async def test_invocation_returns_the_value_of_the_handler(bench: Bench) -> None:
    bench.define("echo", "basic.echo")
    result = await bench.service.invoke("echo", '{"order": "Ærø"}'.encode())
    assert value(result) == {"order": "Ærø"}
    assert result.version == "$LATEST"


async def test_function_is_resolved_by_arn_and_unknown_ones_are_refused(bench: Bench) -> None:
    bench.define("echo", "basic.echo")
    assert (await bench.service.invoke(function_arn("echo"), b"1")).payload == b"1"
    with pytest.raises(FunctionNotFound, match=r"^Function not found: nobody\. Is it in the template"):
        await bench.service.invoke("nobody", b"{}")


async def test_context_has_the_properties_of_the_invocation(bench: Bench) -> None:
    bench.define("context", "basic.context", timeout=30, memory=256)
    result = await bench.service.invoke(function_arn("context") + ":live", b"{}")
    answer = value(result)
    assert answer["request_id"] == result.request_id
    assert answer["arn"] == function_arn("context") + ":live"
    assert (answer["name"], answer["version"], answer["memory"]) == ("context", "$LATEST", "256")
    assert 20_000 < answer["remaining"] <= 30_000
    assert answer["group"] == "/aws/lambda/context"
    assert re.fullmatch(r"\d{4}/\d\d/\d\d/\[\$LATEST\][0-9a-f]{32}", answer["stream"])


@BOTH
async def test_environment_has_the_variables_of_aws_and_none_of_the_host(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("SECRET_OF_THE_HOST", "x")
    bench.define("environment", "basic.environment", environment={"TABLE": "orders", "TZ": "Mars"})
    answer = value(await bench.service.invoke("environment", b"{}"))
    assert {"AWS_PROFILE", "SECRET_OF_THE_HOST", "VIRTUAL_ENV"}.isdisjoint(answer)
    assert answer["TABLE"] == "orders"
    assert answer["TZ"] == ":UTC"
    assert answer["AWS_EXECUTION_ENV"] == "AWS_Lambda_python3.13"
    assert answer["AWS_ENDPOINT_URL"] == "http://127.0.0.1:1"
    assert (answer["AWS_REGION"], answer["AWS_CONFIG_FILE"]) == (REGION, os.devnull)
    assert answer["LAMBDA_TASK_ROOT"] == answer["cwd"] == str(HANDLERS)
    assert answer["path"][0] == str(HANDLERS)
    assert answer["pgid"] == answer["pid"]


async def test_credentials_are_a_session_of_the_role(bench: Bench) -> None:
    bench.define("environment", "basic.environment")
    answer = value(await bench.service.invoke("environment", b"{}"))
    key = answer["AWS_ACCESS_KEY_ID"]
    assert re.fullmatch("ASIA[A-Z2-7]{16}", key)
    identity = bench.service.credentials.identity_for(key)
    assert identity == RoleIdentity(
        secret_access_key=answer["AWS_SECRET_ACCESS_KEY"],
        role_arn=f"arn:aws:iam::{ACCOUNT}:role/environment",
        session_name="environment",
        session_token=answer["AWS_SESSION_TOKEN"],
    )
    assert bench.service.credentials.identity_for("ASIAUNKNOWN") is None


@BOTH
async def test_runtime_has_only_the_packages_of_aws(bench: Bench) -> None:
    bench.define("imports", "basic.imports")
    result = value(
        await bench.service.invoke("imports", b'["boto3", "awslambdaric", "aiohttp", "localcloud"]')
    )
    assert result == {"boto3": True, "awslambdaric": True, "aiohttp": False, "localcloud": False}


# The runtime client sends it in a header as well: 1 MiB is its own limit.
async def test_exception_with_a_long_message_is_a_function_error(bench: Bench) -> None:
    bench.define("fail", "basic.fail_at_length")
    for letters in (70_000, 400_000, 2_000_000):
        error = failure(await bench.service.invoke("fail", b'{"letters": %d}' % letters))
        assert error["errorType"] == "LookupError"
        assert len(error["errorMessage"]) == len("no such order: ") + letters


async def test_exception_is_a_function_error(bench: Bench) -> None:
    bench.define("fail", "basic.fail")
    result = await bench.service.invoke("fail", b"{}")
    error = failure(result)
    assert (error["errorType"], error["errorMessage"]) == ("LookupError", "no such order")
    assert error["requestId"] == result.request_id
    assert "basic.py" in error["stackTrace"][0]
    assert "[ERROR] LookupError: no such order\nTraceback" in result.log_tail


@BOTH
async def test_timeout_kills_the_process(bench: Bench) -> None:
    bench.define("hang", "basic.hang", timeout=0.2)
    result = await bench.service.invoke("hang", b"{}")
    assert failure(result) == {
        "errorType": "Sandbox.Timedout",
        "errorMessage": f"RequestId: {result.request_id} Error: Task timed out after 0.20 seconds",
    }
    assert f"Z {result.request_id} Task timed out after 0.20 seconds\n" in result.log_tail
    assert result.log_tail.rstrip().endswith("Status: timeout")


@BOTH
@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (1, "Runtime exited with error: exit status 1"),
        (0, "Runtime exited without providing a reason"),
    ],
)
async def test_exiting_process_fails_the_invocation(bench: Bench, code: int, reason: str) -> None:
    bench.define("leave", "basic.leave")
    result = await bench.service.invoke("leave", json.dumps({"code": code}).encode())
    assert failure(result) == {
        "errorType": "Runtime.ExitError",
        "errorMessage": f"RequestId: {result.request_id} Error: {reason}",
    }
    # The next one gets a new process.
    assert failure(await bench.service.invoke("leave", b'{"code": 3}'))["errorMessage"].endswith("status 3")


@pytest.mark.parametrize(("number", "words"), [(9, "killed"), (11, "segmentation fault"), (15, "terminated")])
async def test_signal_to_the_process_fails_the_invocation(bench: Bench, number: int, words: str) -> None:
    bench.define("die", "basic.die")
    error = failure(await bench.service.invoke("die", json.dumps({"signal": number}).encode()))
    assert error["errorType"] == "Runtime.ExitError"
    assert error["errorMessage"].endswith(f"Runtime exited with error: signal: {words}")


@pytest.mark.parametrize(
    ("handler", "kind", "message"),
    [
        (
            "nowhere.handler",
            "Runtime.ImportModuleError",
            "Unable to import module 'nowhere': No module named 'nowhere'",
        ),
        ("basic.nothing", "Runtime.HandlerNotFound", "Handler 'nothing' missing on module 'basic'"),
        ("unlucky.handler", "RuntimeError", "no luck today"),
    ],
)
async def test_failed_init_fails_each_invocation(bench: Bench, handler: str, kind: str, message: str) -> None:
    bench.define("broken", handler)
    for _ in range(2):
        result = await bench.service.invoke("broken", b"{}")
        error = failure(result)
        assert (error["errorType"], error["errorMessage"]) == (kind, message)
        assert f"Status: error\tError Type: {kind}" in result.log_tail


async def test_response_above_6_mb_is_refused(bench: Bench) -> None:
    bench.define("big", "basic.big")
    fits = await bench.service.invoke("big", b'{"size": 6291554}')
    assert len(fits.payload) == 6291556
    error = failure(await bench.service.invoke("big", b'{"size": 6291555}'))
    assert error == {
        "errorType": "Function.ResponseSizeTooLarge",
        "errorMessage": "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
    }


async def test_traceback_ends_its_line_in_the_log(bench: Bench) -> None:
    bench.define("talk", "basic.log_failure")
    result = await bench.service.invoke("talk", b"{}")
    assert "RuntimeError: expected\nnext line\n" in result.log_tail


@BOTH
async def test_each_line_is_logged_with_its_request(bench: Bench) -> None:
    bench.define("talk", "basic.talk")
    result = await bench.service.invoke("talk", b"{}")
    lines = [line for function, request_id, line in bench.lines if request_id == result.request_id]
    assert lines[0] == f"START RequestId: {result.request_id} Version: $LATEST"
    assert lines[1:3] == ["first line", "second line"]
    assert lines[-2] == f"END RequestId: {result.request_id}"
    assert re.fullmatch(
        rf"REPORT RequestId: {result.request_id}\tDuration: [\d.]+ ms\tBilled Duration: \d+ ms\t"
        r"Memory Size: 128 MB(\tMax Memory Used: \d+ MB)?\tInit Duration: [\d.]+ ms",
        lines[-1],
    )
    assert result.log_tail.startswith("START") and result.log_tail.endswith(lines[-1] + "\n")
    again = await bench.service.invoke("talk", b"{}")
    assert "Init Duration" not in again.log_tail


async def test_log_tail_has_4_kb(bench: Bench) -> None:
    bench.define("flood", "basic.flood")
    tail = (await bench.service.invoke("flood", b"{}")).log_tail
    assert 4000 < len(tail) <= 4096
    assert "line 0999\n" in tail


async def test_invocation_of_an_unserved_runtime_fails_at_once(bench: Bench) -> None:
    bench.define("java", "index.handler", runtime="java21")
    problem = (
        "its runtime java21 is not served: the local cloud runs Python, Node.js and executables named "
        "bootstrap"
    )
    error = failure(await bench.service.invoke("java", b"{}"))
    assert error["errorType"] == "Runtime.Unserved"
    assert error["errorMessage"].endswith(f" Error: Function java: {problem}")
    assert await bench.service.unrunnable() == {"java": problem}


async def test_warm_environment_is_reused(bench: Bench) -> None:
    bench.define("counter", "basic.counter")
    answers = [value(await bench.service.invoke("counter", b"{}")) for _ in range(5)]
    assert [answer["count"] for answer in answers] == [1, 2, 3, 4, 5]
    assert len({answer["pid"] for answer in answers}) == 1


async def test_concurrent_invocations_have_a_process_each(bench: Bench, tmp_path: Path) -> None:
    bench.define("rendezvous", "basic.rendezvous")
    event = json.dumps({"folder": str(tmp_path), "count": 3}).encode()
    results = await asyncio.gather(*(bench.service.invoke("rendezvous", event) for _ in range(3)))
    assert len({value(result) for result in results}) == 3


async def test_reserved_concurrency_throttles(bench: Bench, tmp_path: Path) -> None:
    bench.define("rendezvous", "basic.rendezvous", reserved_concurrency=1)
    event = json.dumps({"folder": str(tmp_path), "count": 2}).encode()
    running = asyncio.create_task(bench.service.invoke("rendezvous", event))
    await until(lambda: names_in(tmp_path))
    with pytest.raises(TooManyRequests, match="rendezvous reserves a concurrency of 1"):
        await bench.service.invoke("rendezvous", event)
    (tmp_path / "other").touch()
    value(await running)


async def test_invocations_wait_without_reserved_concurrency(bench: Bench) -> None:
    bench.define("counter", "basic.counter")
    results = await asyncio.gather(*(bench.service.invoke("counter", b"{}") for _ in range(40)))
    answers = [value(result) for result in results]
    assert len(answers) == 40
    assert len({answer["pid"] for answer in answers}) < 40


async def test_caller_that_disconnects_does_not_stop_the_function(bench: Bench, tmp_path: Path) -> None:
    bench.define("rendezvous", "basic.rendezvous")
    event = json.dumps({"folder": str(tmp_path), "count": 2}).encode()
    running = asyncio.create_task(bench.service.invoke("rendezvous", event))
    await until(lambda: names_in(tmp_path))
    (pid,) = map(int, names_in(tmp_path))
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    (tmp_path / "other").touch()
    assert value(await bench.service.invoke("rendezvous", event)) == pid


async def test_stop_leaves_no_process(bench: Bench, tmp_path: Path) -> None:
    bench.define("rendezvous", "basic.rendezvous")
    event = json.dumps({"folder": str(tmp_path), "count": 9}).encode()
    running = asyncio.create_task(bench.service.invoke("rendezvous", event))
    await until(lambda: names_in(tmp_path))
    (pid,) = map(int, names_in(tmp_path))
    await bench.service.stop()
    assert failure(await running)["errorType"] == "Runtime.ExitError"
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


class TestPatience:
    @pytest.fixture
    def settings(self, forked: bool) -> Settings:
        return Settings(scan_seconds=0.0, patience_seconds=60.0, stall_seconds=60.0, prepared_parent=forked)

    async def test_short_invocations_share_an_environment(self, bench: Bench) -> None:
        bench.define("counter", "basic.counter")
        results = await asyncio.gather(*(bench.service.invoke("counter", b"{}") for _ in range(40)))
        assert len({value(result)["pid"] for result in results}) == 1

    async def test_invocation_whose_caller_gives_up_while_it_waits_is_run(
        self, bench: Bench, tmp_path: Path
    ) -> None:
        bench.define("rendezvous", "basic.rendezvous")
        first, second = tmp_path / "first", tmp_path / "second"
        first.mkdir()
        second.mkdir()
        event = json.dumps({"folder": str(first), "count": 2}).encode()
        running = asyncio.create_task(bench.service.invoke("rendezvous", event))
        await until(lambda: names_in(first))
        event = json.dumps({"folder": str(second), "count": 1}).encode()
        waiting = asyncio.create_task(bench.service.invoke("rendezvous", event))
        for _ in range(20):  # then it is in line: nothing on the way there waits for anything
            await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        (first / "other").touch()
        pid = value(await running)
        await until(lambda: names_in(second))
        assert names_in(second) == [str(pid)]
