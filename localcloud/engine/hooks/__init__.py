"""Where the meter looks into MiniStack: what a request cost, and when it was carried out.

Not mends: MiniStack does nothing wrong here.
"""

from __future__ import annotations

from localcloud.engine.commits import Commits
from localcloud.engine.gate import EngineGate
from localcloud.engine.hooks import capacity
from localcloud.engine.hooks.commits import note_commits

__all__ = ["look_in"]


def look_in(gate: EngineGate, commits: Commits) -> None:
    """Let the meter count, and note commits; to be called before the mends are applied.

    Raises
    ------
    localcloud.engine.patching.MendError
        MiniStack lacks what a hook looks at.
    """
    capacity.count_capacity(gate.meter)
    note_commits(commits)
