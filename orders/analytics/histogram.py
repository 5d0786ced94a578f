"""Percentiles that can be added up: how many durations fell into which bucket; buckets grow by 2 percent.

A duration of `ms` milliseconds belongs to bucket ``ceil(log(ms) / log(1.02))``, which stands for the
middle of its bounds: no more than 1 percent from any duration in it. Two histograms are merged by adding
counts, so shards and windows need no order, and the error never grows. One day is bucket 923.

Source: C. Masson, J. Rim, H. Lee, "DDSketch", VLDB 2019, without its limit on the number of buckets.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

GROWTH: Final = 1.02
"""A bucket's upper bound, divided by its lower one."""

ERROR: Final = (GROWTH - 1) / (GROWTH + 1)
"""The largest relative error of a percentile: 0.0099."""

_LOG: Final = math.log(GROWTH)


def bucket_of(ms: int) -> int:
    """Return the bucket of a duration; below one millisecond it is that of one.

    Examples
    --------
    >>> bucket_of(1), bucket_of(1000), bucket_of(86_400_000)
    (0, 349, 923)
    """
    return max(0, math.ceil(math.log(max(ms, 1)) / _LOG))


def duration_of(bucket: int) -> float:
    """Return the milliseconds that a bucket stands for.

    Examples
    --------
    >>> round(duration_of(349))
    993
    """
    return 2 * GROWTH**bucket / (GROWTH + 1)


def percentile(counts: Mapping[int, int], share: float) -> float | None:
    """Return the milliseconds that a share of all durations took at most; None of none.

    Parameters
    ----------
    counts : mapping of int to int
        Durations in each bucket.
    share : float
        Above 0, up to 1; the nearest rank is taken.

    Examples
    --------
    >>> round(percentile({bucket_of(10): 3, bucket_of(2000): 1}, 0.75))
    10
    """
    total = sum(counts.values())
    if total <= 0:
        return None
    rank = max(1, math.ceil(share * total))
    for bucket in sorted(counts):
        rank -= counts[bucket]
        if rank <= 0:
            return duration_of(bucket)
    raise ValueError(f"share must not be above 1: {share}")
