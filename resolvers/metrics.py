"""What the application counts itself, in CloudWatch's embedded metric format: a line of the log.

Few, and each with a question that it answers; ``docs/alarms.md`` lists them. A batch is one line, so the
channel stands in a metric's name: a dimension would take a line for each.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Final

from aws_lambda_powertools.metrics import Metrics, MetricUnit

from orders.model import OrderStatusChanged
from orders.status import FailureReason, OrderStatus
from resolvers.chains import Attempt, Outcome

NAMESPACE: Final = "POWERTOOLS_METRICS_NAMESPACE"
OUTCOMES: Final = {
    OrderStatus.RECEIVED: "OrdersReceived",
    OrderStatus.DELIVERED: "OrdersDelivered",
    OrderStatus.CANCELLED: "OrdersCancelled",
    OrderStatus.REJECTED: "OrdersRejected",
    OrderStatus.EXPIRED: "OrdersExpired",
    OrderStatus.FAILED: "OrdersFailed",
}
FAILED_INTERNALLY: Final = "OrdersFailedInternally"
LATENESS: Final = "CommitToPublished"
PUBLISH_TIME: Final = "PublishTime"
UNDELIVERED: Final = "ChangesUndelivered"
UNDELIVERED_ON: Final = "Undelivered"
REDELIVERED: Final = "ChangesRedelivered"
RECONCILED: Final = "OrdersReconciled"


@lru_cache(maxsize=1)
def _metrics() -> Metrics:
    return Metrics(namespace=os.environ.get(NAMESPACE, "Orderwire"), service="orderwire")


def count_batch(outcome: Outcome) -> None:
    """Count what became of a batch of changes."""
    metrics = _metrics()
    counts: dict[str, int] = {}
    for change in outcome.changes:
        if (name := OUTCOMES.get(change.status)) is not None:
            counts[name] = counts.get(name, 0) + 1
        if change.reason is FailureReason.INTERNAL_ERROR:
            counts[FAILED_INTERNALLY] = counts.get(FAILED_INTERNALLY, 0) + 1
    for pair in outcome.undelivered:
        for name in (UNDELIVERED, f"{UNDELIVERED_ON}.{pair.channel}"):
            counts[name] = counts.get(name, 0) + 1
    for name, count in counts.items():
        metrics.add_metric(name, MetricUnit.Count, count)
    _measure(outcome.attempts)
    if counts or outcome.attempts:
        metrics.flush_metrics()


def count_attempts(attempts: Sequence[Attempt]) -> None:
    """Count what became of changes on a channel that is not fan-out's."""
    metrics = _metrics()
    for attempt in attempts:
        if attempt.error is not None:
            for name in (UNDELIVERED, f"{UNDELIVERED_ON}.{attempt.channel}"):
                metrics.add_metric(name, MetricUnit.Count, 1)
    _measure(attempts)
    if attempts:
        metrics.flush_metrics()


def _measure(attempts: Sequence[Attempt]) -> None:
    metrics = _metrics()
    published: dict[OrderStatusChanged, float] = {}
    for attempt in attempts:
        milliseconds = (attempt.ended - attempt.started) * 1000
        metrics.add_metric(
            f"{PUBLISH_TIME}.{attempt.channel}", MetricUnit.Milliseconds, round(milliseconds, 1)
        )
        if attempt.error is None:
            published[attempt.change] = max(attempt.ended, published.get(attempt.change, 0.0))
    for change, ended in published.items():
        committed = datetime.fromisoformat(change.at).timestamp()
        # Two services' clocks: one that is ahead must not make it negative.
        metrics.add_metric(LATENESS, MetricUnit.Milliseconds, max(0, round((ended - committed) * 1000)))


def count(name: str, number: int) -> None:
    """Count one thing; nothing is written of none."""
    if number:
        metrics = _metrics()
        metrics.add_metric(name, MetricUnit.Count, number)
        metrics.flush_metrics()
