"""Where this machine's person keeps what can be made again: packages that were installed once."""

from __future__ import annotations

import os
from pathlib import Path


def cache_folder(*names: str) -> Path:
    """Return a folder below ``$XDG_CACHE_HOME/localcloud``, by default ``~/.cache/localcloud``.

    It need not be there yet.

    Examples
    --------
    >>> cache_folder("node").parts[-2:]
    ('localcloud', 'node')
    """
    root = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(root) if root else Path.home() / ".cache").joinpath("localcloud", *names)
