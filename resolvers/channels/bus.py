"""The bus: each change as an event on the shop's EventBridge bus, ten in a call.

What comes of it is the bus's: rules lead the events to whatever wants them (``docs/events.md``).
Source of the protocol: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from orders.adapters.endpoints import service_endpoint
from orders.adapters.http import HttpPool
from orders.adapters.signing import Role, Signer
from orders.errors import PublishFailed
from orders.events import SOURCE, event_document, event_of
from orders.model import OrderStatusChanged
from resolvers.batching import BatchChannel

ENTRIES: Final = 10
"""The most that PutEvents takes."""

_HEADERS: Final = {"content-type": "application/x-amz-json-1.1", "x-amz-target": "AWSEvents.PutEvents"}


class BusChannel(BatchChannel):
    """Puts events on one bus.

    Parameters
    ----------
    bus : str
        Its name or ARN.
    region : str
        The region that it is in.
    role : Role, optional
        Who signs.
    """

    name = "bus"
    deadline = 0.5
    batch_size = ENTRIES

    def __init__(self, bus: str, region: str, role: Role | None = None) -> None:
        self._bus = bus
        self._pool = HttpPool(service_endpoint("events", region))
        self._url = f"{self._pool.origin}{self._pool.path}"
        self._signer = Signer("events", region, role)

    def prepare(self) -> None:
        """Find the role's credentials."""
        self._signer.prepare()

    def publish_batch(
        self, changes: Sequence[OrderStatusChanged], *, deadline: float
    ) -> Mapping[int, Exception]:
        """Put an event for each change; return why some were refused.

        Raises
        ------
        PublishFailed, PublishLate, MalformedEvent
        """
        entries = [self._entry(change) for change in changes]
        body = json.dumps({"Entries": entries}, separators=(",", ":")).encode()
        answer = self._pool.post(body, self._signer.sign(self._url, body, _HEADERS), deadline=deadline)
        try:
            document = json.loads(answer.body)
        except ValueError:
            document = None
        results = document.get("Entries") if answer.status == 200 and isinstance(document, dict) else None
        if not isinstance(results, list) or len(results) != len(changes):
            raise PublishFailed(f"EventBridge answered {answer.status}: {answer.body[:200]!r}")
        return {
            place: PublishFailed(f"EventBridge: {result.get('ErrorCode')}: {result.get('ErrorMessage')}")
            for place, result in enumerate(results)
            if not result.get("EventId")
        }

    def close(self) -> None:
        """Close the connections that are kept."""
        self._pool.close()

    def _entry(self, change: OrderStatusChanged) -> dict[str, object]:
        event = event_of(change)
        entry: dict[str, object] = {
            "EventBusName": self._bus,
            "Source": SOURCE,
            "DetailType": event.type,
            "Detail": json.dumps(event_document(event), separators=(",", ":")),
            # When it was committed, not the time of this call: a replay goes by it.
            "Time": int(datetime.fromisoformat(change.at).timestamp()),
        }
        return entry if change.trace is None else entry | {"TraceHeader": change.trace}
