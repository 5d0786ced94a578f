"""Folding: what a sequence of files comes to, and compaction, which writes that down in one file."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from localcloud.journal.errors import JournalError
from localcloud.journal.files import SNAPSHOT, TEMPORARY, path, remove_older, survey
from localcloud.journal.frames import DELETE, MAGIC, PUT, Frames, frame, operation, operations

# A snapshot's frames are about this large.
FRAME_BYTES = 64 * 1024
# The thread that compacts lets others go on after so many frames.
STEP = 64

Spaces = dict[str, dict[str, bytes]]


def apply(spaces: Spaces, body: bytes) -> None:
    """Apply a frame: a key that is put again keeps its place."""
    for code, space, key, value in operations(body):
        if code == PUT:
            spaces.setdefault(space, {})[key] = value
        elif code == DELETE:
            entries = spaces.get(space)
            if entries is not None:
                entries.pop(key, None)
                if not entries:
                    del spaces[space]
        else:
            spaces.pop(space, None)


def fold(files: Sequence[Path], *, torn: bool = False, patiently: bool = False) -> tuple[Spaces, int]:
    """Return what files come to, and where the last whole frame of the last file ends.

    Parameters
    ----------
    torn
        The last file may end in a torn frame, which is dropped.
    patiently
        Let other threads go on in between.

    Raises
    ------
    JournalError, OSError
    """
    spaces: Spaces = {}
    end = 0
    for file in files:
        contents = file.read_bytes()
        frames = Frames(contents, str(file))
        for number, body in enumerate(frames):
            apply(spaces, body)
            if patiently and number % STEP == 0:
                time.sleep(0)
        end = frames.end
        last = torn and file == files[-1] and file.suffix != SNAPSHOT
        if end != len(contents) and not last:
            raise JournalError(f"{file} is damaged at byte {end}")
    return spaces, end


def compact(folder: Path, number: int) -> int:
    """Write the snapshot that stands for all logs before ``number``, and remove them.

    An end of the process leaves the old files or the new one, whenever it comes.

    Returns
    -------
    int
        Its size in bytes.
    """
    before = [file for file in survey(folder).ordered if file.suffix == SNAPSHOT or int(file.stem) < number]
    spaces, _end = fold(before, patiently=True)
    temporary, snapshot = path(folder, number, TEMPORARY), path(folder, number, SNAPSHOT)
    with temporary.open("wb") as file:
        file.write(MAGIC)
        for body in _bodies(spaces):
            file.write(frame(body))
            time.sleep(0)
        size = file.tell()
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(snapshot)
    remove_older(folder, number)
    return size


def _bodies(spaces: Spaces) -> Iterator[bytes]:
    parts: list[bytes] = []
    size = 0
    for space, entries in spaces.items():
        for key, value in entries.items():
            parts.append(operation(PUT, space, key, value))
            size += len(parts[-1])
            if size >= FRAME_BYTES:
                yield b"".join(parts)
                parts, size = [], 0
    if parts:
        yield b"".join(parts)
