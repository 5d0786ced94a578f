"""What the application counts itself, in CloudWatch's embedded metric format: a line of the log.

Few, and each with a question that it answers; ``docs/alarms.md`` lists them. A batch is one line, so the
channel stands in a metric's name: a dimension would take a line for each.

The lines are those of Powertools' Metrics, which checks and copies each value in turn: a tenth of fan-out's
processor time. A test compares them.

Source of the format: the embedded metric format's specification in CloudWatch's user guide.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Final, TypeAlias

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


MOST_VALUES: Final = 100
"""Of one metric in one line."""

Values: TypeAlias = defaultdict[str, list[float]]
_encode: Final = json.JSONEncoder(separators=(",", ":")).encode


def count_batch(outcome: Outcome) -> None:
    """Count what became of a batch of changes."""
    counts: defaultdict[str, int] = defaultdict(int)
    for change in outcome.changes:
        if (name := OUTCOMES.get(change.status)) is not None:
            counts[name] += 1
        if change.reason is FailureReason.INTERNAL_ERROR:
            counts[FAILED_INTERNALLY] += 1
    for pair in outcome.undelivered:
        counts[UNDELIVERED] += 1
        counts[f"{UNDELIVERED_ON}.{pair.channel}"] += 1
    values: Values = defaultdict(list, {name: [number] for name, number in counts.items()})
    _measure(outcome.attempts, values)
    write(values)


def count_attempts(attempts: Sequence[Attempt]) -> None:
    """Count what became of changes on a channel that is not fan-out's."""
    values: Values = defaultdict(list)
    for attempt in attempts:
        if attempt.error is not None:
            values[UNDELIVERED].append(1)
            values[f"{UNDELIVERED_ON}.{attempt.channel}"].append(1)
    _measure(attempts, values)
    write(values)


def count(name: str, number: int) -> None:
    """Count one thing; nothing is written of none."""
    if number:
        write(defaultdict(list, {name: [number]}))


def write(values: Values) -> None:
    """Write a line with all values, or several where a metric has more of them than a line may have.

    Examples
    --------
    >>> write(defaultdict(list, {"OrdersReconciled": [2]}))  # doctest: +ELLIPSIS
    {"_aws":...[{"Name":"OrdersReconciled","Unit":"Count"}]}]},"service":"orderwire","OrdersReconciled":[2]}
    """
    if not values:
        return
    directive = {
        "Namespace": os.environ.get(NAMESPACE, "Orderwire"),
        "Dimensions": [["service"]],
        "Metrics": [{"Name": name, "Unit": _unit(name)} for name in values],
    }
    document = {
        "_aws": {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [directive]},
        "service": "orderwire",
        **{name: several[:MOST_VALUES] for name, several in values.items()},
    }
    sys.stdout.write(f"{_encode(document)}\n")
    rest = {name: more for name, several in values.items() if (more := several[MOST_VALUES:])}
    write(defaultdict(list, rest))


def _unit(name: str) -> str:
    return "Milliseconds" if name == LATENESS or name.startswith(f"{PUBLISH_TIME}.") else "Count"


def _measure(attempts: Sequence[Attempt], values: Values) -> None:
    published: dict[OrderStatusChanged, float] = {}
    for attempt in attempts:
        values[f"{PUBLISH_TIME}.{attempt.channel}"].append(round((attempt.ended - attempt.started) * 1000, 1))
        if attempt.error is None:
            published[attempt.change] = max(attempt.ended, published.get(attempt.change, 0.0))
    for change, ended in published.items():
        committed = datetime.fromisoformat(change.at).timestamp()
        # Two services' clocks: one that is ahead must not make it negative.
        values[LATENESS].append(max(0, round((ended - committed) * 1000)))
