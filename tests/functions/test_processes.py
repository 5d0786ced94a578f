"""No process outlives the one that started it, however that one ends."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest

from localcloud.functions import Settings
from tests.forked import ROOT, Forked
from tests.functions.conftest import Bench
from tests.functions.helpers import failure, until, value, ways


@pytest.fixture(params=ways(True))
def forked(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's parent-death signal is Linux's")
@pytest.mark.parametrize("kind", ["forked", "fresh", "node"])
async def test_environments_end_when_the_service_is_killed(kind: str, tmp_path: Path) -> None:
    if kind == "node" and not (shutil.which("node") and shutil.which("setpriv")):
        pytest.skip("there is no Node.js, or no setpriv (util-linux), which ties it to its parent")
    printed = tmp_path / "printed"
    service = Forked("tests.functions.orphan", [kind], folder=ROOT, out=printed)
    await until(lambda: service.poll() is not None or (printed.exists() and "\n" in printed.read_text()))
    pid = json.loads(printed.read_text())["pid"]
    parent = parent_of(pid)
    assert running(pid)
    assert (kind == "forked") == (parent != service.pid)
    service.kill()
    service.wait()
    await until(lambda: not running(pid) and not running(parent))


class TestIdle:
    @pytest.fixture
    def settings(self, forked: bool) -> Settings:
        return Settings(idle_seconds=0.0, refresh_seconds=0.001, prepared_parent=forked)

    async def test_idle_environment_is_ended(self, bench: Bench) -> None:
        bench.define("counter", "basic.counter")
        pid = value(await bench.service.invoke("counter", b"{}"))["pid"]
        assert running(pid)
        await bench.service.connect()
        await until(lambda: not running(pid))
        assert value(await bench.service.invoke("counter", b"{}"))["count"] == 1


async def test_stopped_service_starts_nothing(bench: Bench) -> None:
    bench.define("counter", "basic.counter")
    await bench.service.stop()
    assert failure(await bench.service.invoke("counter", b"{}")) == {
        "errorType": "Runtime.ExitError",
        "errorMessage": "The local Lambda service has stopped",
    }


def running(pid: int) -> bool:
    """Tell whether a process runs: a zombie that nobody has collected does not."""
    try:
        return _stat(pid)[0] != "Z"
    except OSError:
        return False


def parent_of(pid: int) -> int:
    return int(_stat(pid)[1])


def _stat(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
