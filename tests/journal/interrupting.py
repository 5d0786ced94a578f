"""Compacts copies of a journal, each in a process that ends before another operation on files.

``python -m tests.journal.interrupting JOURNAL FOLDER`` leaves the copies in the folder, by the number of the
operations that were done; the last compaction was not interrupted. A process of its own forks them, since it
has no threads.
"""

from __future__ import annotations

import itertools
import os
import shutil
import sys
from pathlib import Path

from localcloud.journal import Journal

# Python announces each before it happens. What is written in between is in the file already.
OPERATIONS = {"open", "os.truncate", "os.rename", "os.remove"}
ENDED = 9


def compact_until(folder: Path, steps: int) -> int:
    """Compact in a process that ends before its next operation but ``steps``; return its exit code."""
    pid = os.fork()
    if pid:
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    try:
        journal = Journal.open(folder)
        remaining = itertools.count(steps, -1)

        def end(event: str, _arguments: tuple[object, ...]) -> None:
            if event in OPERATIONS and next(remaining) <= 0:
                os._exit(ENDED)

        sys.addaudithook(end)
        journal.compact()
        os._exit(0)
    finally:
        os._exit(1)


if __name__ == "__main__":
    for number in itertools.count():
        code = compact_until(Path(shutil.copytree(sys.argv[1], Path(sys.argv[2], f"{number:02d}"))), number)
        if code != ENDED:
            sys.exit(code)
