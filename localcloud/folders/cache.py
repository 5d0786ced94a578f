"""Where this machine's person keeps what can be made again: packages that were installed once."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

VARIABLE: Final = "LOCALCLOUD_CACHE"


def cache_folder(*names: str) -> Path:
    """Return a folder below ``$LOCALCLOUD_CACHE``, by default ``~/.cache/localcloud``.

    ``XDG_CACHE_HOME`` counts for the default. The folder need not be there yet.

    Examples
    --------
    >>> cache_folder("node").name
    'node'
    """
    own, home = os.environ.get(VARIABLE), os.environ.get("XDG_CACHE_HOME")
    root = Path(own) if own else (Path(home) if home else Path.home() / ".cache") / "localcloud"
    return root.joinpath(*names)
