"""Processor time by process: nothing of a process that ended is lost, nothing is counted twice."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from bench.accounts import CLOUD, ENGINE, FORKED, LOAD, PREPARED, UNSEEN, Accounts, Roles, module_of
from bench.processes import Status, statuses
from bench.samples import MemoryWatch, sampled
from tests.bench.proc import FakeProc

BENCH, CLOUD_PID, ENGINE_PID = 10, 20, 30


@pytest.fixture
def proc(tmp_path: Path) -> FakeProc:
    proc = FakeProc(tmp_path)
    proc.put(1, 0, own=100)
    proc.put(BENCH, 1, own=5, command=["python", "-m", "bench"])
    proc.put(CLOUD_PID, BENCH, own=2, command=["python", "-m", "localcloud", "template.yaml"])
    proc.put(ENGINE_PID, CLOUD_PID, own=1, command=["python", "-m", "localcloud.engine"])
    return proc


def accounts(proc: FakeProc) -> Accounts:
    return Accounts(BENCH, Roles(CLOUD_PID, ["fanout", "authorize_payment"], proc.folder), proc.folder)


def environment(handler: str) -> Mapping[str, str]:
    return {"_HANDLER": f"resolvers.{handler}.handler"}


def test_processor_time_is_read_from_a_line_of_proc(proc: FakeProc) -> None:
    proc.put(40, CLOUD_PID, own=1.5, ended=0.25, started_at=77)
    assert statuses(proc.folder)[40] == Status(40, "a (strange) name", CLOUD_PID, 77, 1.5, 0.25)


def test_account_counts_only_time_between_samples(proc: FakeProc) -> None:
    account = accounts(proc)
    account.look()
    proc.put(BENCH, 1, own=5.5)
    proc.put(CLOUD_PID, BENCH, own=4)
    proc.put(ENGINE_PID, CLOUD_PID, own=4)
    account.look()
    assert account.seconds() == {ENGINE: 3.0, CLOUD: 2.0, LOAD: 0.5}


def test_environment_counts_for_its_function_from_its_start(proc: FakeProc) -> None:
    account = accounts(proc)
    account.look()
    for pid, function, own in ((40, "fanout", 0.5), (41, "fanout", 0.25), (42, "redeliver", 0.1)):
        proc.put(pid, CLOUD_PID, own=own, variables=environment(function))
    account.look()
    assert account.seconds() == {"fanout": 0.75, "redeliver": pytest.approx(0.1)}


def test_ended_environment_keeps_time_used_after_its_last_sample(proc: FakeProc) -> None:
    account = accounts(proc)
    account.look()
    proc.put(40, CLOUD_PID, own=0.5, variables=environment("fanout"))
    account.look()
    proc.end(40)
    proc.put(CLOUD_PID, BENCH, own=2, ended=0.75)
    account.look()
    assert account.seconds() == {"fanout": 0.75}


def test_time_before_the_first_sample_is_not_counted_when_a_process_ends(proc: FakeProc) -> None:
    proc.put(40, CLOUD_PID, own=3, variables=environment("fanout"))
    account = accounts(proc)
    account.look()
    proc.end(40)
    proc.put(CLOUD_PID, BENCH, own=2, ended=3.5)
    account.look()
    assert account.seconds() == {"fanout": 0.5}


def test_children_of_an_ended_process_are_counted_once(proc: FakeProc) -> None:
    account = accounts(proc)
    account.look()
    proc.put(40, CLOUD_PID, own=1, command=["sh", "also.sh"])
    proc.put(41, 40, own=2, command=["python", "companion.py"])
    account.look()
    proc.end(41)
    proc.put(40, CLOUD_PID, own=1.5, ended=2.5, command=["sh", "also.sh"])
    account.look()
    proc.end(40)
    proc.put(CLOUD_PID, BENCH, own=2, ended=4)
    account.look()
    assert account.seconds() == {"companion.py": 2.5, "also.sh": 1.5}


def test_process_between_two_samples_is_counted_without_a_name(proc: FakeProc) -> None:
    account = accounts(proc)
    account.look()
    proc.put(CLOUD_PID, BENCH, own=2, ended=0.25)
    account.look()
    assert account.seconds() == {UNSEEN: 0.25}


def test_reused_process_id_is_another_process(proc: FakeProc) -> None:
    proc.put(40, CLOUD_PID, own=3, started_at=5, variables=environment("fanout"))
    account = accounts(proc)
    account.look()
    proc.end(40)
    proc.put(CLOUD_PID, BENCH, own=2, ended=3)
    proc.put(40, CLOUD_PID, own=1, started_at=6, variables=environment("redeliver"))
    account.look()
    assert account.seconds() == {"redeliver": 1.0}


def test_forked_environment_is_recognized_by_its_command_name(proc: FakeProc) -> None:
    account = accounts(proc)
    account.look()
    command = ["python", "-S", "bootstrap.py", "1"]
    proc.put(40, CLOUD_PID, own=0.5, command=command)
    proc.put(41, 40, own=0.25, command=command, name="authorize_payme")
    proc.put(42, 40, own=1, command=command, name="python")
    account.look()
    assert account.seconds() == {
        FORKED: 1.0,
        PREPARED: 0.5,
        "authorize_payment": 0.25,
    }


def test_processes_of_the_load_count_as_load(proc: FakeProc) -> None:
    account = accounts(proc)
    account.look()
    proc.put(50, BENCH, own=1, command=["python", "-c", "from multiprocessing import spawn"])
    account.look()
    proc.end(50)
    proc.put(BENCH, 1, own=5, ended=1.5)
    account.look()
    assert account.seconds() == {LOAD: 1.5}


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs Linux's /proc")
def test_real_processes_that_end_between_two_samples_are_counted() -> None:
    burn = "import time\nwhile time.process_time() < 0.1: pass"
    forked = f"import os\nif os.fork() == 0:\n    exec({burn!r})\nelse:\n    os.wait()"
    account = Accounts(os.getpid(), Roles(0))
    account.look()
    subprocess.run([sys.executable, "-S", "-c", forked], check=True)
    account.look()
    assert 0.08 < sum(account.seconds().values()) < 5


def test_module_of_a_handler_is_read() -> None:
    assert module_of("resolvers.fanout.handler") == "fanout"
    assert module_of("ask.handler") == "ask"


async def test_block_is_sampled_from_start_to_end() -> None:
    looks: list[int] = []
    enough = asyncio.Event()
    loop = asyncio.get_running_loop()

    def look() -> None:
        looks.append(len(looks))
        if len(looks) == 3:
            loop.call_soon_threadsafe(enough.set)

    async with sampled(look, 0.001):
        await enough.wait()
        before = len(looks)
    assert before >= 3
    assert len(looks) > before


async def test_failing_sample_fails_the_block() -> None:
    looks = 0

    def look() -> None:
        nonlocal looks
        looks += 1
        if looks > 1:
            raise OSError("no such process")

    with pytest.raises(OSError, match="no such process"):
        async with sampled(look, 0.001):
            while looks < 2:
                await asyncio.sleep(0.001)


def test_peak_memory_is_the_greatest_sample(proc: FakeProc) -> None:
    watch = MemoryWatch(CLOUD_PID, proc.folder)
    for size in (100, 1000, 10):
        proc.put(ENGINE_PID, CLOUD_PID, pss=size)
        watch.look()
    assert watch.peak == pytest.approx(1000 * 1024 / 1e6)
    assert watch.samples == 3
