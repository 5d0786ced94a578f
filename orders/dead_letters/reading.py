"""What a letter is about, from every sender: SQS, Lambda, EventBridge or SNS.

No part of a body is shown but orders' ids, versions, channels and statuses: bodies hold tokens of cards and
addresses of people. Sources: "Retain records of asynchronous invocations" and "Handling errors in DynamoDB
event sources" in the Lambda developer guide, "Using dead-letter queues" in EventBridge's.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from orders.dead_letters.model import Contents, Letter, Place, StreamBatch, Way
from orders.errors import InvalidRequest
from orders.model import OrderId
from orders.parsing import parse_order_id

UNREADABLE = "it cannot be read"
LONGEST_CAUSE = 200

Document = Mapping[str, Any]


def document_of(text: object) -> Document:
    """Return a JSON object; an empty one for anything else."""
    try:
        value = json.loads(text) if isinstance(text, str) else text
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def order_ids(*values: object) -> tuple[OrderId, ...]:
    """Return those of the values that are ids of orders, each once."""
    ids: list[OrderId] = []
    for value in values:
        try:
            ids.append(parse_order_id(value, "orderId"))
        except InvalidRequest:
            continue
    return tuple(dict.fromkeys(ids))


def batch_of(letter: Letter) -> StreamBatch | None:
    """Return which records a letter names; None when it names none."""
    body = document_of(letter.body)
    info = body.get("DDBStreamBatchInfo", body.get("KinesisBatchInfo"))
    if not isinstance(info, dict):
        return None
    values = [info.get(name) for name in ("streamArn", "shardId", "startSequenceNumber", "endSequenceNumber")]
    texts = [value for value in values if isinstance(value, str)]
    return StreamBatch(*texts) if len(texts) == 4 else None


def event_of(letter: Letter) -> Document:
    """Return the event that a function failed to handle: as it was, or inside a destination's record."""
    body = document_of(letter.body)
    if isinstance(body.get("requestContext"), dict) and "requestPayload" in body:
        return document_of(body["requestPayload"])
    return body


def change_of(letter: Letter) -> Document:
    """Return the change that SNS could not deliver: in its envelope, or raw."""
    body = document_of(letter.body)
    message = document_of(body["Message"]) if "Message" in body else body
    return document_of(document_of(message.get("payload")).get("change"))


def describe(place: Place, letter: Letter, attempts: int | None) -> Contents:
    """Return what a letter is about.

    Parameters
    ----------
    attempts
        After how many receipts the queue that it comes from gives a message up.
    """
    return _READERS[place.way](letter, attempts)


def _moved(letter: Letter, attempts: int | None) -> Contents:
    body = document_of(letter.body)
    change = document_of(body.get("change"))
    # An event of an order: in EventBridge's envelope, or its document alone.
    event = document_of(body.get("detail")) or (body if "schemaVersion" in body else {})
    orders = order_ids(
        letter.attributes.get("orderId"), body.get("orderId"), change.get("orderId"), event.get("orderId")
    )
    if event:
        what = f"the event {_word(event.get('type'))}, {_change(event)}"
    else:
        what = f"{_change(change)} on {_word(body.get('channel'))}" if change else "an order to start"
    cause = None if attempts is None else f"received {attempts} times, and finished by none"
    return Contents(what, orders, cause, attempts)


def _stream(letter: Letter, attempts: int | None) -> Contents:
    context = document_of(document_of(letter.body).get("requestContext"))
    batch = batch_of(letter)
    return Contents(
        "records of the stream" if batch else "no batch of a stream",
        cause=_cause(context.get("condition")),
        attempts=_count(context.get("approximateInvokeCount")),
        problem=None if batch else UNREADABLE,
    )


def _invocation(letter: Letter, attempts: int | None) -> Contents:
    body, event = document_of(letter.body), event_of(letter)
    context, answer = document_of(body.get("requestContext")), document_of(body.get("responsePayload"))
    attributes = letter.attributes
    tried = _count(context.get("approximateInvokeCount"))
    if tried is None and "RETRY_ATTEMPTS" in attributes:
        retries = _count(attributes["RETRY_ATTEMPTS"])
        tried = None if retries is None else retries + 1
    return Contents(
        f"the event {_word(event.get('detail-type'))}" if event else "no event",
        order_ids(document_of(event.get("detail")).get("orderId"), event.get("orderId")),
        _cause(
            context.get("condition"),
            answer.get("errorType"),
            attributes.get("ERROR_CODE"),
            attributes.get("ERROR_MESSAGE") or attributes.get("ErrorMessage"),
        ),
        tried,
        None if event else UNREADABLE,
    )


def _delivery(letter: Letter, attempts: int | None) -> Contents:
    change = change_of(letter)
    return Contents(
        f"{_change(change)} for a webhook" if change else "no delivery of a change",
        order_ids(change.get("orderId")),
        "the endpoint did not take it, however often SNS tried",
        problem=None if change else "only changes can be sent again, not an endpoint's challenge",
    )


def _change(change: Document) -> str:
    return f"version {_word(change.get('version'))} ({_word(change.get('status'))})"


def _word(value: object) -> str:
    text = str(value) if isinstance(value, str | int) else ""
    plain = text.isascii() and all(letter.isalnum() or letter in "_-. " for letter in text)
    return text[:40] if text and plain else "unknown"


def _cause(*parts: object) -> str | None:
    text = ": ".join(str(part) for part in parts if part)
    return text[:LONGEST_CAUSE] or None


def _count(value: object) -> int | None:
    try:
        return int(value) if isinstance(value, str | int) else None
    except ValueError:
        return None


_READERS: Mapping[Way, Callable[[Letter, int | None], Contents]] = {
    Way.MOVE: _moved,
    Way.STREAM: _stream,
    Way.INVOKE: _invocation,
    Way.REPUBLISH: _delivery,
    Way.EVENT: _invocation,
}
