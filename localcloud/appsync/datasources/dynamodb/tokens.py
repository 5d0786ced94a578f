"""``nextToken``: where a query or scan goes on, as an opaque text.

AppSync's own are encrypted, and good for the request that they came from alone; ours carry the table and
the index for the same end.
"""

from __future__ import annotations

import base64
import binascii
import json

from localcloud.appsync.datasources.failures import DataSourceFailure
from localcloud.appsync.definition import JSON


def write_token(scope: str, key: JSON) -> str | None:
    """Return the token of a ``LastEvaluatedKey``; None when there is none."""
    if not key:
        return None
    text = json.dumps([scope, key], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_token(scope: str, token: str) -> JSON:
    """Return the ``ExclusiveStartKey`` of a token.

    Raises
    ------
    DataSourceFailure
        The token is none of ours, or is another table's or index's.
    """
    try:
        padded = token + "=" * (-len(token) % 4)
        parts = json.loads(base64.urlsafe_b64decode(padded.encode("ascii")))
    except (ValueError, binascii.Error):
        parts = None
    if not isinstance(parts, list) or len(parts) != 2 or parts[0] != scope:
        msg = "Invalid pagination token given."
        raise DataSourceFailure(msg, "BadRequestException")
    key: JSON = parts[1]
    return key
