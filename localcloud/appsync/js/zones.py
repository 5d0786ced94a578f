"""Time zones as tables of changes: QuickJS knows none but UTC."""

from __future__ import annotations

import functools
import zoneinfo
from datetime import UTC, datetime, timedelta


@functools.cache
def zone_names() -> frozenset[str]:
    """Return the names of all zones."""
    return frozenset(zoneinfo.available_timezones())


@functools.cache
def zone_changes(name: str) -> list[tuple[int, int, str]]:
    """Return a zone's changes as (epoch second, offset in seconds, short name), from 1970 to 2050.

    ``zoneinfo`` has offsets, not changes: look at each week, and halve down to the second.
    """
    zone = zoneinfo.ZoneInfo(name)

    def local(second: int) -> datetime:
        return datetime.fromtimestamp(second, UTC).astimezone(zone)

    def offset(second: int) -> int:
        return int((local(second).utcoffset() or timedelta()).total_seconds())

    changes = [(0, offset(0), local(0).tzname() or "")]
    week = 7 * 86400
    for start in range(0, 80 * 365 * 86400, week):
        if offset(start + week) == changes[-1][1]:
            continue
        low, high = start, start + week
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if offset(middle) == changes[-1][1] else (low, middle)
        changes.append((high, offset(high), local(high).tzname() or ""))
    return changes
