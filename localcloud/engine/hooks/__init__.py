"""Where the gate and the meter look into MiniStack: what never is a request, and what it cost.

Not mends: MiniStack does nothing wrong here.
"""

from __future__ import annotations

from localcloud.engine.gate import Gate
from localcloud.engine.hooks import capacity, integrations, transitions

__all__ = ["install"]


def install(gate: Gate) -> None:
    """Install every hook.

    Raises
    ------
    localcloud.engine.mends.patching.MendError
        MiniStack lacks what a hook looks at.
    """
    capacity.count_capacity(gate.meter)
    transitions.count_transitions(gate.meter)
    integrations.pass_the_gate(gate)
