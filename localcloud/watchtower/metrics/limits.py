"""Which numbers CloudWatch takes as the values of metrics.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html
"""

from __future__ import annotations

from typing import Any, Final, TypeGuard

LARGEST: Final = 2.0**360
MOST_DIMENSIONS: Final = 30
_SIZES: Final = [
    f"{size}{unit}".capitalize()
    for size in ("", "kilo", "mega", "giga", "tera")
    for unit in ("bytes", "bits")
]
UNITS: Final = frozenset(
    {"Seconds", "Microseconds", "Milliseconds", "Percent", "Count", "Count/Second", "None"}
    | set(_SIZES)
    | {f"{name}/Second" for name in _SIZES}
)


def is_value(value: Any) -> TypeGuard[int | float]:
    """Say whether something may be a metric's value: no text, no NaN, and not beyond 2 to the 360th.

    Examples
    --------
    >>> [is_value(value) for value in (1, -2.5, True, "1", float("nan"), float("inf"), 10**400)]
    [True, True, False, False, False, False, False]
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return -LARGEST <= value <= LARGEST
