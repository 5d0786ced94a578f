"""What Linux reports of a tree of processes: who is in it, its memory, how one of them was started."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.model import NotMeasured

PROC = Path("/proc")


def tree(pid: int, proc: Path = PROC) -> list[int]:
    """Return ``pid`` and all processes below it."""
    return below(pid, statuses(proc))


def below(pid: int, running: Mapping[int, Status]) -> list[int]:
    """Return ``pid`` and all processes below it, of those that run: parents before their children."""
    children: dict[int, list[int]] = {}
    for status in running.values():
        children.setdefault(status.parent, []).append(status.pid)
    members = [pid]
    for member in members:
        members += children.get(member, [])
    return members


@dataclass(frozen=True, slots=True)
class Status:
    """A process, by ``/proc/PID/stat``; times in seconds of a processor.

    Attributes
    ----------
    name
        Its command's name, which it may change: at most 15 bytes.
    started_at
        The tick of its start: a later process with the same number has another one.
    own
        What it used itself, in user mode and in the kernel's.
    ended
        What those of its descendants used that have ended and were waited for.
    """

    pid: int
    name: str
    parent: int
    started_at: int
    own: float
    ended: float


_TICKS = os.sysconf("SC_CLK_TCK")


def statuses(proc: Path = PROC) -> dict[int, Status]:
    """Return all processes that run, by their numbers. Raises ``NotMeasured`` where there is no /proc."""
    if not proc.is_dir():
        raise NotMeasured(f"processes can be looked at on Linux only: there is no {proc}")
    running = (_status(entry) for entry in proc.iterdir() if entry.name.isdigit())
    return {status.pid: status for status in running if status is not None}


def _status(entry: Path) -> Status | None:
    try:
        text = (entry / "stat").read_text(errors="replace")
    except OSError:
        return None  # it has just ended
    # The name in parentheses may itself hold spaces and parentheses.
    head, _, tail = text.rpartition(")")
    fields = tail.split()
    own, ended = _seconds(fields[11:13]), _seconds(fields[13:15])
    started_at = int(fields[19])
    return Status(int(entry.name), head.partition("(")[2], int(fields[1]), started_at, own, ended)


def _seconds(ticks: Iterable[str]) -> float:
    return sum(map(int, ticks)) / _TICKS


def memory(pids: list[int], proc: Path = PROC) -> float:
    """Return the memory of some processes in MB (10^6 bytes), shared pages counted once.

    It is the sum of the proportional set sizes: a page that n processes share counts for 1/n in each.

    Raises
    ------
    NotMeasured
        This system does not report it.
    """
    total = 0
    for pid in pids:
        try:
            lines = (proc / str(pid) / "smaps_rollup").read_text().splitlines()
        except OSError as error:
            if proc.is_dir() and isinstance(error, ProcessLookupError | FileNotFoundError):
                continue  # it has just ended
            raise NotMeasured(f"memory can be measured on Linux only ({error})") from error
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total * 1024 / 1e6


@dataclass(frozen=True, slots=True)
class Started:
    """How a process was started."""

    command: list[str]
    environment: dict[str, str]
    folder: Path


def started(pid: int, proc: Path = PROC) -> Started | None:
    """Return a process's command line, environment and working folder; None when it is gone."""
    here = proc / str(pid)
    try:
        command = (here / "cmdline").read_bytes().split(b"\0")[:-1]
        pairs = [pair.partition(b"=") for pair in (here / "environ").read_bytes().split(b"\0") if pair]
        folder = (here / "cwd").readlink()
    except OSError:
        return None
    environment = {name.decode(): value.decode() for name, _, value in pairs}
    return Started([argument.decode() for argument in command], environment, folder)
