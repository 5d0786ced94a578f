"""Durations as a person or a test writes them: seconds, or ISO 8601."""

from __future__ import annotations

import math
import re
from typing import Final

_ISO: Final = re.compile(
    r"P(?=.)(?:(\d+(?:\.\d+)?)W)?(?:(\d+(?:\.\d+)?)D)?"
    r"(?:T(?=.)(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?)?"
)
_SECONDS: Final = (604_800, 86_400, 3_600, 60, 1)
LONGEST: Final = 10 * 366 * 86_400
"""Ten years: a durable execution lasts one at most."""


class DurationError(ValueError):
    """What is no duration; the message says what is one."""


def duration(value: object) -> float:
    """Return seconds.

    Years and months are refused: how long they are depends on when they begin.

    Raises
    ------
    DurationError
        It is neither a number of seconds nor an ISO 8601 duration, or it is not above 0, or too long.

    Examples
    --------
    >>> duration(90), duration("90"), duration("PT24H"), duration("P1DT0.5S")
    (90.0, 90.0, 86400.0, 86400.5)
    """
    seconds = _seconds(value)
    if seconds is None or not math.isfinite(seconds):
        raise DurationError(f"{value!r} is no duration: write seconds (90) or ISO 8601 (PT24H, P1D, PT1M30S)")
    if not 0 < seconds <= LONGEST:
        raise DurationError(f"a jump goes forward, by more than 0 and at most {LONGEST} seconds, not {value}")
    return seconds


def in_words(seconds: float) -> str:
    """Return a duration as a person reads it.

    Examples
    --------
    >>> in_words(0.0121), in_words(2.25), in_words(3_600), in_words(86_460)
    ('12 ms', '2.2 s', '1 h', '1 d 1 min')
    """
    if seconds < 1:
        return f"{round(max(0.0, seconds) * 1000)} ms"
    if seconds < 10:
        return f"{round(seconds, 1):g} s"
    parts, rest = [], round(seconds)
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)):
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count} {unit}")
    return " ".join(parts)


def _seconds(value: object) -> float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value)
    if not isinstance(value, str):
        return None
    parts = _ISO.fullmatch(value.strip().upper())
    if parts is not None:
        units = zip(parts.groups(), _SECONDS, strict=True)
        return float(sum(float(part or 0) * unit for part, unit in units))
    try:
        return float(value)
    except ValueError:
        return None
