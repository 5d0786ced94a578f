"""The README's first command on a small machine: all sample orders, nothing warm, half a processor."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.localcloud.running import ROOT, descendants, running

# Half of a slow, busy processor: ten minutes are no hang.
pytestmark = [pytest.mark.integration, pytest.mark.timeout(1800)]

# Busy as long as anything else wants the processor, so that it had to wait for it. While nothing does, it
# takes a quarter, and the tests beside this one have the rest. Ends with its parent.
BUSY = """
import os, time

def waited():
    with open("/proc/self/schedstat") as figures:  # nanoseconds run, nanoseconds waited, turns
        return int(figures.read().split()[1])

parent, before = os.getppid(), waited()
while os.getppid() == parent:
    until = time.monotonic() + 0.01
    while time.monotonic() < until:
        sum(range(10_000))
    after = waited()
    if after - before < 1_000_000:
        time.sleep(0.03)
    before = after
"""


@contextmanager
def half_a_processor() -> Iterator[int]:
    """Hold this thread, and the processes it starts, to one processor that another process keeps busy."""
    if sys.platform != "linux":
        pytest.skip("only Linux holds processes to a processor")
    allowed = os.sched_getaffinity(0)
    processor = max(allowed)
    os.sched_setaffinity(0, {processor})
    try:
        busy = subprocess.Popen([sys.executable, "-I", "-S", "-c", BUSY])
        try:
            yield processor
        finally:
            busy.kill()
            busy.wait()
    finally:
        os.sched_setaffinity(0, allowed)


def test_sample_orders_end_as_expected_on_a_stopped_processor(tmp_path: Path) -> None:
    """As `make run` starts it: the template's own time limits, and the orders as soon as it is up."""
    template = ROOT / "appsync" / "template.yaml"
    # But for the one that nobody decides on: days are too long here.
    own = ("--parameter", "ExpressOrders=true", "--parameter", "ApprovalSeconds=30")
    with half_a_processor() as processor, running(tmp_path, template, *own, forked=False) as cloud:
        assert {frozenset(os.sched_getaffinity(pid)) for pid in descendants(cloud.process.pid)} == {
            frozenset({processor})
        }
        done = subprocess.run(
            [sys.executable, "-m", "demo", "--ready-file", str(cloud.printed.parent / "ready.json")],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^All 47 ended as their cards and the stock say", done.stdout, re.MULTILINE), (
        done.stdout
    )
    assert re.search(r"From change to receipt: p50 \d+ ms", done.stdout), done.stdout
