"""AWS's event stream encoding: messages of headers and a payload, each with its checksums.

Source of the format: https://smithy.io/2.0/aws/amazon-eventstream.html
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping
from typing import Final

CONTENT_TYPE: Final = "application/vnd.amazon.eventstream"
_STRING: Final = 7  # the type of a header's value


def encode_message(headers: Mapping[str, str], payload: bytes) -> bytes:
    """Return a message.

    Examples
    --------
    >>> message = encode_message({":event-type": "PayloadChunk"}, b"hello")
    >>> len(message) == int.from_bytes(message[:4])
    True
    """
    encoded = b"".join(_header(name.encode(), value.encode()) for name, value in headers.items())
    total = 4 + 4 + 4 + len(encoded) + len(payload) + 4
    prelude = struct.pack(">II", total, len(encoded))
    head = prelude + struct.pack(">I", zlib.crc32(prelude)) + encoded
    return head + payload + struct.pack(">I", zlib.crc32(payload, zlib.crc32(head)))


def encode_event(kind: str, content_type: str, payload: bytes) -> bytes:
    """Return the message of an event."""
    headers = {":event-type": kind, ":content-type": content_type, ":message-type": "event"}
    return encode_message(headers, payload)


def _header(name: bytes, value: bytes) -> bytes:
    return struct.pack(">B", len(name)) + name + struct.pack(">BH", _STRING, len(value)) + value
