"""What is asked of the time machine, and what it answers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from localcloud.clock.clock import MovableClock
from localcloud.clock.durations import DurationError, duration
from localcloud.clock.machine import BIGGEST_FACTOR, Status

FORM: Final = (
    'the clock takes {"jump": SECONDS or an ISO 8601 duration such as "PT24H"}, {"jump": "next"} '
    'or {"factor": N}'
)


class ClockError(ValueError):
    """What the clock does not take; the message says what it does."""


@dataclass(frozen=True)
class Jump:
    """Go ahead by some seconds; None goes to the next timer."""

    seconds: float | None


@dataclass(frozen=True)
class Faster:
    """Run so many times faster than the machine's clock."""

    factor: float


def read_change(document: object) -> Jump | Faster:
    """Read the body of a PUT.

    Raises
    ------
    ClockError
        It is none.

    Examples
    --------
    >>> read_change({"jump": "PT1H"}), read_change({"jump": "next"}), read_change({"factor": 60})
    (Jump(seconds=3600.0), Jump(seconds=None), Faster(factor=60.0))
    """
    if not isinstance(document, dict) or len(document) != 1:
        raise ClockError(FORM)
    if "jump" in document:
        if document["jump"] == "next":
            return Jump(None)
        try:
            return Jump(duration(document["jump"]))
        except DurationError as error:
            raise ClockError(str(error)) from error
    factor = document.get("factor")
    if isinstance(factor, bool) or not isinstance(factor, int | float):
        raise ClockError(FORM)
    if not math.isfinite(factor) or not 1 <= factor <= BIGGEST_FACTOR:
        raise ClockError(f"a factor is from 1 to {BIGGEST_FACTOR:.0f}, not {factor}")
    return Faster(float(factor))


def described(clock: MovableClock, status: Status, *, settled: bool | None = None) -> dict[str, object]:
    """Return the clock as its page shows it."""
    now = clock.now()
    document: dict[str, object] = {
        "now": _iso(now),
        "ahead": round(clock.pace.ahead(clock.real()), 3),
        "factor": clock.pace.factor,
        "next": None if status.next is None else {"at": _iso(status.next), "in": round(status.next - now, 3)},
    }
    if settled is not None:
        document["settled"] = settled
    return document


def _iso(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
