"""Time as Step Functions writes it."""

from __future__ import annotations

import time
from functools import lru_cache


@lru_cache(maxsize=8)
def _second(seconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))


def iso(moment: float) -> str:
    """Return a moment in seconds since the epoch, with milliseconds, in UTC.

    Examples
    --------
    >>> iso(1_700_000_000.25)
    '2023-11-14T22:13:20.250Z'
    """
    milliseconds = int(moment * 1000)
    return f"{_second(milliseconds // 1000)}.{milliseconds % 1000:03d}Z"
