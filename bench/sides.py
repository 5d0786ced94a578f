"""What is measured: this checkout, or another commit's beside it.

The code that measures always is this checkout's. A side says whose local cloud, engine, functions, template
and companion are under test: whatever a benchmark starts, it starts of its side.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# They would lead one side to the code or to the environments of the other.
_NAMING_A_SIDE = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "LOCALCLOUD_ENGINE_PYTHON")


@dataclass(frozen=True, slots=True)
class Side:
    """A checkout with its environments.

    Attributes
    ----------
    root
        Its folder, in which its commands run.
    python
        The interpreter of its ``.venv``.
    commit
        What is checked out there; empty for this checkout, which may hold edits.
    """

    name: str
    root: Path
    python: Path
    commit: str = ""

    @property
    def template(self) -> Path:
        """Orderwire's template, this side's."""
        return self.root / "appsync" / "template.yaml"

    def environment(self) -> dict[str, str]:
        """Return the variables of its processes: this process's own, without those that name a side."""
        named = _NAMING_A_SIDE if self.commit else ()
        return {name: value for name, value in os.environ.items() if name not in named}


HERE = Side("now", ROOT, Path(sys.executable))
