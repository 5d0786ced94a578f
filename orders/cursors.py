"""The cursor of a page of orders: a place in one customer's list, and worthless to other customers.

It holds the place alone: whose list is read comes from the caller's token, so that a forged cursor
could but skip orders of one's own. The check over place and owner catches what was cut, mixed up
or borrowed, before DynamoDB sees it.
"""

from __future__ import annotations

import base64
import re
import zlib

from orders.errors import InvalidRequest
from orders.model import CustomerId, OrderId, Timestamp
from orders.ports import Position

_CHECK = 4
_PLACE = re.compile(
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)#([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})", re.ASCII
)
_TEXT = re.compile(r"[A-Za-z0-9_-]{1,128}")


def write_cursor(position: Position, owner: CustomerId) -> str:
    """Return the cursor that `read_cursor` reads for the same owner."""
    place = f"{position.created_at}#{position.order_id}"
    return base64.urlsafe_b64encode(_check(place, owner) + place.encode()).decode().rstrip("=")


def read_cursor(cursor: str, owner: CustomerId) -> Position:
    """Return the place that a cursor stands for.

    Raises
    ------
    InvalidRequest
        When it is none of this owner's.
    """
    refused = InvalidRequest(
        "must be the nextCursor of a page of your own, unchanged", path="cursor", code="BAD_CURSOR"
    )
    if not _TEXT.fullmatch(cursor):
        raise refused
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        place = raw[_CHECK:].decode("ascii")
    except ValueError:
        raise refused from None
    match = _PLACE.fullmatch(place)
    if match is None or raw[:_CHECK] != _check(place, owner):
        raise refused
    position = Position(Timestamp(match[1]), OrderId(match[2]))
    if write_cursor(position, owner) != cursor:  # base64 has more than one spelling of the same
        raise refused
    return position


def _check(place: str, owner: CustomerId) -> bytes:
    return zlib.crc32(f"{owner}\n{place}".encode()).to_bytes(_CHECK, "big")
