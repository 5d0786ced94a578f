"""Processor time by process over a while, that of processes which ended in it too.

Each look at ``/proc`` notes what every process of a tree has used. One that ends is not lost: what it used up
to the last look was noted, and the kernel adds all that it used to what its parent's ended children used.
The sum is exact therefore. Only whose it was is not known of the time after a process's last look.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Protocol

from bench import processes
from bench.processes import PROC, Status

LOAD, CLOUD, ENGINE = "load and subscribers", "local cloud", "engine"
PREPARED, FORKED = "prepared parent", "functions, forked"
UNSEEN = "ended between two looks"
EVERY = 0.25  # seconds between two looks
_Key = tuple[int, int]


class Role(Protocol):
    """Says whose processor time that of a process is."""

    def __call__(self, status: Status, running: Mapping[int, Status]) -> str:
        """Return a name: processes of one name are added up."""
        ...


class Accounts:
    """The processor time of a tree of processes, from the first look to the last.

    Examples
    --------
    >>> accounts = Accounts(os.getpid(), Roles(cloud.pid, ["fanout"]))  # doctest: +SKIP
    >>> async with sampled(accounts.look, EVERY):  # doctest: +SKIP
    ...     await work()
    >>> accounts.seconds()  # doctest: +SKIP
    {'engine': 1.25, 'local cloud': 0.75, 'fanout': 0.25}
    """

    def __init__(self, pid: int, role: Role, proc: Path = PROC) -> None:
        self._pid = pid
        self._role = role
        self._proc = proc
        self._first: dict[_Key, Status] | None = None
        self._last: dict[_Key, Status] = {}
        self._roles: dict[_Key, str] = {}
        self._running: set[_Key] = set()

    def look(self) -> None:
        """Note what every process has used by now."""
        running = processes.statuses(self._proc)
        members = [running[pid] for pid in processes.below(self._pid, running) if pid in running]
        self._running = {_key(status) for status in members}
        for status in members:
            self._last[_key(status)] = status
            self._roles[_key(status)] = self._role(status, running)
        if self._first is None:
            self._first = dict(self._last)

    def seconds(self) -> dict[str, float]:
        """Return the processor time by role, in seconds: the greatest first."""
        totals: defaultdict[str, float] = defaultdict(float)
        for key, status in self._last.items():
            own, ended = self._before(key)
            totals[self._roles[key]] += status.own - own
            gone = list(self._gone(status))
            # All of an ended child is in its parent's sum, what it used before the first look as well.
            unnoted = status.ended - ended - sum(child.own + child.ended for child in gone)
            roles = {self._roles[_key(child)] for child in gone}
            totals[roles.pop() if len(roles) == 1 else UNSEEN] += max(0.0, unnoted)
        ordered = sorted(totals.items(), key=lambda item: -item[1])
        return {role: seconds for role, seconds in ordered if seconds > 0}

    def _before(self, key: _Key) -> tuple[float, float]:
        status = (self._first or {}).get(key)
        return (0.0, 0.0) if status is None else (status.own, status.ended)

    def _gone(self, parent: Status) -> Iterator[Status]:
        for key, status in self._last.items():
            is_child = status.parent == parent.pid and status.started_at >= parent.started_at
            if is_child and key not in self._running:
                yield status


class Roles:
    """Names the processes of a benchmark: the cloud's parts, its functions, and the load.

    A function's environment is known by ``_HANDLER`` among its variables. One that was forked has its
    parent's variables; it is known by its command's name, where that begins its handler's module.

    Parameters
    ----------
    cloud
        The local cloud's process.
    functions
        The names of its functions' modules.
    """

    def __init__(self, cloud: int, functions: Iterable[str] = (), proc: Path = PROC) -> None:
        self._cloud = cloud
        self._proc = proc
        self._by_command = {name[:15]: name for name in functions}
        self._labels: dict[_Key, str] = {}

    def __call__(self, status: Status, running: Mapping[int, Status]) -> str:
        """See `Role`."""
        if status.pid == self._cloud:
            return CLOUD
        if not self._below_cloud(status, running):
            return LOAD
        label = self._label(status)
        if label in self._by_command.values():
            return label
        if status.name in self._by_command:
            return self._by_command[status.name]
        parent = running.get(status.parent)
        if parent is not None and parent.pid != self._cloud and self._label(parent) == label:
            return FORKED
        return label

    def _below_cloud(self, status: Status, running: Mapping[int, Status]) -> bool:
        parent = running.get(status.parent)
        while parent is not None and parent.pid != self._cloud:
            parent = running.get(parent.parent)
        return parent is not None

    def _label(self, status: Status) -> str:
        """Return the function's name of an environment, or else what the process runs."""
        key = _key(status)
        if key not in self._labels:
            started = processes.started(status.pid, self._proc)
            if started is None or not started.command:
                return status.name  # between fork and exec, or ended: the next look shows which
            self._labels[key] = _label(started)
        return self._labels[key]


def module_of(handler: str) -> str:
    """Return the last part of the module that a handler is in.

    Examples
    --------
    >>> module_of("resolvers.authorize_payment.handler")
    'authorize_payment'
    """
    return handler.rpartition(".")[0].rpartition(".")[2]


def _label(started: processes.Started) -> str:
    if handler := started.environment.get("_HANDLER"):
        return module_of(handler)
    command = started.command
    if "-m" in command[:-1]:
        module = command[command.index("-m") + 1]
        return ENGINE if module == "localcloud.engine" else module
    scripts = [Path(argument).name for argument in command[1:] if not argument.startswith("-")]
    # The script that starts an environment, without a function to run.
    return PREPARED if scripts[:1] == ["bootstrap.py"] else (scripts or [Path(command[0]).name])[0]


def _key(status: Status) -> _Key:
    return status.pid, status.started_at
