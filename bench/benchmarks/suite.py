"""``make test``, in a fresh clone of each side's commit: what a newcomer waits for.

The set-up comes first and is listed apart: most of it is the network's. Edits that are not committed are in
no clone.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Sequence
from pathlib import Path

from bench import base
from bench.model import Benchmark, Beside, Context, Figure, NotMeasured, Target
from bench.sides import ROOT

RATIO = Beside(Target(below=0.6))
PASSES = Target(exactly=0)
SECONDS = 3600.0


async def run(context: Context) -> Sequence[Figure]:
    """Clone, set up, test."""
    commit = context.side.commit or await asyncio.to_thread(base.commit_of, "HEAD")
    clone = context.folder / "clone"
    await asyncio.to_thread(make_clone, commit, clone)
    context.say(f"make setup-dev in a clone of {commit[: base.SHORT]}")
    set_up, code = await _make("setup-dev", clone, context.folder / "setup.txt")
    if code:
        raise NotMeasured(f"make setup-dev failed: {_tail(context.folder / 'setup.txt')}")
    target = "lint" if context.quick else "test"
    context.say(f"set up in {set_up:.0f} s; make {target}")
    tested, code = await _make(target, clone, context.folder / "test.txt")
    last = _tail(context.folder / "test.txt")
    return [
        Figure(f"make {target}", tested, "s", beside=RATIO, note=last),
        Figure(f"exit code of make {target}", code, "", PASSES),
        Figure("make setup-dev before it", set_up, "s", note="in a fresh clone"),
    ]


def make_clone(commit: str, folder: Path, root: Path = ROOT) -> None:
    """Clone this repository, with that commit checked out. Raises ``NotMeasured``."""
    base.git(root, "clone", "--quiet", "--shared", "--no-checkout", str(root), str(folder))
    base.git(folder, "checkout", "--quiet", "--detach", commit)


async def _make(target: str, folder: Path, output: Path) -> tuple[float, int]:
    """Return the seconds that a target takes, and its exit code."""
    with output.open("wb") as file:
        start = time.monotonic()
        process = await asyncio.create_subprocess_exec(
            *("make", target),
            cwd=folder,
            env=base.environment(os.environ),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=file,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            code = await process.wait()
            return time.monotonic() - start, code
        finally:
            # Given up or interrupted: what make started goes with it.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            await process.wait()


def _tail(output: Path) -> str:
    lines = output.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return lines[-1].strip("= ") if lines else "it printed nothing"


BENCHMARK = Benchmark("tests", "The tests, as `make test`", SECONDS, run, long=True)
