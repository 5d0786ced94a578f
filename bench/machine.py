"""The machine that was measured on, in the words that a reader needs to compare."""

from __future__ import annotations

import os
import platform
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Machine:
    """Processor, memory, system and interpreter, and how busy the machine was at the start.

    Attributes
    ----------
    cores
        Those this process may use.
    memory
        In MiB.
    load
        The mean number of runnable processes over 1, 5 and 15 minutes: above 0.5 another process was
        measured, too.
    """

    processor: str
    cores: int
    memory: int
    system: str
    python: str
    load: tuple[float, float, float]

    def __str__(self) -> str:
        load = " ".join(f"{value:.2f}" for value in self.load)
        return (
            f"{self.processor}, {self.cores} cores, {self.memory / 1024:.1f} GiB, {self.system}, "
            f"Python {self.python}, load at start {load}"
        )


def describe() -> Machine:
    """Return this machine, as of now."""
    return Machine(
        processor=processor_name(),
        cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        memory=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20,
        system=f"{platform.system()} {platform.release()}",
        python=f"{platform.python_version()} ({sys.implementation.name})",
        load=os.getloadavg(),
    )


def processor_name(cpuinfo: Path = Path("/proc/cpuinfo")) -> str:
    """Return the processor's model; Python's own word for it where the kernel has none."""
    try:
        for line in cpuinfo.read_text(encoding="utf-8").splitlines():
            name, _, value = line.partition(":")
            if name.strip() in {"model name", "Model"} and value.strip():
                return value.strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()
