"""The events of one publish: read from a request, and matched with what a handler makes of them."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field
from typing import Final

from localcloud.appsync.definition import JSON
from localcloud.appsync.events.errors import BadEvents, HandlerBroken, TooManyEvents
from localcloud.appsync.events.hub import MAX_EVENT_BYTES

MAX_EVENTS: Final = 5


@dataclass
class Batch:
    """The events of one publish, by their index, and what becomes of them.

    Attributes
    ----------
    texts
        The events that may be sent, as JSON text.
    errors
        Those that failed, each a status and a message.
    """

    identifiers: list[str]
    texts: dict[int, str] = field(default_factory=dict)
    errors: dict[int, tuple[int, str]] = field(default_factory=dict)

    @property
    def successful(self) -> list[JSON]:
        """Return the events that did not fail, those that a handler held back among them."""
        return [
            {"identifier": identifier, "index": at}
            for at, identifier in enumerate(self.identifiers)
            if at not in self.errors
        ]

    @property
    def failed(self) -> list[JSON]:
        """Return the events that failed."""
        return [
            {
                "identifier": self.identifiers[at],
                "index": at,
                "errorCode": status,
                "errorMessage": message,
            }
            for at, (status, message) in sorted(self.errors.items())
        ]

    def incoming(self) -> list[JSON]:
        """Return the events as ``onPublish`` gets them: ``ctx.events``."""
        return [{"id": self.identifiers[at], "payload": json.loads(text)} for at, text in self.texts.items()]

    def handled(self, value: JSON, where: str) -> list[str]:
        """Return the events to send after ``onPublish`` returned ``value``, in its order.

        Raises
        ------
        HandlerBroken
            When that is no list of events, or names an event that was not published or is named twice.
        """
        if value is None:
            return []
        if not isinstance(value, list):
            raise HandlerBroken(f"{where} must return a list of events or null.")
        positions = {self.identifiers[at]: at for at in self.texts}
        sent: list[str] = []
        for item in value:
            if item is None:
                continue
            at = positions.pop(str(item.get("id")), None) if isinstance(item, dict) else None
            if at is None or not isinstance(item, dict):
                raise HandlerBroken(
                    f"{where} returned {_excerpt(item)}: "
                    "each event must have the id of a published event, once."
                )
            if item.get("error") is not None:
                self.errors[at] = (400, str(item["error"]))
            else:
                sent.append(json.dumps(item.get("payload"), separators=(",", ":"), ensure_ascii=False))
        return sent


def _excerpt(value: JSON) -> str:
    text = json.dumps(value)
    return text if len(text) <= 200 else f"{text[:200]}…"


def read_batch(events: JSON) -> Batch:
    """Return the events of a publish.

    Raises
    ------
    BadEvents
        When there are none or too many, or one is no string.
    """
    if events is None or events == []:
        raise BadEvents("Missing events")
    if not isinstance(events, list):
        raise BadEvents("Expected list or null", error_type="SerializationException")
    if len(events) > MAX_EVENTS:
        raise TooManyEvents(MAX_EVENTS)
    batch = Batch([str(uuid.uuid4()) for _ in events])
    for at, text in enumerate(events):
        if not isinstance(text, str):
            message = "Each event is a string that holds JSON"
            raise BadEvents(message, error_type="SerializationException")
        if len(text.encode(errors="replace")) > MAX_EVENT_BYTES:
            batch.errors[at] = (413, f"The event is over {MAX_EVENT_BYTES} bytes")
        elif _is_json(text):
            batch.texts[at] = text
        else:
            batch.errors[at] = (400, "The event is no valid JSON")
    return batch


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
