"""Files that a command writes in the end, asked about before it begins."""

from __future__ import annotations

import os
from pathlib import Path

from clients.errors import BadSettings


def require_writable(file: str | Path | None) -> None:
    """Raise `BadSettings` where a file could not be written: what is done by then cannot be undone.

    Examples
    --------
    >>> require_writable(None)
    >>> require_writable("no/r.csv")
    Traceback (most recent call last):
        ...
    clients.errors.BadSettings: Cannot write no/r.csv: name a file in a folder that you may write to.
    """
    if file is None:
        return
    path = Path(file)
    if path.is_dir() or not os.access(path if path.exists() else path.absolute().parent, os.W_OK):
        raise BadSettings(f"Cannot write {file}: name a file in a folder that you may write to.")
