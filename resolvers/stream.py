"""What a record of the orders table's stream says: which changes of which order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NotRequired, TypedDict

from orders.adapters.attributes import number
from orders.adapters.order_items import STATE, read_state
from orders.model import OrderStatusChanged

if TYPE_CHECKING:
    from orders.adapters.attributes import Item


class StreamData(TypedDict):
    """The part of a record that DynamoDB wrote."""

    SequenceNumber: str
    Keys: Mapping[str, Mapping[str, str]]
    NewImage: NotRequired[Item]
    OldImage: NotRequired[Item]


class StreamRecord(TypedDict):
    """A record of the stream as Lambda hands it over."""

    eventName: str
    dynamodb: StreamData


class StreamEvent(TypedDict):
    """A batch of records, in the order of their shard."""

    Records: list[StreamRecord]


def changes_of(record: StreamRecord) -> tuple[OrderStatusChanged, ...]:
    """Return the changes of status that ``record`` stands for, mostly one, oldest first.

    Contents, deletions (TTL's too) and writes that leave the version alone are no changes.

    Raises
    ------
    MalformedItem
        When a state item cannot be read.
    """
    data = record["dynamodb"]
    image = data.get("NewImage")
    if image is None or data["Keys"]["sk"].get("S") != STATE:
        return ()
    old = data.get("OldImage")
    return read_state(image).changes_after(0 if old is None else number(old, "version"))
