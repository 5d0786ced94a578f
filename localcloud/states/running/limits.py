"""How large what a state passes on may be."""

from __future__ import annotations

import marshal

from localcloud.states.language.scope import Json
from localcloud.states.language.text import to_text

# What may pass from one state to the next.
LARGEST = 262_144
TOO_LARGE = (
    "The state/task '{name}' returned a result with a size exceeding "
    "the maximum number of bytes service limit."
)
# A control character takes one byte there and six in JSON; nothing else gains as much.
_LONGER = 6


def is_larger(value: Json, limit: int = LARGEST) -> bool:
    """Say whether a value's JSON has more bytes than ``limit``.

    Most values are small, and are known to be in a twentieth of the time that their JSON takes.

    Examples
    --------
    >>> is_larger({"name": "Zoë"}, 15), is_larger({"name": "Zoë"}, 14)
    (False, True)
    """
    try:
        # From the third version on, what occurs twice is written once.
        size = len(marshal.dumps(value, 2))
    except ValueError:  # what is in it is no plain JSON
        size = limit
    return size * _LONGER > limit and len(to_text(value).encode()) > limit
