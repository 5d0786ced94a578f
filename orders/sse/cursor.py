"""The event id of a stream of all of a customer's orders: what resumes it elsewhere.

It holds a time and the versions sent of single orders: of those that are open, and of those that ended
less than `OVERLAP` before that time. An order that is not in it and did not change since was sent to its
end, so the list stays as short as the customer's open orders are few. Clocks of those who write orders
and of those who stream them may differ by as much as `OVERLAP`.

Like a page's cursor it is worth nothing to others: whose orders are read comes from the caller's token.
"""

from __future__ import annotations

import base64
import re
import uuid
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from orders.errors import InvalidRequest
from orders.model import CustomerId, OrderId, Timestamp, timestamp

OVERLAP = timedelta(seconds=60)
MOST = 100
"""Orders in a cursor: it travels in a header, and API Gateway takes some 10 KB of headers in all."""

_FORM = b"\x01"
_CHECK, _TIME, _ENTRY = 4, 6, 17
_TEXT = re.compile(r"[A-Za-z0-9_-]{1,2400}")


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a stream has come.

    Attributes
    ----------
    at : Timestamp
        When the orders were last read: what changed later and is not in ``versions`` was not sent.
    versions : mapping
        What was sent of single orders, at most `MOST`.
    """

    at: Timestamp
    versions: Mapping[OrderId, int] = field(default_factory=dict)

    @property
    def since(self) -> Timestamp:
        """Orders that changed no later than this, and have no version here, were sent to their end."""
        return timestamp(datetime.fromisoformat(self.at) - OVERLAP)


def write_cursor(cursor: Cursor, owner: CustomerId) -> str:
    """Return the text that `read_cursor` reads for the same owner.

    Examples
    --------
    >>> write_cursor(Cursor(Timestamp("2026-11-30T00:00:00.000Z")), CustomerId("ada"))
    'FN4nvgEBmtIvUAA'
    """
    moment = datetime.fromisoformat(cursor.at)
    body = bytearray(_FORM)
    body += round(moment.timestamp() * 1000).to_bytes(_TIME, "big")
    for order_id, version in cursor.versions.items():
        body += uuid.UUID(order_id).bytes + min(version, 255).to_bytes(1, "big")
    raw = bytes(body)
    return base64.urlsafe_b64encode(_check(raw, owner) + raw).decode().rstrip("=")


def read_cursor(text: str, owner: CustomerId) -> Cursor:
    """Return how far a stream had come.

    Raises
    ------
    InvalidRequest
        When it is none of this owner's.
    """
    refused = InvalidRequest(
        "must be the id of an event of this stream", path="Last-Event-ID", code="BAD_EVENT_ID"
    )
    if not _TEXT.fullmatch(text):
        raise refused
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except ValueError:
        raise refused from None
    body = raw[_CHECK:]
    entries = body[len(_FORM) + _TIME :]
    if body[:1] != _FORM or raw[:_CHECK] != _check(body, owner) or len(entries) % _ENTRY:
        raise refused
    try:
        moment = datetime.fromtimestamp(int.from_bytes(body[1 : 1 + _TIME], "big") / 1000, UTC)
        # A moment before which there is no time to go back to is none of ours.
        cursor = Cursor(timestamp(moment), dict(_entries(entries)))
        _ = cursor.since
    except (ValueError, OverflowError, OSError):
        raise refused from None
    return cursor


def _entries(raw: bytes) -> list[tuple[OrderId, int]]:
    starts = range(0, len(raw), _ENTRY)
    return [(OrderId(str(uuid.UUID(bytes=raw[n : n + 16]))), raw[n + 16]) for n in starts]


def _check(body: bytes, owner: CustomerId) -> bytes:
    return zlib.crc32(owner.encode() + b"\n" + body).to_bytes(_CHECK, "big")
