"""Responses that are streamed: through our runtime, the Runtime API, and out of the service."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from localcloud.functions import Settings, SourceTree
from localcloud.functions.errors import CallerTimedOut, FunctionNotFound, TooManyRequests
from localcloud.functions.response import ResponseStream
from tests.functions.conftest import Bench
from tests.functions.fakes import HANDLERS
from tests.functions.helpers import BOTH, FORKED, failure, until, value, ways

WRAPPER = {"AWS_LAMBDA_EXEC_WRAPPER": "/var/task/streaming_runtime/__init__.py"}
PRELUDE = b'{"statusCode":200,"headers":{"Content-Type":"text/plain"}}' + b"\0" * 8


@pytest.fixture(params=ways(False))
def forked(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture
def settings(forked: bool) -> Settings:
    return Settings(scan_seconds=0.0, prepared_parent=forked, abandoned_seconds=0.05)


def define(bench: Bench, handler: str, **changes: object) -> str:
    return bench.define(handler, f"streams.{handler}", environment=WRAPPER, **changes)


async def stream(bench: Bench, function: str, event: object) -> tuple[ResponseStream, AsyncIterator[bytes]]:
    response = await bench.service.stream(function, json.dumps(event).encode())
    return response, aiter(response)


async def body(pieces: AsyncIterator[bytes]) -> bytes:
    return b"".join([piece async for piece in pieces])


@BOTH
async def test_first_piece_arrives_while_the_function_runs(bench: Bench, tmp_path: Path) -> None:
    response, pieces = await stream(bench, define(bench, "steps"), {"folder": str(tmp_path)})
    assert await anext(pieces) == b"one "
    assert not response.result.done()
    (tmp_path / "go").touch()
    assert await body(pieces) == b"two"
    result = response.result.result()
    assert (result.payload, result.function_error) == (b"", None)
    assert "REPORT RequestId: " + response.request_id in result.log_tail


async def test_invoke_collects_a_streamed_response(bench: Bench) -> None:
    result = await bench.service.invoke(define(bench, "announced"), b"{}")
    assert result.payload == PRELUDE + "caf\u00e9 ".encode() + b"\0\xff"
    assert result.function_error is None


async def test_prelude_has_status_headers_and_cookies(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "go").touch()
    response, pieces = await stream(bench, define(bench, "page"), {"folder": str(tmp_path)})
    prelude, _, rest = (await body(pieces)).partition(b"\0" * 8)
    assert response.content_type == "application/vnd.awslambda.http-integration-response"
    assert rest == b"one two"
    assert json.loads(prelude) == {
        "statusCode": 201,
        "headers": {"Content-Type": "text/event-stream"},
        "multiValueHeaders": {"X-Many": ["a", "b"]},
        "cookies": ["a=1; Path=/", "b=2"],
    }


async def test_value_that_is_no_iterator_is_one_document(bench: Bench) -> None:
    function = define(bench, "plain")
    document = value(await bench.service.invoke(function, b'{"a": [1, "\\u00e9"]}'))
    assert document["event"] == {"a": [1, "\u00e9"]}
    assert document["name"] == function and document["arn"].endswith(f":function:{function}")
    assert 0 < document["remaining"] <= 20_000 and document["trace"].startswith("Root=1-")
    lines = [line for _, _, line in bench.lines]
    assert "printed" in lines
    assert any(line.startswith("[WARNING]\t") and line.endswith("\tasked") for line in lines)
    response, pieces = await stream(bench, function, 7)
    assert (response.content_type, json.loads(await body(pieces))["event"]) == ("application/json", 7)


async def test_failure_before_the_first_piece_is_a_plain_error(bench: Bench) -> None:
    function = define(bench, "fail_at_once")
    document = failure(await bench.service.invoke(function, b"{}"))
    assert (document["errorType"], document["errorMessage"]) == ("LookupError", "no such order")
    assert "fail_at_once" in document["stackTrace"][0]
    response, pieces = await stream(bench, function, {})
    assert await body(pieces) == b""
    assert failure(response.result.result())["errorType"] == "LookupError"


@FORKED
@pytest.mark.parametrize(
    ("handler", "kind", "message"),
    [
        ("fail_later", "LookupError", "lost it"),
        ("wrong_piece", "TypeError", "a streamed response consists of str and bytes, not of int"),
    ],
)
async def test_failure_after_the_first_piece_follows_the_pieces(
    bench: Bench, handler: str, kind: str, message: str
) -> None:
    function = define(bench, handler)
    response, pieces = await stream(bench, function, {})
    assert await body(pieces) == b"so far"
    document = failure(response.result.result())
    assert (document["errorType"], document["errorMessage"]) == (kind, message)
    assert failure(await bench.service.invoke(function, b"{}"))["errorType"] == kind
    assert len(bench.service._runner._pools.of(bench.world.control.functions[function])._alive) == 1


@pytest.mark.parametrize(
    ("handler", "kind"),
    [
        ("streams.missing", "Runtime.HandlerNotFound"),
        ("nowhere.handler", "Runtime.ImportModuleError"),
        ("handler", "Runtime.MalformedHandlerName"),
    ],
)
async def test_unloadable_handler_is_reported(bench: Bench, handler: str, kind: str) -> None:
    bench.define("broken", handler, environment=WRAPPER)
    assert failure(await bench.service.invoke("broken", b"{}"))["errorType"] == kind
    with pytest.raises(FunctionNotFound):
        await bench.service.stream("nobody", b"{}")


@BOTH
async def test_process_that_ends_during_a_stream_is_an_error(bench: Bench) -> None:
    response, pieces = await stream(bench, define(bench, "exit_later"), {})
    assert await body(pieces) == b"so far"
    document = failure(response.result.result())
    assert document["errorType"] == "Runtime.ExitError" and "exit status 3" in document["errorMessage"]


@FORKED
async def test_function_timeout_applies_to_its_stream(bench: Bench) -> None:
    response, pieces = await stream(bench, define(bench, "hang_later", timeout=0.3), {})
    assert await body(pieces) == b"so far"
    assert failure(response.result.result())["errorType"] == "Sandbox.Timedout"


async def test_function_waits_for_a_slow_caller(bench: Bench, tmp_path: Path) -> None:
    pieces_sent = 400  # 25 MB: more than what sockets and buffers take
    response, pieces = await stream(
        bench, define(bench, "large"), {"folder": str(tmp_path), "pieces": pieces_sent}
    )
    first = await anext(pieces)
    count = tmp_path / "count"
    await until(count.exists)
    settled: list[str] = []
    while len(settled) < 20 or settled[-20] != settled[-1]:  # it has come to a standstill
        settled.append(count.read_text())
        await asyncio.sleep(0.02)
    assert int(settled[-1] or 0) < pieces_sent
    assert len(first) + len(await body(pieces)) == pieces_sent * 65536
    assert response.result.result().function_error is None


async def test_collected_response_over_the_limit_fails(bench: Bench) -> None:
    result = await bench.service.invoke(define(bench, "large"), b'{"pieces": 97}')
    assert failure(result)["errorType"] == "Function.ResponseSizeTooLarge"


@FORKED
async def test_abandoned_stream_is_closed_and_its_environment_is_reused(bench: Bench, tmp_path: Path) -> None:
    function = define(bench, "endless")
    response, pieces = await stream(bench, function, {"folder": str(tmp_path)})
    assert await anext(pieces) == b"beat "
    response.abandon()
    await until((tmp_path / "closed").exists)
    pool = bench.service._runner._pools.of(bench.world.control.functions[function])
    await until(lambda: pool._idle)
    assert len(pool._alive) == 1
    assert any("no caller has read the response for 0.05 s" in line for _, _, line in bench.lines)


async def test_reserved_concurrency_counts_streams(bench: Bench, tmp_path: Path) -> None:
    function = define(bench, "steps", reserved_concurrency=1)
    _, pieces = await stream(bench, function, {"folder": str(tmp_path)})
    with pytest.raises(TooManyRequests):
        await bench.service.stream(function, b"{}")
    (tmp_path / "go").touch()
    assert await body(pieces) == b"one two"


async def test_wrapper_that_runs_the_usual_runtime_changes_its_environment(
    bench: Bench, tmp_path: Path
) -> None:
    wrapper = tmp_path / "wrapper"
    wrapper.write_text('#!/bin/sh\nexport BY_WRAPPER=yes\nexec "$@"\n')
    wrapper.chmod(0o755)
    bench.define("wrapped", "basic.environment", environment={"AWS_LAMBDA_EXEC_WRAPPER": str(wrapper)})
    document: dict[str, Any] = value(await bench.service.invoke("wrapped", b"{}"))
    assert document["BY_WRAPPER"] == "yes"


async def test_missing_wrapper_fails_the_start(bench: Bench) -> None:
    environment = {"AWS_LAMBDA_EXEC_WRAPPER": "/opt/nowhere"}
    bench.define("wrapped", "basic.echo", environment=environment)
    document = failure(await bench.service.invoke("wrapped", b"{}"))
    assert "/opt/nowhere" in document["errorMessage"]


@BOTH
async def test_streams_occupy_no_room_of_other_invocations(
    bench: Bench, settings: Settings, forked: bool, tmp_path: Path
) -> None:
    function = define(bench, "identity")
    bench.service._runner._pools.of(bench.world.control.functions[function])._local_concurrency = 1
    responses = [await stream(bench, function, {"folder": str(tmp_path)}) for _ in range(3)]
    identities = [(await anext(pieces)).decode().split() for _, pieces in responses]
    assert len({pid for _, pid in identities}) == 3  # one environment each, though only one may be busy
    # Forks of one template share what it has loaded; fresh interpreters load it each for itself.
    assert len({loaded for loaded, _ in identities}) == (1 if forked else 3)
    (tmp_path / "go").touch()
    for _, pieces in responses:
        assert await body(pieces) == b""


@FORKED
async def test_edit_starts_new_environments_and_keeps_streaming_ones(bench: Bench, tmp_path: Path) -> None:
    code = tmp_path / "code"
    code.mkdir()
    (code / "streaming_runtime").symlink_to(HANDLERS / "streaming_runtime")
    source = (HANDLERS / "streams.py").read_text("utf-8")
    (code / "edited.py").write_text(source)
    bench.world.control.define("edited", "edited.identity", environment=WRAPPER)
    bench.service.use_sources({"edited": SourceTree(code)})
    _, before = await stream(bench, "edited", {"folder": str(tmp_path)})
    first = await anext(before)
    (code / "edited.py").write_text(source.replace('f"{LOADED} ', 'f"edited '))
    _, after = await stream(bench, "edited", {"folder": str(tmp_path)})
    assert (await anext(after)).startswith(b"edited ")
    assert not first.startswith(b"edited ")
    (tmp_path / "go").touch()
    assert (await body(before), await body(after)) == (b"", b"")


async def test_limit_of_the_caller_ends_its_stream_and_not_the_function(bench: Bench, tmp_path: Path) -> None:
    function = define(bench, "endless")
    response = await bench.service.stream(function, json.dumps({"folder": str(tmp_path)}).encode(), limit=0.3)
    with pytest.raises(CallerTimedOut):
        await body(aiter(response))
    await until((tmp_path / "closed").exists)  # as for every stream that nobody reads
    assert (await bench.service.invoke(define(bench, "announced"), b"{}")).function_error is None


@FORKED
async def test_module_is_rehearsed_in_the_process_that_environments_are_copies_of(
    bench: Bench, forked: bool
) -> None:
    _, pieces = await stream(bench, define(bench, "rehearsed"), {})
    rehearsed, parent = (await body(pieces)).decode().rsplit(" ", 1)
    assert set(json.loads(rehearsed)) == ({int(parent)} if forked else set())


@FORKED
async def test_forked_environment_has_little_memory_to_itself(bench: Bench, forked: bool) -> None:
    if not forked:
        pytest.skip("a fresh interpreter shares nothing")
    function = define(bench, "memory")
    response, pieces = await stream(bench, function, {})
    kilobytes = int(await body(pieces))
    assert (await response.result).function_error is None
    assert kilobytes < 2_600  # 1,700 when this was written; 3,500 with nothing rehearsed or put together
