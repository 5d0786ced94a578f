"""No process outlives the one that started it, however that one ends."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import pytest

from localcloud.functions import Settings
from tests.functions.conftest import Bench
from tests.functions.helpers import failure, until, value

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(params=[True, False], ids=["forked", "fresh"])
def forked(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's parent-death signal is Linux's")
async def test_killing_the_service_ends_its_environments() -> None:
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.functions.orphan", cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert parent.stdout is not None
    pid = json.loads(await parent.stdout.readline())["pid"]
    assert running(pid)
    parent.kill()
    await parent.wait()
    await until(lambda: not running(pid))


class TestIdle:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(idle_seconds=0.0, refresh_seconds=0.001)

    async def test_an_idle_environment_is_ended(self, bench: Bench) -> None:
        bench.define("counter", "basic.counter")
        pid = value(await bench.service.invoke("counter", b"{}"))["pid"]
        assert running(pid)
        await bench.service.connect()
        await until(lambda: not running(pid))
        assert value(await bench.service.invoke("counter", b"{}"))["count"] == 1


async def test_nothing_starts_once_the_service_has_stopped(bench: Bench) -> None:
    bench.define("counter", "basic.counter")
    await bench.service.stop()
    assert failure(await bench.service.invoke("counter", b"{}")) == {
        "errorType": "Runtime.ExitError",
        "errorMessage": "The local Lambda service has stopped",
    }


def running(pid: int) -> bool:
    """Tell whether a process runs: a zombie that nobody has collected does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"
