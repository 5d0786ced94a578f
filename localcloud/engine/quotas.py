"""Quotas: token buckets per operation, as AWS throttles StartExecution and its like.

A bucket holds ``bucket`` tokens and gains ``refill_per_second``; a call takes one, and a call that
finds none is throttled with the service's own error.

What a Kinesis shard takes and gives per second is limited as on AWS without any quota; one with a ``scale``
for the operation ``Shard`` makes that so many times more, and 0 takes the limits away.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

from localcloud.engine.operations import OperationCall
from localcloud.engine.rules import ObjectFields


@dataclass(frozen=True)
class Quota:
    """How often an operation may be called; ``operation`` ``*`` is all of the service's together."""

    service: str
    operation: str
    bucket: float
    refill_per_second: float


@dataclass(frozen=True)
class Scale:
    """How many times more than on AWS a resource takes and gives; 0 is without limits."""

    service: str
    operation: str
    scale: float


# What limits itself, as on AWS: here the operation names the resource.
SCALED = frozenset({"kinesis.Shard", "firehose.Stream"})


def parse_quotas(document: object) -> tuple[Quota | Scale, ...]:
    """Read ``{"quotas": [{"service", "operation", "bucket", "refill_per_second"}, ...]}``.

    Raises
    ------
    localcloud.engine.rules.RulesError

    Examples
    --------
    >>> parse_quotas({"quotas": [{"service": "states", "operation": "StartExecution",
    ...                           "bucket": 1300, "refill_per_second": 300}]})[0].bucket
    1300.0
    >>> parse_quotas({"quotas": [{"service": "kinesis", "operation": "Shard", "scale": 10}]})[0].scale
    10.0
    """
    top = ObjectFields(document, "")
    quotas: list[Quota | Scale] = []
    for fields in top.objects("quotas"):
        service, operation = fields.text("service"), fields.text("operation")
        if f"{service}.{operation}" in SCALED:
            quotas.append(Scale(service, operation, fields.number("scale", low=0)))
        else:
            bucket, refill = fields.number("bucket", low=0), fields.number("refill_per_second", low=0)
            quotas.append(Quota(service, operation, bucket, refill))
        fields.end()
    top.end()
    return tuple(quotas)


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

    def __init__(
        self, quotas: tuple[Quota | Scale, ...] = (), clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._buckets: list[_Bucket] = []
        self._scales: dict[str, Scale] = {}
        self.set(quotas)

    def set(self, quotas: tuple[Quota | Scale, ...]) -> None:
        """Put other quotas in place, their buckets full."""
        now = self._clock()
        with self._lock:
            buckets = [quota for quota in quotas if isinstance(quota, Quota)]
            self._buckets = [_Bucket(quota, quota.bucket, now) for quota in buckets]
            scales = [quota for quota in quotas if isinstance(quota, Scale)]
            self._scales = {f"{scale.service}.{scale.operation}": scale for scale in scales}

    def describe(self) -> dict[str, object]:
        """Return the quotas in the form of their file."""
        with self._lock:
            quotas = [asdict(bucket.quota) for bucket in self._buckets]
            return {"quotas": [*quotas, *(asdict(scale) for scale in self._scales.values())]}

    def scale(self, name: str) -> float | None:
        """Return how many times AWS's limits a resource takes and gives; None is without limits."""
        scale = self._scales.get(name)
        return 1.0 if scale is None else scale.scale or None

    @property
    def any(self) -> bool:
        """Whether there is any quota."""
        return bool(self._buckets)

    def admit(self, call: OperationCall) -> bool:
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
