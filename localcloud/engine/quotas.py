"""Quotas: token buckets per operation, as AWS throttles StartExecution and its like.

A bucket holds ``bucket`` tokens and gains ``refill_per_second``; a call takes one, and a call that
finds none is throttled with the service's own error.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

from localcloud.engine.operations import Call
from localcloud.engine.rules import Fields


@dataclass(frozen=True)
class Quota:
    """How often an operation may be called; ``operation`` ``*`` is all of the service's together."""

    service: str
    operation: str
    bucket: float
    refill_per_second: float


def parse_quotas(document: object) -> tuple[Quota, ...]:
    """Read ``{"quotas": [{"service", "operation", "bucket", "refill_per_second"}, ...]}``.

    Raises
    ------
    localcloud.engine.rules.RulesError

    Examples
    --------
    >>> parse_quotas({"quotas": [{"service": "states", "operation": "StartExecution",
    ...                           "bucket": 1300, "refill_per_second": 300}]})[0].bucket
    1300.0
    """
    top = Fields(document, "")
    found: list[Quota] = []
    for fields in top.objects("quotas"):
        found.append(
            Quota(
                service=fields.text("service"),
                operation=fields.text("operation"),
                bucket=fields.number("bucket", low=0),
                refill_per_second=fields.number("refill_per_second", low=0),
            )
        )
        fields.end()
    top.end()
    return tuple(found)


@dataclass
class _Bucket:
    quota: Quota
    tokens: float
    filled: float


class Quotas:
    """The buckets. Step Functions' integrations ask from threads, requests from the event loop.

    Parameters
    ----------
    clock
        Seconds that never go back.
    """

    def __init__(self, quotas: tuple[Quota, ...] = (), clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._buckets: list[_Bucket] = []
        self.set(quotas)

    def set(self, quotas: tuple[Quota, ...]) -> None:
        """Put other quotas in place, their buckets full."""
        now = self._clock()
        with self._lock:
            self._buckets = [_Bucket(quota, quota.bucket, now) for quota in quotas]

    def describe(self) -> dict[str, object]:
        """Return the quotas in the form of their file."""
        with self._lock:
            return {"quotas": [asdict(bucket.quota) for bucket in self._buckets]}

    @property
    def any(self) -> bool:
        """Whether there is any quota."""
        return bool(self._buckets)

    def admit(self, call: Call) -> bool:
        """Take a token from each bucket that the call falls into; False when one is empty."""
        if not self._buckets:
            return True
        now = self._clock()
        with self._lock:
            mine = [
                bucket
                for bucket in self._buckets
                if bucket.quota.service == call.service and bucket.quota.operation in {call.operation, "*"}
            ]
            for bucket in mine:
                gained = (now - bucket.filled) * bucket.quota.refill_per_second
                bucket.tokens = min(bucket.quota.bucket, bucket.tokens + gained)
                bucket.filled = now
            if any(bucket.tokens < 1 for bucket in mine):
                return False
            for bucket in mine:
                bucket.tokens -= 1
        return True
