"""A file in ``/proc`` that says something of one process, read again and again."""

from __future__ import annotations

import os


class ProcFile:
    """Stays open from its first reading on: to open it takes the kernel several times as long as to read it.

    Another process that is given the same number later is not mistaken for this one.

    Examples
    --------
    >>> file = ProcFile(os.getpid(), "stat")
    >>> content = file.read()
    >>> content is None or str(os.getpid()).encode() in content
    True
    >>> file.close()
    >>> file.read()
    """

    def __init__(self, pid: int, name: str) -> None:
        self._path: str | None = f"/proc/{pid}/{name}"
        self._file = -1

    def read(self) -> bytes | None:
        """Return its first 4 KB; None when the process is gone, or the system has no such file."""
        if self._path is None:
            return None
        try:
            if self._file < 0:
                self._file = os.open(self._path, os.O_RDONLY)
            return os.pread(self._file, 4096, 0)
        except OSError:
            return None

    def close(self) -> None:
        """Read it no more."""
        self._path = None
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
