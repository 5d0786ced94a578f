"""Runs of a few tests by forked workers, as a person sees them."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

from tests.localcloud.running import wait_for
from tests.workers.plugin import ROOT

SHARED = """
import os, pytest
from pathlib import Path

@pytest.fixture(scope="session")
def cloud():
    yield os.getpid()
    Path("ended").open("a").write(f"{os.getpid()}\\n")
"""
CASES = """
import logging, os, pytest, sys
from pathlib import Path

handler = logging.StreamHandler(sys.stdout)

def test_order_is_delivered(tmp_path): Path("pids").open("a").write(f"{os.getpid()}\\n")
def test_order_ends_as_it_must():
    print("what it printed")
    handler.setStream(sys.stdout)
    raise AssertionError("the reason")
def test_order_ends_its_process(): os._exit(3)
def test_next_order_goes_to_another_process(cloud, tmp_path):
    Path("pids").open("a").write(f"{os.getpid()} {tmp_path}\\n")
@pytest.mark.skip(reason="it must not run")
def test_order_is_skipped(): pass
"""
SHARING = """
import time
from pathlib import Path

def test_shares_the_cloud(cloud): pass
"""
WAITING = """
import time
from pathlib import Path

def test_order_is_awaited(cloud):
    Path("waiting").touch()
    time.sleep(100)
"""


def start(folder: Path, *words: str, **files: str) -> subprocess.Popen[str]:
    """Run pytest with workers over a folder of its own, and over nothing else."""
    tests = folder / "tests" / "shop"
    tests.mkdir(parents=True)
    (tests / "conftest.py").write_text(SHARED, encoding="utf-8")
    for name, text in files.items():
        (tests / f"test_{name}.py").write_text(text, encoding="utf-8")
    return subprocess.Popen(
        [
            sys.executable,
            "-m",
            "pytest",
            "-p",
            "tests.workers.plugin",
            "-ra",
            "--import-mode=importlib",
            *words,
        ],
        cwd=folder,
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "PYTEST_ADDOPTS": "",
            "COLUMNS": "200",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_reports_are_those_of_one_process_and_a_lost_worker_is_replaced(tmp_path: Path) -> None:
    process = start(tmp_path, "--workers", "2", cases=CASES, a_cloud=SHARING)
    printed, _ = process.communicate(timeout=120)
    assert process.returncode == 1, printed
    assert "2 failed, 3 passed, 1 skipped" in printed
    assert "test_order_ends_as_it_must - AssertionError: the reason" in printed
    assert "the test's process ended with exit code 3" in printed
    assert re.search(r"Captured stdout call -+\nwhat it printed\n", printed)
    assert "it must not run" in printed
    first, second = (tmp_path / "pids").read_text().splitlines()
    pid, folder = second.split()
    assert first != pid
    assert f"{process.pid}" not in {first, pid}
    assert re.search(r"/worker-\d/", folder)
    assert (tmp_path / "ended").read_text().split() == [pid]


def test_interrupt_ends_the_workers_and_what_they_started(tmp_path: Path) -> None:
    process = start(tmp_path, "--workers", "1", waiting=WAITING)
    wait_for((tmp_path / "waiting").exists)
    process.send_signal(signal.SIGINT)
    printed, _ = process.communicate(timeout=120)
    assert process.returncode == 2, printed
    assert len((tmp_path / "ended").read_text().splitlines()) == 1
