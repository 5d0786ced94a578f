"""No process outlives the one that started it, however that one ends."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import pytest

from tests.functions.helpers import until

ROOT = Path(__file__).resolve().parents[2]


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


def running(pid: int) -> bool:
    """Tell whether a process runs: a zombie that nobody has collected does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"
