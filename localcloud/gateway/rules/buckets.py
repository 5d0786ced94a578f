"""Token buckets and quotas: how many requests have come, and whether another may.

Source: "Throttle requests to your REST APIs" and "Usage plans and API keys" in API Gateway's developer guide.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from localcloud.gateway.rules.definition import Limit, Period, Quota

_MOST: Final = 100_000


@dataclass
class _Bucket:
    limit: Limit
    tokens: float
    at: float


class Buckets:
    """Token buckets by their keys, each of a limit that may change.

    Examples
    --------
    >>> buckets = Buckets()
    >>> [buckets.take("a", Limit(1, 2), at) for at in (0.0, 0.0, 0.0, 1.0)]
    [True, True, False, True]
    """

    def __init__(self) -> None:
        self._buckets: dict[object, _Bucket] = {}

    def take(self, key: object, limit: Limit, now: float) -> bool:
        """Take a token; return whether there was one.

        Parameters
        ----------
        now
            In seconds, of a clock that does not go back.
        """
        bucket = self._buckets.get(key)
        if bucket is None or bucket.limit != limit:
            if len(self._buckets) >= _MOST:
                self._buckets.clear()
            bucket = self._buckets[key] = _Bucket(limit, float(limit.burst), now)
        bucket.tokens = min(float(limit.burst), bucket.tokens + (now - bucket.at) * limit.rate)
        bucket.at = now
        if bucket.tokens < 1:
            return False
        bucket.tokens -= 1
        return True


class Quotas:
    """How much of their quotas keys have used, in the period that a moment is in."""

    def __init__(self) -> None:
        self._used: dict[object, tuple[str, int]] = {}

    def take(self, key: object, quota: Quota, now: float) -> bool:
        """Count a request; return whether the quota allows it.

        Parameters
        ----------
        now
            In seconds since the epoch.

        Examples
        --------
        >>> quotas = Quotas()
        >>> [quotas.take("k", Quota(1, "DAY"), at) for at in (0.0, 1.0, 86_400.0)]
        [True, False, True]
        """
        period = period_of(quota.period, now)
        there = self._used.get(key)
        used = quota.offset if there is None else there[1] if there[0] == period else 0
        if used >= quota.limit:
            self._used[key] = (period, used)
            return False
        self._used[key] = (period, used + 1)
        return True


def period_of(period: Period, now: float) -> str:
    """Return the name of the period that a moment is in: its first day, in UTC.

    Examples
    --------
    >>> period_of("WEEK", 0.0), period_of("MONTH", 90_000.0)
    ('1969-12-29', '1970-01-01')
    """
    at = datetime.fromtimestamp(now, UTC)
    if period == "WEEK":
        at -= timedelta(days=at.weekday())
    elif period == "MONTH":
        at = at.replace(day=1)
    return f"{at:%Y-%m-%d}"
