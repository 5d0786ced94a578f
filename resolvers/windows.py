"""What Lambda hands to a consumer of a Kinesis stream with tumbling windows, and what it wants back.

A window belongs to one shard. Each invocation of it is given the state that the one before it returned;
the last has `isFinalInvokeForWindow`, and may have no records.

Source: https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-windows.html
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Mapping
from typing import Final, NotRequired, TypedDict

from orders.analytics.counting import Tally
from orders.analytics.memory import require_countable
from orders.events import OrderEvent, parse_order_event

PARTS: Final = 8
"""Parts that the sums are kept in: one for each shard, shared when there are more shards."""


class KinesisData(TypedDict):
    """The part of a record that Kinesis keeps."""

    sequenceNumber: str
    partitionKey: str
    data: str
    approximateArrivalTimestamp: float


class KinesisRecord(TypedDict):
    """A record as Lambda hands it over."""

    eventID: str
    kinesis: KinesisData


class WindowEvent(TypedDict):
    """A batch of a shard's records; what concerns windows is missing where the mapping has none."""

    Records: list[KinesisRecord]
    shardId: NotRequired[str]
    state: NotRequired[Mapping[str, object]]
    isFinalInvokeForWindow: NotRequired[bool]
    isWindowTerminatedEarly: NotRequired[bool]


class TallyState(TypedDict):
    """A window's tally so far."""

    counted: int
    repeated: int
    forgotten: int


def parse_record(record: KinesisRecord) -> OrderEvent:
    """Return the event that a record holds.

    Raises
    ------
    ValueError
        It holds none: `MalformedEvent` is one.
    """
    event = parse_order_event(json.loads(base64.b64decode(record["kinesis"]["data"])))
    require_countable(event)
    return event


def part_of(event: WindowEvent) -> int:
    """Return which part of the sums a shard adds to."""
    shard = event.get("shardId") or next(
        (record["eventID"].partition(":")[0] for record in event["Records"]), ""
    )
    return zlib.crc32(shard.encode()) % PARTS


def ends_window(event: WindowEvent) -> bool:
    """Return whether no more is to come of this window; without windows, each batch is one."""
    if "isFinalInvokeForWindow" not in event:
        return True
    return event["isFinalInvokeForWindow"] or event.get("isWindowTerminatedEarly", False)


def read_state(event: WindowEvent) -> Tally:
    """Return the window's tally before this invocation."""
    state = event.get("state") or {}
    counts = [
        value if isinstance(value := state.get(name), int) else 0 for name in TallyState.__annotations__
    ]
    return Tally(*counts)


def write_state(tally: Tally) -> TallyState:
    """Return the window's tally as state."""
    return {"counted": tally.counted, "repeated": tally.repeated, "forgotten": tally.forgotten}
