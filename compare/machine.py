"""The machine that was measured on, in one line."""

from __future__ import annotations

import os
import platform
from pathlib import Path


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def describe(cpuinfo: Path = Path("/proc/cpuinfo")) -> str:
    """Return processor, cores, memory, system, interpreter, and how busy the machine is."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{_processor(cpuinfo)}, {cores()} cores, {memory:.1f} GiB, "
        f"{platform.system()} {platform.release()}, "
        f"Python {platform.python_version()}, load at start {os.getloadavg()[0]:.2f}"
    )


def _processor(cpuinfo: Path) -> str:
    try:
        for line in cpuinfo.read_text(encoding="utf-8").splitlines():
            name, _, value = line.partition(":")
            if name.strip() in {"model name", "Model"} and value.strip():
                return value.strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()
