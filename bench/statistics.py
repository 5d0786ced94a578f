"""What a list of measurements amounts to: median and spread, by values that were really measured."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from demo.percentiles import percentile


@dataclass(frozen=True, slots=True)
class Summary:
    """Count, least and greatest, quartiles and tail of some measurements, all in their unit."""

    count: int
    least: float
    lower_quartile: float
    median: float
    upper_quartile: float
    p95: float
    p99: float
    greatest: float

    @property
    def spread(self) -> float:
        """The distance between the quartiles (IQR): how far apart the middle half lies."""
        return self.upper_quartile - self.lower_quartile


def summarize(values: Iterable[float]) -> Summary:
    """Return the summary of at least one measurement.

    Examples
    --------
    >>> summarize([3.0, 1.0, 2.0]).median
    2.0

    Raises
    ------
    ValueError
        There are none.
    """
    ordered = sorted(values)
    if not ordered:
        raise ValueError("nothing was measured")
    return Summary(
        count=len(ordered),
        least=ordered[0],
        lower_quartile=percentile(ordered, 25),
        median=percentile(ordered, 50),
        upper_quartile=percentile(ordered, 75),
        p95=percentile(ordered, 95),
        p99=percentile(ordered, 99),
        greatest=ordered[-1],
    )
