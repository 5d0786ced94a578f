"""What a queue that a rule feeds brings: an event in EventBridge's envelope, and in it an order's."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple, NotRequired, TypedDict

from orders.events import MalformedEvent, OrderEvent, parse_order_event
from resolvers.batch_response import BatchResponse
from resolvers.tracer import about

if TYPE_CHECKING:
    from collections.abc import Iterable


class QueueRecord(TypedDict):
    """A message as Lambda hands it over."""

    messageId: str
    body: str
    attributes: NotRequired[dict[str, str]]


class QueueEvent(TypedDict):
    """A batch of messages."""

    Records: list[QueueRecord]


class BusEvent(NamedTuple):
    """An order's event, the replay that brought it, and the X-Ray header of its trace."""

    event: OrderEvent
    replay: str | None
    trace: str | None


def read_record(record: QueueRecord) -> BusEvent:
    """Return the event that a message holds.

    Raises
    ------
    MalformedEvent
    """
    try:
        envelope = json.loads(record["body"])
    except (ValueError, RecursionError):
        envelope = None
    if not isinstance(envelope, dict):
        raise MalformedEvent("must be an event of EventBridge")
    replay = envelope.get("replay-name")
    return BusEvent(
        parse_order_event(envelope.get("detail")),
        replay if isinstance(replay, str) else None,
        record.get("attributes", {}).get("AWSTraceHeader"),
    )


def about_its_order(event: QueueEvent) -> None:
    """Note in trace and log which order a batch is about, where it is one: the trace is the order's then."""
    with suppress(MalformedEvent):
        orders = {read_record(record).event.order_id for record in event["Records"]}
        if len(orders) == 1:
            about(*orders)


def failures(message_ids: Iterable[str]) -> BatchResponse:
    """Return the answer that keeps some messages in the queue."""
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in message_ids]}
