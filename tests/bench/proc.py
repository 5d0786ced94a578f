"""A folder like Linux's /proc, with the processes that a test puts there."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


class FakeProc:
    """Writes what the kernel would report of some processes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(
        self,
        pid: int,
        parent: int,
        *,
        own: float = 0.0,
        ended: float = 0.0,
        started_at: int = 1,
        name: str = "a (strange) name",
        command: Sequence[str] = ("python",),
        variables: Mapping[str, str] | None = None,
        pss: int = 0,
    ) -> None:
        """Have a process, in place of what was there by its number; times in seconds, memory in KiB."""
        here = self.folder / str(pid)
        here.mkdir(exist_ok=True)
        times = f"{round(own * TICKS)} 0 {round(ended * TICKS)} 0"
        (here / "stat").write_text(
            f"{pid} ({name}) S {parent} 1 1 0 -1 0 0 0 0 0 {times} 20 0 1 0 {started_at} 0"
        )
        (here / "cmdline").write_text("".join(f"{argument}\0" for argument in command))
        (here / "environ").write_text("".join(f"{key}={value}\0" for key, value in (variables or {}).items()))
        (here / "smaps_rollup").write_text(f"Rss: 9999 kB\nPss: {pss} kB\nPss_Anon: 7 kB\n")
        if not (here / "cwd").is_symlink():
            (here / "cwd").symlink_to(self.folder)

    def end(self, pid: int) -> None:
        """Have no such process any more."""
        shutil.rmtree(self.folder / str(pid))
