"""Where the meter looks into MiniStack: what a request cost, and when it was carried out.

Not mends: MiniStack does nothing wrong here.
"""

from __future__ import annotations

from localcloud.engine.commits import Commits
from localcloud.engine.gate import Gate
from localcloud.engine.hooks import capacity, persistence
from localcloud.engine.hooks.commits import note_commits

__all__ = ["keep_state", "look_in"]


def look_in(gate: Gate, commits: Commits) -> None:
    """Let the meter count, and note commits; to be called before the mends are applied.

    Raises
    ------
    localcloud.engine.mends.patching.MendError
        MiniStack lacks what a hook looks at.
    """
    capacity.count_capacity(gate.meter)
    note_commits(commits)


def keep_state() -> None:
    """Keep over a stop what MiniStack leaves out; to be called after the mends.

    Raises
    ------
    localcloud.engine.mends.patching.MendError
        As for :func:`look_in`.
    """
    persistence.keep_state()
