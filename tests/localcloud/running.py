"""A local cloud in a process of its own, and what the operating system says of it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import boto3

from tests.ahead import start_ahead
from tests.forked import Forked

ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True)
class Api:
    id: str
    name: str
    graphql: str
    realtime: str
    api_keys: list[str]


@dataclass(frozen=True)
class Running:
    """The process, its ready file's contents, and what it has printed so far."""

    process: subprocess.Popen[bytes] | Forked
    ready: dict[str, object]
    printed: Path

    @property
    def apis(self) -> list[Api]:
        return [Api(**api) for api in cast("list[dict[str, object]]", self.ready["apis"])]  # type: ignore[arg-type]

    @property
    def engine(self) -> str:
        return str(self.ready["engine"])

    @property
    def outputs(self) -> dict[str, str]:
        return cast("dict[str, str]", self.ready["outputs"])

    @property
    def credentials(self) -> dict[str, str]:
        return cast("dict[str, str]", self.ready["credentials"])

    def session(self) -> boto3.Session:
        """An AWS session of this cloud's administrator."""
        return boto3.Session(
            aws_access_key_id=self.credentials["access_key_id"],
            aws_secret_access_key=self.credentials["secret_access_key"],
            region_name=str(self.ready["region"]),
        )


def wait_for(condition: Callable[[], bool], *, seconds: float = 180, what: str = "the condition") -> None:
    """Look until ``condition`` holds; fail when it does not in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not hold within {seconds} s"
        time.sleep(0.01)


@contextmanager
def running(
    folder: Path,
    template: Path,
    *arguments: str,
    then: Sequence[Path] = (),
    reload: bool = False,
    forked: bool = True,
    own_engine: bool = False,
) -> Iterator[Running]:
    """Run ``python -m localcloud`` on free ports until the block ends.

    Parameters
    ----------
    then
        The templates after the first.
    reload
        Look for edits, which costs a cloud that nobody edits some percent of a processor.
    forked
        Spare it the imports; otherwise it is started as a person would start it.
    own_engine
        Have it start its engine, which is its child then: for tests that look at its processes. Otherwise
        that is forked as well.
    """
    ready, printed = folder / "ready.json", folder / "printed.txt"
    words = [
        str(template),
        *map(str, then),
        "--port",
        "0",
        "--ready-file",
        str(ready),
        "--log-file",
        str(folder / "log.txt"),
    ]
    words += [*arguments, *([] if reload else ["--no-reload"])]
    process: subprocess.Popen[bytes] | Forked
    if forked:
        engine = None if own_engine else start_ahead()
        process = Forked("localcloud", words, folder=ROOT, out=printed, engine=engine)
    else:
        with printed.open("wb") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", "localcloud", *words], cwd=ROOT, stdout=out, stderr=subprocess.STDOUT
            )
    try:
        wait_for(
            lambda: ready.exists() or process.poll() is not None, seconds=600, what="the ready file's writing"
        )
        assert ready.exists(), printed.read_text()
        yield Running(process, json.loads(ready.read_text()), printed)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(180)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def descendants(pid: int) -> set[int]:
    """Return the ids of all processes below ``pid``."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except (FileNotFoundError, ProcessLookupError):
                continue
            parents[int(entry.name)] = int(fields[1])
    pids: set[int] = set()
    fresh = {pid}
    while fresh:
        fresh = {child for child, parent in parents.items() if parent in fresh} - pids
        pids |= fresh
    return pids


def alive(pid: int) -> bool:
    """Say whether a process runs (a zombie does not)."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in {"Z", "X"}


def listening(pids: set[int]) -> set[str]:
    """Return the local addresses (hexadecimal, as the kernel writes them) that ``pids`` listen on."""
    inodes: dict[str, str] = {}
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A":  # TCP_LISTEN
                inodes[fields[9]] = fields[1].partition(":")[0]
    addresses: set[str] = set()
    for pid in pids:
        try:
            links = [str(link.readlink()) for link in Path(f"/proc/{pid}/fd").iterdir()]
        except (FileNotFoundError, PermissionError):
            continue
        addresses |= {
            inodes[link[8:-1]] for link in links if link.startswith("socket:[") and link[8:-1] in inodes
        }
    return addresses
