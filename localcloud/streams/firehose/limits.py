"""How much a delivery stream takes by PutRecord and PutRecordBatch.

"Amazon Data Firehose Quota": requests, records and bytes a second, larger in three Regions.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

MEBIBYTE: Final = 1024 * 1024
MOST_RECORD: Final = 1000 * 1024
MOST_BATCH: Final = 4 * MEBIBYTE
MOST_RECORDS: Final = 500
MOST_STREAMS: Final = 5000
# What waits to be delivered, while S3 refuses it.
MOST_WAITING: Final = 512 * MEBIBYTE
_LARGE: Final = frozenset({"us-east-1", "us-west-2", "eu-west-1"})


class Throttle:
    """Lets a second's worth of records through, and fills up again as time passes.

    Parameters
    ----------
    now
        Seconds that only grow.

    Attributes
    ----------
    factor
        How many times AWS's limits a stream takes; None is without limits.

    Examples
    --------
    >>> throttle = Throttle("eu-central-1", now=lambda: 0.0)
    >>> throttle.takes(1, MEBIBYTE), throttle.takes(1, 1)
    (True, False)
    """

    def __init__(self, region: str, now: Callable[[], float]) -> None:
        large = region in _LARGE
        rates = (2000, 500_000, 5 * MEBIBYTE) if large else (1000, 100_000, MEBIBYTE)
        # A request of the largest size must be able to pass where nothing else does.
        self._rates = [float(rate) for rate in rates]
        self._most = [self._rates[0], self._rates[1], max(self._rates[2], float(MOST_BATCH))]
        self._remaining = list(self._most) if large else list(self._rates)
        self._now = now
        self._last = now()
        self.factor: float | None = 1.0

    def takes(self, records: int, size: int) -> bool:
        """Say whether a request of some records passes now."""
        now = self._now()
        passed, self._last = now - self._last, now
        for number, rate in enumerate(self._rates):
            self._remaining[number] = min(self._remaining[number] + passed * rate, self._most[number])
        if self.factor is None:
            return True
        # As large as the request is to a stream that takes so many times more.
        amounts = (1 / self.factor, records / self.factor, size / self.factor)
        if any(remaining < want for remaining, want in zip(self._remaining, amounts, strict=True)):
            return False
        for number, want in enumerate(amounts):
            self._remaining[number] -= want
        return True
