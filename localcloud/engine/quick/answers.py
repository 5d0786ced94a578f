"""Answers as MiniStack writes them, in less time."""

from __future__ import annotations

import json
from typing import Final

from localcloud.engine.patching import Record, Response

# What was read from JSON is no part of itself: looking for that took a quarter of the time.
_encode: Final = json.JSONEncoder(ensure_ascii=False, check_circular=False).encode


def answered(document: Record) -> Response:
    """Return a document as an answer of DynamoDB's.

    Examples
    --------
    >>> answered({"Count": 0})
    (200, {'Content-Type': 'application/x-amz-json-1.0'}, b'{"Count": 0}')
    """
    return 200, {"Content-Type": "application/x-amz-json-1.0"}, _encode(document).encode()
