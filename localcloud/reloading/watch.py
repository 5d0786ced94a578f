"""Notices when files on disk have changed and their writer is done."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISDIR
from typing import TypeAlias

from localcloud.stack.archives import walk

# Some sixty files are looked at in a tenth of a millisecond: nothing that a dependency would make cheaper.
POLL_SECONDS = 0.2
Stamp: TypeAlias = "tuple[int, int, int] | None"


def stamp(path: Path) -> Stamp:
    """Return what changes when a file does: its time, size and inode; None when there is none."""
    return _stamp(_stat(path))


def _stat(path: Path) -> os.stat_result | None:
    try:
        return os.stat(path)  # noqa: PTH116 - a path object's own takes longer, and each look asks for all files
    except OSError:
        return None


def _stamp(status: os.stat_result | None) -> Stamp:
    return None if status is None else (status.st_mtime_ns, status.st_size, status.st_ino)


def stamps(paths: Collection[Path]) -> dict[Path, Stamp]:
    """Return the stamp of each file; of a folder, those of all that is in it."""
    result: dict[Path, Stamp] = {}
    for path in paths:
        status = _stat(path)
        if status is not None and S_ISDIR(status.st_mode):
            result |= {file: stamp(file) for _, file in walk(path)}
        else:
            result[path] = _stamp(status)
    return result


@dataclass(frozen=True)
class Snapshot:
    """Files as they were before they were read: an edit since then has not been read.

    Take it before reading. One taken after it, by the watcher, would hold an edit made in between to be
    what was read.

    Attributes
    ----------
    files
        The stamps of each file, or of all that is in a folder.

    Examples
    --------
    >>> before = Snapshot.of([Path("template.yaml")])
    >>> before.stamps()
    {PosixPath('template.yaml'): None}
    """

    files: Mapping[Path, Mapping[Path, Stamp]]

    @classmethod
    def of(cls, paths: Collection[Path]) -> Snapshot:
        """Return the files and folders as they are now."""
        return cls({path: stamps([path]) for path in paths})

    def narrowed(self, paths: Collection[Path]) -> Snapshot:
        """Return these files and folders alone: those that it has as they were, the others as they are."""
        return Snapshot({path: self.files[path] if path in self.files else stamps([path]) for path in paths})

    def again(self) -> Snapshot:
        """Return the same files and folders as they are now."""
        return Snapshot.of(self.files)

    def stamps(self) -> dict[Path, Stamp]:
        """Return the stamp of each single file."""
        return {file: value for files in self.files.values() for file, value in files.items()}


async def changes(
    read: Callable[[], Snapshot], *, poll_seconds: float = POLL_SECONDS
) -> AsyncIterator[list[Path]]:
    """Yield the files that changed, each time that some did and then stayed the same for one look.

    Editors write a file in several steps, and a tool writes several files: half-written state is ignored.

    Parameters
    ----------
    read
        Returns what to watch, as it was before it was last read. It is called at each look: the listener
        of a change reads the files again, and a template names other files by then. A change that is not
        read is reported once.
    """
    snapshot = read()
    current = snapshot.stamps()
    reported: dict[Path, Stamp] | None = None
    while True:
        await asyncio.sleep(poll_seconds)
        if read() is not snapshot:
            snapshot, reported = read(), None
        baseline = snapshot.stamps()
        before, current = current, snapshot.again().stamps()
        if current != before or current in (baseline, reported):
            continue  # still being written, as it was read, or reported already
        reported = current
        yield sorted(
            path for path in baseline.keys() | current.keys() if baseline.get(path) != current.get(path)
        )
