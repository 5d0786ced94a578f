"""Tells when files on disk have changed and whoever writes them is done."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Collection
from pathlib import Path
from typing import TypeAlias

from localcloud.stack.package import walk

# Some sixty files are looked at in a tenth of a millisecond: nothing that a dependency would make cheaper.
POLL_SECONDS = 0.2
Stamp: TypeAlias = "tuple[int, int, int] | None"


def stamp(path: Path) -> Stamp:
    """Return what changes when a file does: its time, size and inode; None when there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return (found.st_mtime_ns, found.st_size, found.st_ino)


def stamps(paths: Collection[Path]) -> dict[Path, Stamp]:
    """Return the stamp of each file; of a folder, those of all that is in it."""
    found: dict[Path, Stamp] = {}
    for path in paths:
        if os.path.isdir(path):  # noqa: PTH112 - a path object's own is_dir is five times slower
            found |= {file: stamp(file) for _, file in walk(path)}
        else:
            found[path] = stamp(path)
    return found


async def changes(
    paths: Callable[[], Collection[Path]], *, poll_seconds: float = POLL_SECONDS
) -> AsyncIterator[list[Path]]:
    """Yield the files that changed, each time that some did and then stayed the same for one look.

    Editors write a file in several steps, and a tool writes several files: what is half-way is not told.

    Parameters
    ----------
    paths
        Returns what to watch, asked at each look: a template names other files once it has changed.
    """
    known = stamps(paths())
    seen = known
    while True:
        await asyncio.sleep(poll_seconds)
        before, seen = seen, stamps(paths())
        if seen != before or seen == known:
            continue  # still being written, or as it was
        changed = sorted(path for path in known.keys() | seen.keys() if known.get(path) != seen.get(path))
        known = seen
        yield changed
