"""Percentiles by values that were really measured."""

from __future__ import annotations

from collections.abc import Sequence


def percentile(ordered: Sequence[float], percent: int) -> float:
    """Return the nearest-rank percentile of sorted values: no value is made up between two.

    Examples
    --------
    >>> percentile([1.0, 2.0, 3.0, 4.0], 50)
    2.0
    """
    rank = -(-len(ordered) * percent // 100)
    return ordered[max(rank, 1) - 1]
