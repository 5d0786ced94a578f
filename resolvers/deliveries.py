"""What publishing looks like in the trace of the order that it is about.

DynamoDB's streams carry no trace, and a batch is of many orders. So fan-out's own trace says how the batch
went, and each change is written into its order's, as a segment with a part for each channel.
"""

from __future__ import annotations

from collections.abc import Iterable

from orders.adapters.xray.documents import Span
from orders.adapters.xray.header import parse_header
from orders.adapters.xray.recorder import Recorder
from orders.model import OrderStatusChanged
from resolvers.chains import Attempt

FANOUT = "orderwire-fanout"
REDELIVERY = "orderwire-redelivery"
WEBHOOKS = "orderwire-webhooks"


def trace_attempts(name: str, attempts: Iterable[Attempt], recorder: Recorder) -> None:
    """Write a segment called ``name`` for each change whose order is traced."""
    by_change: dict[OrderStatusChanged, list[Attempt]] = {}
    for attempt in attempts:
        if attempt.change.trace is not None:
            by_change.setdefault(attempt.change, []).append(attempt)
    for change, several in by_change.items():
        header = parse_header(change.trace)
        if header is not None and header.is_recorded:
            recorder.send_segment(_segment(name, change, several), header)


def _segment(name: str, change: OrderStatusChanged, attempts: list[Attempt]) -> Span:
    segment = Span(name, started=min(attempt.started for attempt in attempts))
    segment.annotate("order_id", change.order_id)
    segment.annotate("version", change.version)
    segment.annotate("status", change.status.value)
    for attempt in attempts:
        part = Span(attempt.channel, started=attempt.started, remote=True)
        if attempt.error is not None:
            part.fail(attempt.error)
        part.close(attempt.ended)
        segment.children.append(part)
    segment.close(max(attempt.ended for attempt in attempts))
    return segment
