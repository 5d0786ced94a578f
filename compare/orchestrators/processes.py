"""The environments of functions on a local cloud: processes, which can be held and killed."""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import suppress

# A forked environment is called after its handler's module, in the kernel's 15 characters.
_NAME = 15


class Environments:
    """The processes below a local cloud's own."""

    def __init__(self, cloud: int) -> None:
        self._cloud = cloud

    def hold(self, module: str) -> int:
        """Stop the environments of a module: what they are given begins and does not end."""
        return self._send(module, signal.SIGSTOP)

    def kill(self, module: str) -> int:
        """Kill them, held or not; return how many there were."""
        return self._send(module, signal.SIGKILL)

    def _send(self, module: str, number: signal.Signals) -> int:
        members = environments(self._listed(), self._cloud, module)
        for pid in members:
            with suppress(ProcessLookupError):
                os.kill(pid, number)
        return len(members)

    def _listed(self) -> str:
        command = ["ps", "-A", "-o", "pid=,ppid=,comm="]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def environments(listed: str, cloud: int, module: str) -> list[int]:
    r"""Return the processes of a module below a cloud's, of what ``ps`` lists.

    Examples
    --------
    >>> environments("1 0 init\n5 1 python\n6 5 python\n7 6 run_order\n8 1 run_order", 5, "run_order")
    [7]
    """
    rows = [line.split(None, 2) for line in listed.splitlines()]
    every = [(int(row[0]), int(row[1]), row[2].strip()) for row in rows if len(row) == 3]
    below = {cloud}
    while fresh := {pid for pid, parent, _ in every if parent in below} - below:
        below |= fresh
    return [pid for pid, _, name in every if pid in below and name == module[:_NAME]]
