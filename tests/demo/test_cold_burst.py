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

# As a container's quota does it: after each 50 ms in which the named processes wanted the processor, they and
# what they have started stand still for as long. Ends, and lets all go on, with its input.
QUOTA = """
import os, select, signal, sys

def wanted():
    seconds = 0
    for pid in sys.argv[1:]:
        with open(f"/proc/{pid}/schedstat") as figures:  # nanoseconds run, nanoseconds waited, turns
            seconds += sum(map(int, figures.read().split()[:2])) / 1e9
    return seconds

def tree(pid):
    yield int(pid)
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/children") as children:
            for child in children.read().split():
                yield from tree(child)

def send(number, pids):
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass

def over():
    return bool(select.select([0], [], [], 0.05)[0])

before = wanted()
while not over():
    now = wanted()
    if now - before >= 0.005:
        pids = list(tree(sys.argv[1]))
        try:
            send(signal.SIGSTOP, pids)
            if over():
                break
        finally:
            send(signal.SIGCONT, pids)
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
def half_of_it(pid: int, below: set[int]) -> Iterator[None]:
    """Leave a process and those below it half of their processor; nobody else has to burn the rest."""
    words = [sys.executable, "-I", "-S", "-c", QUOTA, str(pid), *map(str, below)]
    quota = subprocess.Popen(words, stdin=subprocess.PIPE)
    try:
        yield
        assert quota.poll() is None
    finally:
        quota.communicate()


def test_sample_orders_end_as_expected_on_a_stopped_processor(tmp_path: Path) -> None:
    """As `make run` starts it: the template's own time limits, and the orders as soon as it is up."""
    template = ROOT / "appsync" / "template.yaml"
    # But for the one that nobody decides on: days are too long here.
    own = ("--parameter", "ExpressOrders=true", "--parameter", "ApprovalSeconds=30")
    with one_processor() as processor, running(tmp_path, template, *own, own_engine=True) as cloud:
        below = descendants(cloud.process.pid)
        pids = {cloud.process.pid, *below}
        assert {frozenset(os.sched_getaffinity(pid)) for pid in pids} == {frozenset({processor})}
        with half_of_it(cloud.process.pid, below):
            done = run("demo", "--ready-file", str(cloud.printed.parent / "ready.json"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^All 47 ended as their cards and the stock say", done.stdout, re.MULTILINE), (
        done.stdout
    )
    assert re.search(r"From change to receipt: p50 \d+ ms", done.stdout), done.stdout
