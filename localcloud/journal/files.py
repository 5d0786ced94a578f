"""A journal's files: numbered logs, and the snapshot that stands for all logs before its number."""

from __future__ import annotations

import fcntl
import os
from dataclasses import dataclass
from pathlib import Path

from localcloud.journal.errors import JournalError
from localcloud.journal.frames import Frames

LOG, SNAPSHOT, TEMPORARY = ".log", ".snapshot", ".tmp"


@dataclass(frozen=True)
class Files:
    """The files that hold the state: ``number`` is that of the last log."""

    number: int
    snapshot: Path | None
    logs: list[Path]

    @property
    def ordered(self) -> list[Path]:
        """All of them, in the order that they are applied in."""
        return [*([self.snapshot] if self.snapshot else []), *self.logs]


def path(folder: Path, number: int, suffix: str) -> Path:
    """Return the path of a file.

    Examples
    --------
    >>> path(Path("data"), 7, LOG).name
    '00000007.log'
    """
    return folder / f"{number:08d}{suffix}"


def numbered(folder: Path, suffix: str) -> dict[int, Path]:
    """Return the files of a kind by number, in order."""
    files = {int(file.stem): file for file in folder.glob(f"*{suffix}") if file.stem.isdigit()}
    return dict(sorted(files.items()))


def survey(folder: Path) -> Files:
    """Return the files that hold the state; an older snapshot or log is left over from a compaction.

    Raises
    ------
    JournalError
        A log is missing.
    """
    snapshots, logs = numbered(folder, SNAPSHOT), numbered(folder, LOG)
    first = max(snapshots, default=0)
    rest = [number for number in logs if number >= first]
    last = max(rest, default=first)
    if rest and rest != list(range(first, last + 1)):
        raise JournalError(f"{folder} lacks a log between {first} and {last}")
    return Files(last, snapshots.get(first), [logs[number] for number in rest])


def remove_older(folder: Path, number: int) -> None:
    """Remove what the snapshot ``number`` stands for, and what an end left half written."""
    for suffix in (LOG, SNAPSHOT):
        for at, file in numbered(folder, suffix).items():
            if at < number:
                file.unlink(missing_ok=True)


def remove_temporary(folder: Path) -> None:
    """Remove snapshots that were never finished."""
    for file in folder.glob(f"*{TEMPORARY}"):
        file.unlink(missing_ok=True)


def has_records(folder: Path) -> bool:
    """Say whether a journal is there, with at least one record."""
    try:
        return any(next(iter(Frames(file.read_bytes(), file.name)), None) for file in survey(folder).ordered)
    except (OSError, JournalError):
        # The code that opens it reports what is wrong.
        return folder.is_dir()


def lock(folder: Path) -> int:
    """Take a journal for this process, until the file that is returned is closed.

    Raises
    ------
    JournalError
        Another process has it.
    """
    file = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(file)
        raise JournalError(f"{folder} is in use by another process: end it, or name another folder") from None
    return file
