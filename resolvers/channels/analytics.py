"""The stream of changes: each change as an event on the analytics' Kinesis stream, 500 in a call.

The partition key is the order's id: a shard has all of an order, in its order. What comes twice or late all
the same (redelivery, a lost answer) is counted once by the counter (``orders.analytics``).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from orders.adapters.kinesis import RECORDS, KinesisStream, StreamRecord
from orders.events import MalformedEvent, event_document, event_of
from orders.model import OrderStatusChanged
from resolvers.batching import BatchChannel


class AnalyticsChannel(BatchChannel):
    """Puts events on one stream.

    Parameters
    ----------
    stream : KinesisStream
        Takes them.
    """

    name = "analytics"
    deadline = 0.5
    batch_size = RECORDS

    def __init__(self, stream: KinesisStream) -> None:
        self._stream = stream

    def prepare(self) -> None:
        """Find the role's credentials."""
        self._stream.prepare()

    def publish_batch(
        self, changes: Sequence[OrderStatusChanged], *, deadline: float
    ) -> Mapping[int, Exception]:
        """Put an event for each change; return why some were refused.

        Raises
        ------
        PublishFailed, PublishLate
        """
        records: dict[int, StreamRecord] = {}
        refused: dict[int, Exception] = {}
        for place, change in enumerate(changes):
            try:
                event = event_of(change)
            except MalformedEvent as error:
                refused[place] = error
            else:
                data = json.dumps(event_document(event), separators=(",", ":")).encode()
                records[place] = StreamRecord(change.order_id, data)
        if records:
            places = list(records)
            failures = self._stream.put(list(records.values()), deadline=deadline)
            refused |= {places[place]: error for place, error in failures.items()}
        return refused

    def close(self) -> None:
        """Close the connections that are kept."""
        self._stream.close()
