"""When environments are forked at all, and what becomes of them when their parent ends."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import sys
from pathlib import Path

import pytest

from localcloud.functions.blueprint import SITE_PACKAGES
from localcloud.functions.prepared.rules import bundled_alike
from tests.functions.conftest import Bench
from tests.functions.helpers import failure, names_in, until, value
from tests.functions.test_processes import parent_of, running

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="environments are forked on Linux alone")


@pytest.fixture
def forked() -> bool:
    return True


@pytest.fixture
def parent() -> None:
    """Each test has a parent of its own: some kill it."""


async def pid_of(bench: Bench, function: str) -> int:
    return int(value(await bench.service.invoke(function, b"{}"))["pid"])


async def test_environment_is_forked_from_the_parent(bench: Bench) -> None:
    bench.define("counter", "basic.counter")
    assert parent_of(parent_of(await pid_of(bench, "counter"))) == os.getpid()


@pytest.mark.parametrize("variable", ["PYTHONHASHSEED", "PYTHONOPTIMIZE", "LC_ALL", "HOME"])
async def test_interpreter_variable_starts_a_fresh_interpreter(bench: Bench, variable: str) -> None:
    bench.define("counter", "basic.counter", environment={variable: "0"})
    assert parent_of(await pid_of(bench, "counter")) == os.getpid()


async def test_oversized_variables_start_a_fresh_interpreter(bench: Bench) -> None:
    bench.define("counter", "basic.counter", environment={"LONG": "x" * 100_000, "LONGER": "x" * 100_000})
    assert parent_of(await pid_of(bench, "counter")) == os.getpid()


async def test_killed_parent_ends_its_environments_and_is_replaced(bench: Bench) -> None:
    bench.define("counter", "basic.counter")
    pid = await pid_of(bench, "counter")
    parent = parent_of(pid)
    os.kill(parent, signal.SIGKILL)
    message = "The prepared parent of the functions' environments has ended, and they with it."
    await until(lambda: ("localcloud", "", message) in bench.lines)
    await until(lambda: not running(pid))
    assert value(await bench.service.invoke("counter", b"{}"))["count"] == 1
    assert parent_of(parent_of(await pid_of(bench, "counter"))) == os.getpid()


async def test_invocation_fails_as_killed_when_its_parent_dies(bench: Bench, tmp_path: Path) -> None:
    bench.define("rendezvous", "basic.rendezvous")
    event = json.dumps({"folder": str(tmp_path), "count": 2}).encode()
    task = asyncio.create_task(bench.service.invoke("rendezvous", event))
    await until(lambda: names_in(tmp_path))
    (pid,) = map(int, names_in(tmp_path))
    os.kill(parent_of(pid), signal.SIGKILL)
    assert failure(await task)["errorMessage"].endswith("Runtime exited with error: signal: killed")


async def test_parent_ends_with_the_service(bench: Bench) -> None:
    bench.define("counter", "basic.counter")
    parent = parent_of(await pid_of(bench, "counter"))
    await bench.service.stop()
    assert not running(parent)


class TestBundledAlike:
    """Which of a function's own modules it shares with the prepared parent."""

    def test_modules_of_the_function_prevent_no_fork(self, tmp_path: Path) -> None:
        (tmp_path / "app.py").touch()
        (tmp_path / "typing_extensions.py").touch()
        assert bundled_alike([tmp_path]) == []

    def test_identical_files_are_the_same_package(self, tmp_path: Path) -> None:
        shutil.copytree(SITE_PACKAGES / "jmespath", tmp_path / "jmespath")
        shutil.copy(SITE_PACKAGES / "six.py", tmp_path)
        assert sorted(bundled_alike([tmp_path]) or []) == ["jmespath", "six"]

    @pytest.mark.parametrize("change", ["other contents", "one file more", "one file less"])
    def test_package_with_a_changed_file_differs(self, tmp_path: Path, change: str) -> None:
        package = tmp_path / "jmespath"
        shutil.copytree(SITE_PACKAGES / "jmespath", package)
        match change:
            case "other contents":
                (package / "lexer.py").write_text("# mine", "utf-8")
            case "one file more":
                (package / "mine.py").touch()
            case _:
                (package / "lexer.py").unlink()
        assert bundled_alike([tmp_path]) is None

    @pytest.mark.parametrize("name", ["boto3", "json", "random"])
    def test_package_of_the_parent_is_never_shared(self, tmp_path: Path, name: str) -> None:
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").touch()
        assert bundled_alike([tmp_path]) is None

    def test_folder_without_python_files_is_no_module(self, tmp_path: Path) -> None:
        (tmp_path / "html").mkdir()
        (tmp_path / "html" / "index.html").touch()
        assert bundled_alike([tmp_path]) == []
