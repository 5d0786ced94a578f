"""How large what a state passes on may be."""

from __future__ import annotations

# What may pass from one state to the next.
LARGEST = 262_144
TOO_LARGE = (
    "The state/task '{name}' returned a result with a size exceeding "
    "the maximum number of bytes service limit."
)
