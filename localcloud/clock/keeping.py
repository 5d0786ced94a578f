"""How far the clock is ahead, kept in the folder of ``--data``.

A clock that fell back at a restart would show moments before those that histories hold already. A factor
is not kept: while the local cloud is down, and after it starts again, time passes as it does elsewhere.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Final

FILE: Final = "clock.json"


def read_ahead(folder: Path | None) -> float:
    """Return by how many seconds the clock of an earlier run was ahead; 0 where nothing says so."""
    if folder is None:
        return 0.0
    try:
        ahead = json.loads((folder / FILE).read_text("utf-8"))["ahead"]
    except (OSError, ValueError, KeyError, TypeError):
        return 0.0
    return float(ahead) if isinstance(ahead, int | float) and math.isfinite(ahead) and ahead > 0 else 0.0


def write_ahead(folder: Path, seconds: float) -> None:
    """Write it down, whole or not at all."""
    draft = folder / f"{FILE}.new"
    draft.write_text(json.dumps({"ahead": seconds}) + "\n", "utf-8")
    draft.replace(folder / FILE)
