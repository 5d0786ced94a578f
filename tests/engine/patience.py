"""How long tests wait for what must come: a machine that is slow and busy has the time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

SECONDS = 180.0
_now = [SECONDS]


def patience() -> float:
    """Return the seconds until what has not come counts as not coming."""
    return _now[0]


@contextmanager
def impatience(seconds: float) -> Iterator[None]:
    """Wait less in the block: what is expected there is that nothing comes."""
    _now[0] = seconds
    try:
        yield
    finally:
        _now[0] = SECONDS
