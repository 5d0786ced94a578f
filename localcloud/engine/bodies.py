"""The body of the request that is being answered, read once: IAM looks at some before the service does."""

from __future__ import annotations

import json
from typing import Any

_LAST: list[tuple[bytes, Any]] = []


def look_at(body: bytes) -> Any:
    """Return a body as JSON, for reading alone: the service receives the same.

    Raises
    ------
    ValueError, RecursionError
    """
    document = json.loads(body)
    _LAST[:] = [(body, document)]
    return document


def take(body: bytes) -> Any:
    """Return a body as JSON: what was looked at, if it is this body.

    Raises
    ------
    ValueError, RecursionError

    Examples
    --------
    >>> body = b'{"TableName": "orders"}'
    >>> looked_at = look_at(body)
    >>> take(body) is looked_at, take(body) is looked_at, take(body) == looked_at
    (True, False, True)
    """
    last = _LAST.pop() if _LAST else None
    return last[1] if last is not None and last[0] is body else json.loads(body.decode())
