"""CloudWatch's statistics of a bucket.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html
"""

from __future__ import annotations

import re
from typing import Final

from localcloud.watchtower.metrics.bucket import MetricBucket

BASIC: Final = ("SampleCount", "Sum", "Average", "Minimum", "Maximum")
_PERCENTILE: Final = re.compile(r"(p|tm)(\d{1,2}(?:\.\d{1,10})?|100)", re.IGNORECASE)


class StatisticError(ValueError):
    """There is no such statistic, or it is not served here; the message names it."""


def check_statistic(name: str) -> None:
    """Refuse what is no statistic.

    Raises
    ------
    StatisticError
    """
    if name not in BASIC and name.upper() != "IQM" and not _PERCENTILE.fullmatch(name):
        raise StatisticError(
            f"The statistic {name} is not served by the local cloud: "
            f"{', '.join(BASIC)}, percentiles (p99), trimmed means (tm99) and IQM are"
        )


def value_of(bucket: MetricBucket, statistic: str) -> float | None:
    """Return a statistic; None for a percentile where the values are not known.

    Raises
    ------
    StatisticError

    Examples
    --------
    >>> bucket = MetricBucket(0)
    >>> for value in range(1, 101):
    ...     bucket.add(float(value))
    >>> value_of(bucket, "Average"), value_of(bucket, "p50"), value_of(bucket, "p100")
    (50.5, 50.5, 100.0)
    """
    basic = {
        "SampleCount": bucket.count,
        "Sum": bucket.total,
        "Average": bucket.total / bucket.count,
        "Minimum": bucket.low,
        "Maximum": bucket.high,
    }
    if statistic in basic:
        return basic[statistic]
    check_statistic(statistic)
    return _spread(sorted(bucket.samples()), statistic) if bucket.spread and bucket.low >= 0 else None


def _spread(samples: list[tuple[float, float]], statistic: str) -> float:
    if statistic.upper() == "IQM":
        return trimmed(samples, 0.25, 0.75)
    match = _PERCENTILE.fullmatch(statistic)
    assert match is not None
    share = float(match[2]) / 100
    return percentile(samples, share) if match[1].lower() == "p" else trimmed(samples, 0.0, share)


def percentile(samples: list[tuple[float, float]], share: float) -> float:
    """Return the value below which ``share`` of the samples lie, between the two nearest ranks.

    Parameters
    ----------
    samples
        Pairs of a value and its count, sorted.
    """
    total = sum(count for _, count in samples)
    rank = share * (total - 1) if total > 1 else 0.0
    lower = int(rank)
    low = _at(samples, lower)
    return low + (rank - lower) * (_at(samples, lower + 1) - low) if rank > lower else low


def trimmed(samples: list[tuple[float, float]], low: float, high: float) -> float:
    """Return the mean of the samples between two shares of them."""
    total = sum(count for _, count in samples)
    first, last = low * total, high * total
    passed = weight = whole = 0.0
    for value, count in samples:
        inside = max(0.0, min(passed + count, last) - max(passed, first))
        weight, whole, passed = weight + inside, whole + inside * value, passed + count
    return whole / weight if weight else samples[0][0]


def _at(samples: list[tuple[float, float]], index: int) -> float:
    passed = 0.0
    for value, count in samples:
        passed += count
        if index < passed:
            return value
    return samples[-1][0]
