"""Shard iterators, and tokens of lists: what they stand for is in them, sealed, with when they were issued.

So they outlive the process that issued them, as AWS's do, and nothing is kept of them here.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import struct
from email.utils import formatdate
from typing import Any, Final, NamedTuple

from localcloud.streams.kinesis.errors import ExpiredIterator, ExpiredNextToken, InvalidArgument

LIFETIME_MS: Final = 300_000
_HEAD: Final = struct.Struct(">QQQIQ")
_VERSION: Final = 1
_SEAL_BYTES: Final = 16
# It keeps out what comes from elsewhere; it is no secret.
_KEY: Final = b"shard iterators"


class ShardIterator(NamedTuple):
    """A place in a shard.

    Attributes
    ----------
    issued
        When it was issued, in milliseconds since 1970.
    created
        When the stream was created, in milliseconds since 1970.
    shard
        The shard's number.
    position
        The index of the next record.
    """

    stream: str
    issued: int
    created: int
    shard: int
    position: int


def write_iterator(iterator: ShardIterator) -> str:
    """Return an iterator as the API writes it.

    Examples
    --------
    >>> iterator = ShardIterator("orders", 1000, 1, 2, 3)
    >>> read_iterator(write_iterator(iterator), now=2000) == iterator
    True
    """
    head = _HEAD.pack(_VERSION, iterator.issued, iterator.created, iterator.shard, iterator.position)
    body = head + iterator.stream.encode()
    return base64.b64encode(body + _seal(body)).decode()


def read_iterator(text: str, *, now: int) -> ShardIterator:
    """Read an iterator; ``now`` is in milliseconds since 1970.

    Raises
    ------
    InvalidArgument, ExpiredIterator
    """
    try:
        body = _opened(text)
        version, issued, created, shard, position = _HEAD.unpack_from(body)
    except (ValueError, struct.error) as error:
        raise InvalidArgument("Invalid ShardIterator.") from error
    if version != _VERSION or issued > now + LIFETIME_MS:
        raise InvalidArgument("Invalid ShardIterator.")
    if now - issued > LIFETIME_MS:
        raise ExpiredIterator(
            f"Iterator expired. The iterator was created at time {_in_words(issued)} while right now it is "
            f"{_in_words(now)} which is further in the future than the tolerated delay of {LIFETIME_MS} "
            "milliseconds."
        )
    return ShardIterator(body[_HEAD.size :].decode(), issued, created, shard, position)


def write_token(kind: str, members: dict[str, Any], *, now: int) -> str:
    """Return a token that goes on with a list of some kind."""
    body = json.dumps([kind, now, members], separators=(",", ":")).encode()
    return base64.b64encode(body + _seal(body)).decode()


def read_token(kind: str, text: str, *, now: int) -> dict[str, Any]:
    """Read a token of a kind of list.

    Raises
    ------
    InvalidArgument, ExpiredNextToken

    Examples
    --------
    >>> read_token("shards", write_token("shards", {"after": 7}, now=1000), now=2000)
    {'after': 7}
    """
    try:
        written, issued, members = json.loads(_opened(text))
    except ValueError as error:
        raise InvalidArgument("NextToken is invalid.") from error
    if written != kind:
        raise InvalidArgument("NextToken is invalid.")
    if now - issued > LIFETIME_MS:
        raise ExpiredNextToken(f"NextToken has expired. It was created at time {_in_words(issued)}.")
    return dict(members)


def _seal(body: bytes) -> bytes:
    return hmac.digest(_KEY, body, hashlib.sha256)[:_SEAL_BYTES]


def _opened(text: str) -> bytes:
    """Return what a token holds.

    Raises
    ------
    ValueError
        It comes from elsewhere.
    """
    try:
        sealed = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError(str(error)) from error
    body, seal = sealed[:-_SEAL_BYTES], sealed[-_SEAL_BYTES:]
    if not hmac.compare_digest(_seal(body), seal):
        raise ValueError("the seal is another")
    return body


def _in_words(moment: int) -> str:
    """Return a moment as Java prints it.

    Examples
    --------
    >>> _in_words(0)
    'Thu Jan 01 00:00:00 UTC 1970'
    """
    day, date, month, year, time, _ = formatdate(moment / 1000, usegmt=True).replace(",", "").split()
    return f"{day} {month} {date} {time} UTC {year}"
