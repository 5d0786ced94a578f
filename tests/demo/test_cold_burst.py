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

from tests.forked import run
from tests.localcloud.running import ROOT, descendants, running

# Half of a slow, busy processor: ten minutes are no hang.
pytestmark = [pytest.mark.integration, pytest.mark.timeout(1800)]

# Busy as long as the named processes want the processor, so that they wait for it; beside the
# tests that run at the same time it would be for nothing. Ends with its parent.
BUSY = """
import os, sys, time

def wanted():
    seconds = 0
    for pid in sys.argv[1:]:
        with open(f"/proc/{pid}/schedstat") as figures:  # nanoseconds run, nanoseconds waited, turns
            seconds += sum(map(int, figures.read().split()[:2])) / 1e9
    return seconds

parent, before = os.getppid(), wanted()
while os.getppid() == parent:
    until, now = time.monotonic() + 0.05, wanted()
    if now - before < 0.005:
        time.sleep(0.05)
    while time.monotonic() < until:
        sum(range(10_000))
    before = now
"""


@contextmanager
def one_processor() -> Iterator[int]:
    """Hold this thread, and the processes it starts, to one processor."""
    if sys.platform != "linux":
        pytest.skip("only Linux holds processes to a processor")
    allowed = os.sched_getaffinity(0)
    processor = max(allowed)
    os.sched_setaffinity(0, {processor})
    try:
        yield processor
    finally:
        os.sched_setaffinity(0, allowed)


@contextmanager
def half_of_it(pids: set[int]) -> Iterator[None]:
    """Have another process keep the processor busy while these want it."""
    busy = subprocess.Popen([sys.executable, "-I", "-S", "-c", BUSY, *map(str, pids)])
    try:
        yield
    finally:
        busy.kill()
        busy.wait()


def test_sample_orders_end_as_expected_on_a_stopped_processor(tmp_path: Path) -> None:
    """As `make run` starts it: the template's own time limits, and the orders as soon as it is up."""
    template = ROOT / "appsync" / "template.yaml"
    # But for the one that nobody decides on: days are too long here.
    own = ("--parameter", "ExpressOrders=true", "--parameter", "ApprovalSeconds=30")
    with one_processor() as processor, running(tmp_path, template, *own, own_engine=True) as cloud:
        pids = {cloud.process.pid, *descendants(cloud.process.pid)}
        assert {frozenset(os.sched_getaffinity(pid)) for pid in pids} == {frozenset({processor})}
        with half_of_it(pids):
            done = run("demo", "--ready-file", str(cloud.printed.parent / "ready.json"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^All 47 ended as their cards and the stock say", done.stdout, re.MULTILINE), (
        done.stdout
    )
    assert re.search(r"From change to receipt: p50 \d+ ms", done.stdout), done.stdout
