"""What Linux tells of a tree of processes: who is in it, its memory, how one of them was started."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bench.model import NotMeasured

PROC = Path("/proc")


def tree(pid: int, proc: Path = PROC) -> list[int]:
    """Return ``pid`` and all processes below it."""
    children: dict[int, list[int]] = {}
    for entry in proc.iterdir():
        if not entry.name.isdigit():
            continue
        try:
            # The name in parentheses may itself hold spaces and parentheses.
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has just ended
        children.setdefault(int(fields[1]), []).append(int(entry.name))
    found = [pid]
    for known in found:
        found += children.get(known, [])
    return found


def memory(pids: list[int], proc: Path = PROC) -> float:
    """Return the memory of some processes in MB (10^6 bytes), shared pages counted once.

    It is the sum of the proportional set sizes: a page that n processes share counts for 1/n in each.

    Raises
    ------
    NotMeasured
        This system does not tell.
    """
    total = 0
    for pid in pids:
        try:
            lines = (proc / str(pid) / "smaps_rollup").read_text().splitlines()
        except ProcessLookupError:
            continue
        except OSError as error:
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
