"""Functions of Node.js runtimes: against real processes of this project's own runtime client."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from localcloud.aws import EngineAddress, new_credentials
from localcloud.functions import InvokeResult, LambdaService, Settings, SourceTree
from localcloud.functions.node.sdk import as_of
from tests.functions.fakes import ACCOUNT, HANDLERS, REGION, World
from tests.functions.helpers import failure, until, value

NODE = HANDLERS / "node"
pytestmark = [
    pytest.mark.skipif(shutil.which("node") is None, reason="there is no Node.js"),
    pytest.mark.asyncio(loop_scope="module"),
]


@dataclass
class Bench:
    """A running service for the whole module: functions share an environment where they can."""

    service: LambdaService
    world: World
    lines: list[str] = field(default_factory=list)

    async def invoke(self, handler: str, event: object = None, **changes: Any) -> InvokeResult:
        """Invoke a handler of the folder, by an environment of its configuration's own."""
        name = re.sub(r"\W", "-", f"{handler}-{sorted(changes.items())!r}")[:140]
        if name not in self.world.control.functions:
            self.world.control.define(name, handler, **{"runtime": "nodejs22.x", **changes})
            self.service.use_sources({name: SourceTree(NODE)})
        return await self.service.invoke(name, json.dumps(event).encode())

    async def call(self, name: str, **event: object) -> InvokeResult:
        """Invoke one of the module ``basic``; all of them share an environment."""
        return await self.invoke("basic.any", {"call": name, **event})


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where packages are kept in the place of this machine's person's own."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOCALCLOUD_CACHE", str(folder))
        yield folder


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bench(cache: Path) -> AsyncIterator[Bench]:
    world, lines = World(), list[str]()
    service = LambdaService(
        EngineAddress("http://127.0.0.1:1", REGION, ACCOUNT, new_credentials(ACCOUNT)),
        log=lambda function, request_id, line: lines.append(line),
        settings=Settings(scan_seconds=0.0, prepared_parent=False),
        ports=world.ports(),
    )
    await service.start()
    yield Bench(service, world, lines)
    await service.stop()


async def test_invocation_returns_the_value_from_a_warm_environment(bench: Bench) -> None:
    assert value(await bench.call("echo", order="Ærø")) == {"call": "echo", "order": "Ærø"}
    first, second = [value(await bench.call("count")) for _ in range(2)]
    assert second == {**first, "count": first["count"] + 1}
    assert first["parent"] == os.getpid()


async def test_context_has_the_properties_of_the_invocation(bench: Bench) -> None:
    result = await bench.call("context")
    context = value(result)
    assert context["awsRequestId"] == result.request_id
    assert context["functionName"] in context["invokedFunctionArn"]
    assert (context["functionVersion"], context["memoryLimitInMB"]) == ("$LATEST", "128")
    assert context["logGroupName"] == f"/aws/lambda/{context['functionName']}"
    assert re.fullmatch(r"\d{4}/\d\d/\d\d/\[\$LATEST\][0-9a-f]{32}", context["logStreamName"])
    assert 10_000 < context["remaining"] <= 20_000
    assert (context["callbackWaitsForEmptyEventLoop"], context["waits"]) == (True, True)


async def test_environment_has_the_variables_of_aws_and_none_of_the_host(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_OF_THE_HOST", "x")
    environment = value(await bench.call("environment"))
    assert {"SECRET_OF_THE_HOST", "PYTHONPATH", "VIRTUAL_ENV"}.isdisjoint(environment)
    assert environment["AWS_EXECUTION_ENV"] == "AWS_Lambda_nodejs22.x"
    assert (environment["AWS_ENDPOINT_URL"], environment["AWS_REGION"], environment["TZ"]) == (
        "http://127.0.0.1:1",
        REGION,
        ":UTC",
    )
    assert environment["LAMBDA_TASK_ROOT"] == environment["cwd"] == environment["NODE_PATH"] == str(NODE)
    count, heap = value(await bench.call("lengths"))
    assert count == 2 and heap < 200 * 2**20


@pytest.mark.parametrize(
    ("handler", "result"),
    [("back", "back"), ("succeed", "yes"), ("done", "done"), ("forget", None)],
)
async def test_callback_answers_the_invocation(bench: Bench, handler: str, result: object) -> None:
    assert value(await bench.call(handler)) == result


async def test_callback_answers_despite_a_busy_event_loop(bench: Bench) -> None:
    assert value(await bench.invoke("basic.backAtOnce")) == "at once"  # a timer of a minute goes on


async def test_error_has_a_type_a_message_and_a_trace(bench: Bench) -> None:
    error = failure(await bench.call("throws"))
    assert (error["errorType"], error["errorMessage"]) == ("RangeError", "too far")
    assert error["trace"][0] == "RangeError: too far" and str(NODE / "basic.js") in error["trace"][1]
    assert failure(await bench.call("refuse"))["errorType"] == "TypeError"
    text = {"errorType": "string", "errorMessage": "a text", "trace": []}
    assert failure(await bench.call("throwsText")) == text
    assert failure(await bench.call("fail")) == {**text, "errorMessage": "handled"}
    assert failure(await bench.call("circular"))["errorMessage"] == "Unable to stringify response body"
    assert failure(await bench.call("big"))["errorType"] == "Function.ResponseSizeTooLarge"


async def test_log_lines_have_the_format_of_aws(bench: Bench) -> None:
    result = await bench.call("talk")
    _, *lines, end, report = result.log_tail.splitlines()
    pattern = r"\d{4}-\d\d-\d\dT[\d:.]+Z\t" + result.request_id + "\t"
    assert re.fullmatch(pattern + r"INFO\ttwo", lines[0]) and lines[1] == "lines and a value { a: 1 }"
    assert re.fullmatch(pattern + r"DEBUG\tquiet", lines[2])
    assert re.fullmatch(pattern + r"ERROR\twrong RangeError: too far", lines[4])
    assert lines[-1] == "raw"
    assert end == f"END RequestId: {result.request_id}" and "Max Memory Used: " in report


async def test_json_log_lines_obey_their_level(bench: Bench) -> None:
    result = await bench.invoke("basic.any", {"call": "talk"}, log_format="JSON", log_level="WARN")
    lines = [json.loads(line) for line in result.log_tail.splitlines() if '"level"' in line]
    warning, error = lines
    assert warning.pop("timestamp") and error.pop("timestamp")
    assert warning == {"level": "WARN", "requestId": result.request_id, "message": {"a": 1}}
    assert (error["errorType"], error["errorMessage"]) == ("RangeError", "too far")
    assert error["message"].startswith("wrong RangeError: too far") and len(error["stackTrace"]) > 1


@pytest.mark.parametrize(
    ("handler", "kind", "message"),
    [
        pytest.param("basic.uncaught", "TypeError", "from a timer", marks=pytest.mark.slow),
        ("basic.unhandled", "Runtime.UnhandledPromiseRejection", "Error: nobody waits"),
        (
            "basic.never",
            "Runtime.NodeJsExit",
            "The Lambda runtime client detected an unexpected Node.js exit",
        ),
        pytest.param(
            *("basic.notAFunction", "Runtime.HandlerNotFound", "basic.notAFunction is not a function"),
            marks=pytest.mark.slow,
        ),
        ("missing.handler", "Runtime.ImportModuleError", "Error: Cannot find module 'left-pad-of-nobody'"),
        pytest.param(
            *("broken.handler", "Runtime.UserCodeSyntaxError", "SyntaxError: Unexpected token '=>'"),
            marks=pytest.mark.slow,
        ),
        pytest.param(
            "rejects.handler", "Runtime.UnhandledPromiseRejection", "Error: at init", marks=pytest.mark.slow
        ),
        pytest.param("noDot", "Runtime.MalformedHandlerName", "Bad handler", marks=pytest.mark.slow),
    ],
)
async def test_end_of_an_environment_has_the_message_of_aws(
    bench: Bench, handler: str, kind: str, message: str
) -> None:
    error = failure(await bench.invoke(handler))
    assert error["errorType"] == kind
    assert re.match(message, error["errorMessage"])


@pytest.mark.parametrize(
    ("handler", "result"),
    [
        pytest.param(
            *("module.handler", {"loaded": "top-level await", "url": "module.mjs"}), marks=pytest.mark.slow
        ),
        ("esm/index.handler", {"esm": True, "require": "undefined"}),
        ("nested/deep/index.handler", "nested/deep/index.cjs"),
    ],
)
async def test_handler_is_loaded_from_modules_of_both_kinds(
    bench: Bench, handler: str, result: object
) -> None:
    assert value(await bench.invoke(handler)) == result


async def test_node_24_refuses_callbacks(bench: Bench) -> None:
    now = value(await bench.invoke("basic.now", 1, runtime="nodejs24.x"))
    assert now["event"] == 1
    assert {"done", "succeed", "fail", "callbackWaitsForEmptyEventLoop"}.isdisjoint(now["keys"])
    error = failure(await bench.invoke("basic.back", runtime="nodejs24.x"))
    assert error["errorType"] == "Runtime.CallbackHandlerDeprecated"


async def test_time_limit_kills_the_process(bench: Bench) -> None:
    error = failure(await bench.invoke("basic.hangs", timeout=0.2))
    assert error["errorType"] == "Sandbox.Timedout"


async def test_node_response_is_streamed(bench: Bench) -> None:
    async def streamed(call: str, **event: object) -> tuple[str, bytes, InvokeResult]:
        response = await bench.service.stream(name, json.dumps({"call": call, **event}).encode())
        body = b"".join([piece async for piece in response])
        return response.content_type, body, await response.result

    whole = await bench.invoke("streams.any", {"call": "plain"})
    assert whole.payload == b'one {"two":2}'
    name = next(name for name in bench.world.control.functions if name.startswith("streams-any"))
    content_type, body, _ = await streamed("plain")
    assert (content_type, body) == ("text/plain", b'one {"two":2}')
    content_type, body, _ = await streamed("http")
    assert content_type == "application/vnd.awslambda.http-integration-response"
    assert body == b'{"statusCode":201,"headers":{"x-a":"b"}}' + bytes(8) + b"abc"
    _, body, result = await streamed("late")
    assert (body, failure(result)["errorMessage"]) == (b"begun", "too late")
    assert failure((await streamed("early"))[2])["errorMessage"] == "too early"
    assert len((await streamed("large", count=20))[1]) == 20 * 65536


async def test_edit_is_live_and_layers_are_imported(bench: Bench, tmp_path: Path) -> None:
    code, layer = tmp_path / "code", tmp_path / "layer"
    for folder, text in (
        (code, "export const n = 1;"),
        (layer / "nodejs/node_modules/shelf", "module.exports = 7"),
    ):
        folder.mkdir(parents=True)
        (folder / "index.js").write_text(text)
    (code / "app.mjs").write_text(
        "import shelf from 'shelf';\nexport const handler = async () => [shelf, 1];\n"
    )
    bench.world.control.define("edited", "app.handler", runtime="nodejs22.x")
    bench.service.use_sources({"edited": SourceTree(code, (layer,))})
    assert value(await bench.service.invoke("edited", b"{}")) == [7, 1]
    (code / "app.mjs").write_text(
        "import shelf from 'shelf';\nexport const handler = async () => [shelf, 22];\n"
    )
    assert value(await bench.service.invoke("edited", b"{}")) == [7, 22]


async def test_killed_environment_is_replaced(bench: Bench) -> None:
    pid = value(await bench.call("count"))["pid"]
    os.kill(pid, 9)
    await until(lambda: not Path(f"/proc/{pid}").exists())
    assert value(await bench.call("count"))["pid"] != pid


def package(folder: Path, text: str) -> None:
    folder.mkdir(parents=True)
    (folder / "index.js").write_text(text)


async def test_every_form_of_the_sdk_reaches_the_local_cloud(
    bench: Bench, cache: Path, tmp_path: Path
) -> None:
    (tmp_path / "outside.js").write_text((NODE / "outside.js").read_text())
    package(tmp_path / "node_modules/aws-sdk", "module.exports = require('./lib/core');")
    package(tmp_path / "node_modules/aws-sdk/lib", "")
    core = "exports.config = { update(values) { Object.assign(this, values); } };"
    (tmp_path / "node_modules/aws-sdk/lib/core.js").write_text(core)
    # Of a set that an import in the sources has installed, as this one's has.
    package(
        cache / f"node/sdk-{as_of()}/set-1/node_modules/@aws-sdk/client-made-up", "module.exports = 'up';"
    )
    bench.world.control.define("outside", "outside.handler", runtime="nodejs22.x")
    bench.service.use_sources({"outside": SourceTree(tmp_path)})
    assert value(await bench.service.invoke("outside", b'{"client": "made-up"}')) == {
        "answer": "ECONNREFUSED 1",
        "prefixed": "ECONNREFUSED 127.0.0.1",
        "endpoint": "http://127.0.0.1:1",
        "made": "up",
        "imported": "up",
    }
