"""The meter: what a bill would count."""

from __future__ import annotations

import math
import threading
from collections import Counter, defaultdict
from datetime import UTC, datetime
from typing import Literal

from localcloud.engine.measures import measure_capacity
from localcloud.watchtower.facade import Metrics

Caller = Literal["client", "states"]
# Express executions are billed by the 100 ms and by chunks of 64 MB: each is taken to need one.
EXPRESS_STEP, EXPRESS_GB = 0.1, 64 / 1024
# SNS bills each 64 KB of a delivery as one.
DELIVERY_BYTES = 64 * 1024


class Meter:
    """Counts AWS operations, DynamoDB's capacity units and Step Functions' state transitions.

    Counted from the event loop and from Step Functions' threads.

    Attributes
    ----------
    metrics : Metrics
        What CloudWatch shows of the engine's services.

    Notes
    -----
    An operation counts when it is carried out, whatever it answers; what a quota or a fault kept
    from being carried out is counted as refused. Lambda invocations are the Lambda service's own
    count, since most of them never pass the engine.
    """

    def __init__(self) -> None:
        self.metrics = Metrics()
        self._lock = threading.Lock()
        self.reset()

    def reset(self) -> None:
        """Start over."""
        with self._lock:
            self._since = datetime.now(UTC)
            self._operations: Counter[str] = Counter()
            self._by_states: Counter[str] = Counter()
            self._refused: Counter[str] = Counter()
            self._capacity: defaultdict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
            self._reads: defaultdict[str, Counter[str]] = defaultdict(Counter)
            self._transitions: Counter[str] = Counter()
            self._express: defaultdict[str, list[float]] = defaultdict(lambda: [0, 0.0])
            self._deliveries: Counter[str] = Counter()
            self._queued: Counter[str] = Counter()

    def carried_out(self, name: str, by: Caller = "client") -> None:
        """Count one operation."""
        with self._lock:
            self._operations[name] += 1
            if by == "states":
                self._by_states[name] += 1

    def refused(self, name: str) -> None:
        """Count one operation that a quota or a fault refused."""
        with self._lock:
            self._refused[name] += 1

    def consumed(self, table: str, *, read: float = 0.0, write: float = 0.0, by: str = "") -> None:
        """Count capacity units of a table and its indexes, and the request that read ``by`` this operation.

        Examples
        --------
        >>> meter = Meter()
        >>> meter.consumed("orders", read=2.0, by="dynamodb.Query")
        >>> meter.snapshot()["capacity"], meter.snapshot()["reads"]
        ({'orders': {'read': 2.0, 'write': 0.0}}, {'orders': {'dynamodb.Query': 1}})
        """
        with self._lock:
            units = self._capacity[table]
            units[0] += read
            units[1] += write
            if by:
                self._reads[table][by] += 1
        measure_capacity(self.metrics, table, read, write)

    def transition(self, machine: str) -> None:
        """Count one state transition of a state machine."""
        with self._lock:
            self._transitions[machine] += 1

    def express(self, machine: str, seconds: float) -> None:
        """Count an Express execution of a state machine that took so long.

        Examples
        --------
        >>> meter = Meter()
        >>> meter.express("orders", 0.25)
        >>> meter.snapshot()["express"]
        {'orders': {'requests': 1, 'gb_seconds': 0.01875}}
        """
        with self._lock:
            counts = self._express[machine]
            counts[0] += 1
            counts[1] += max(1, math.ceil(seconds / EXPRESS_STEP)) * EXPRESS_STEP * EXPRESS_GB

    def delivered(self, protocol: str, size: int) -> None:
        """Count what SNS delivered to a subscriber, a chunk of 64 KB as one.

        Examples
        --------
        >>> meter = Meter()
        >>> meter.delivered("https", 65 * 1024)
        >>> meter.snapshot()["deliveries"]
        {'https': 2}
        """
        with self._lock:
            self._deliveries[protocol] += max(1, math.ceil(size / DELIVERY_BYTES))

    def queued(self, queue: str) -> None:
        """Count a message that was put in a queue.

        Examples
        --------
        >>> meter = Meter()
        >>> meter.queued("orders")
        >>> meter.snapshot()["queues"]
        {'orders': 1}
        """
        with self._lock:
            self._queued[queue] += 1

    def snapshot(self) -> dict[str, object]:
        """Return everything counted since the last reset, in JSON's terms.

        Examples
        --------
        >>> meter = Meter()
        >>> meter.carried_out("dynamodb.UpdateItem", "states")
        >>> snapshot = meter.snapshot()
        >>> snapshot["operations"], snapshot["by"]
        ({'dynamodb.UpdateItem': 1}, {'client': {}, 'states': {'dynamodb.UpdateItem': 1}})
        """
        with self._lock:
            clients = self._operations - self._by_states
            return {
                "since": self._since.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
                "operations": dict(sorted(self._operations.items())),
                "by": {
                    "client": dict(sorted(clients.items())),
                    "states": dict(sorted(self._by_states.items())),
                },
                "refused": dict(sorted(self._refused.items())),
                "capacity": {
                    table: {"read": read, "write": write}
                    for table, (read, write) in sorted(self._capacity.items())
                },
                "reads": {
                    table: dict(sorted(counts.items())) for table, counts in sorted(self._reads.items())
                },
                "transitions": dict(sorted(self._transitions.items())),
                "express": {
                    machine: {"requests": requests, "gb_seconds": round(seconds, 6)}
                    for machine, (requests, seconds) in sorted(self._express.items())
                },
                "deliveries": dict(sorted(self._deliveries.items())),
                "queues": dict(sorted(self._queued.items())),
            }
