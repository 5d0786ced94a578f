"""What a list of measurements amounts to, by values that were really measured."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from demo.percentiles import percentile


@dataclass(frozen=True, slots=True)
class Summary:
    """Count, extremes and the percentiles that people ask for, all in the measurements' unit."""

    count: int
    least: float
    p50: float
    p95: float
    p99: float
    greatest: float


def summarize(values: Iterable[float]) -> Summary | None:
    """Return the summary of some measurements; None when there are none.

    Examples
    --------
    >>> summarize([3.0, 1.0, 2.0]).p50
    2.0
    """
    ordered = sorted(values)
    if not ordered:
        return None
    return Summary(
        count=len(ordered),
        least=ordered[0],
        p50=percentile(ordered, 50),
        p95=percentile(ordered, 95),
        p99=percentile(ordered, 99),
        greatest=ordered[-1],
    )
