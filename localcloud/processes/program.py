"""What the command line is called, so that what it says of itself can be typed as it stands."""

from __future__ import annotations

import sys
from pathlib import Path


def program() -> str:
    """Return how this command line was called: by its command, or as a module."""
    return "localcloud" if Path(sys.argv[0]).name == "localcloud" else "python -m localcloud"
