"""Processes that end with the one that started them."""

from __future__ import annotations

import shutil
import sys


def tied() -> list[str]:
    """Return the words before a command that have the kernel kill the process when its parent dies (Linux).

    Elsewhere it ends once it notices that its connection is closed.
    """
    setpriv = shutil.which("setpriv") if sys.platform == "linux" else None
    return [] if setpriv is None else [setpriv, "--pdeathsig", "KILL", "--"]
