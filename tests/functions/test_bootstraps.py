"""Functions whose artefact is its own runtime: an executable that speaks the Runtime API."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from localcloud.functions import SourceTree
from localcloud.lambda_rules import bootstrap_problem
from tests.functions.conftest import Bench
from tests.functions.helpers import failure, value

# Python stands for whatever the executable is written in: it uses no client of AWS's.
RUNTIME = """\
#!/usr/bin/env python3
import json, os, urllib.request
base = f"http://{os.environ['AWS_LAMBDA_RUNTIME_API']}/2018-06-01/runtime"
while True:
    with urllib.request.urlopen(f"{base}/invocation/next") as answer:
        request_id, event = answer.headers["Lambda-Runtime-Aws-Request-Id"], json.load(answer)
    body = {name: os.environ[name] for name in ("_HANDLER", "LAMBDA_TASK_ROOT", "AWS_EXECUTION_ENV")}
    kind = "error" if event.get("fail") else "response"
    if event.get("fail"):
        body = {"errorType": "Odd", "errorMessage": "as you like it"}
    data = json.dumps({**body, "event": event} if kind == "response" else body).encode()
    urllib.request.urlopen(urllib.request.Request(f"{base}/invocation/{request_id}/{kind}", data)).close()
"""


def define(bench: Bench, folder: Path, **files: str) -> None:
    for name, text in files.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    bench.world.control.define("own", "orders.handle", runtime="provided.al2023")
    bench.service.use_sources({"own": SourceTree(folder)})


async def test_executable_named_bootstrap_is_the_runtime(bench: Bench, tmp_path: Path) -> None:
    define(bench, tmp_path, bootstrap=RUNTIME)
    assert await bench.service.unrunnable() == {}
    assert value(await bench.service.invoke("own", b'{"a": 1}')) == {
        "_HANDLER": "orders.handle",
        "LAMBDA_TASK_ROOT": str(tmp_path),
        "AWS_EXECUTION_ENV": "AWS_Lambda_provided.al2023",
        "event": {"a": 1},
    }
    error = failure(await bench.service.invoke("own", b'{"fail": true}'))
    assert error == {"errorType": "Odd", "errorMessage": "as you like it"}


async def test_invocation_fails_at_once_until_the_executable_is_built(bench: Bench, tmp_path: Path) -> None:
    define(bench, tmp_path, **{"go.mod": "module x"})
    problem = "its code has no executable bootstrap, it is a Go project: build it first"
    error = failure(await bench.service.invoke("own", b"{}"))
    assert error["errorType"] == "Runtime.InvalidEntrypoint"
    assert problem in error["errorMessage"]
    assert (await bench.service.unrunnable())["own"].startswith(problem)
    define(bench, tmp_path, bootstrap=RUNTIME)
    assert value(await bench.service.invoke("own", b"{}"))["event"] == {}


@pytest.mark.parametrize(
    ("content", "mode", "problem"),
    [
        (b"#!/bin/sh\n", 0o755, None),
        (b"#!/bin/sh\n", 0o644, "its bootstrap is not executable: chmod +x"),
        (b"\x7fELF" + b"\0" * 14 + (0x08).to_bytes(2, "little"), 0o755, "is built for another machine"),
    ],
)
def test_executable_that_this_machine_cannot_run_has_its_reason(
    tmp_path: Path, content: bytes, mode: int, problem: str | None
) -> None:
    (tmp_path / "bootstrap").write_bytes(content)
    (tmp_path / "bootstrap").chmod(mode)
    if problem is None or os.access(tmp_path / "bootstrap", os.X_OK):
        assert (problem or "None") in str(bootstrap_problem((tmp_path,), "bootstrap"))


def test_executable_of_a_layer_is_the_runtime(tmp_path: Path) -> None:
    code, layer = tmp_path / "code", tmp_path / "layer"
    code.mkdir()
    layer.mkdir()
    assert "no executable bootstrap" in str(bootstrap_problem((code, layer), "bootstrap"))
    (layer / "bootstrap").write_text("#!/bin/sh\n")
    (layer / "bootstrap").chmod(0o755)
    assert bootstrap_problem((code, layer), "bootstrap") is None
