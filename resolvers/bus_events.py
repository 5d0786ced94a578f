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
    receiptHandle: str
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


class EventOrigin(NamedTuple):
    """EventBridge's id of an event, and the replay that brought it: known of an unreadable one too."""

    id: str
    replay: str | None


def read_record(record: QueueRecord) -> BusEvent:
    """Return the event that a message holds.

    Raises
    ------
    MalformedEvent
    """
    envelope = _envelope(record)
    if envelope is None:
        raise MalformedEvent("must be an event of EventBridge")
    return BusEvent(
        parse_order_event(envelope.get("detail")),
        _replay(envelope),
        record.get("attributes", {}).get("AWSTraceHeader"),
    )


def read_origin(record: QueueRecord) -> EventOrigin:
    """Return where a message's event comes from, as far as it says so.

    Examples
    --------
    >>> read_origin({"messageId": "m", "receiptHandle": "r", "body": '{"id": "e", "replay-name": "n"}'})
    EventOrigin(id='e', replay='n')
    >>> read_origin({"messageId": "m", "receiptHandle": "r", "body": "no event"})
    EventOrigin(id='m', replay=None)
    """
    envelope = _envelope(record) or {}
    event_id = envelope.get("id")
    return EventOrigin(
        event_id if isinstance(event_id, str) and event_id else record["messageId"], _replay(envelope)
    )


def _replay(envelope: dict[str, object]) -> str | None:
    replay = envelope.get("replay-name")
    return replay if isinstance(replay, str) else None


def _envelope(record: QueueRecord) -> dict[str, object] | None:
    try:
        envelope = json.loads(record["body"])
    except (ValueError, RecursionError):
        return None
    return envelope if isinstance(envelope, dict) else None


def about_its_order(event: QueueEvent) -> None:
    """Note in trace and log which order a batch is about, where it is one: the trace is the order's then."""
    with suppress(MalformedEvent):
        orders = {read_record(record).event.order_id for record in event["Records"]}
        if len(orders) == 1:
            about(*orders)


def failures(message_ids: Iterable[str]) -> BatchResponse:
    """Return the answer that keeps some messages in the queue."""
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in message_ids]}
