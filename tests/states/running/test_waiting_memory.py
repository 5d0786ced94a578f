from __future__ import annotations

import json
import subprocess
import sys

import pytest

MEGABYTE = 1_000_000


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["token", "wait"])
def test_executions_take_little_memory_and_no_time_while_they_wait(kind: str) -> None:
    command = [sys.executable, "-m", "tests.states.running.measure_waiting", kind, "10000"]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)
    figures = json.loads(answer.stdout)
    assert figures["bytes"] * 10_000 < 60 * MEGABYTE
    # What the loop itself takes for two turns.
    assert figures["seconds"] < 0.02
