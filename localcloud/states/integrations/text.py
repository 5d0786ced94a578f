"""JSON, dates and identifiers as Step Functions writes them."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from email.utils import formatdate
from typing import Final

from localcloud.encodings.identifiers import new_uuid
from localcloud.states.language.scope import Json

# Neither has blanks; results of tasks keep their characters. What states pass on is no part of itself.
compact: Final = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, check_circular=False).encode


def text_of(value: Json) -> str:
    """Return a string as it is and any other value as JSON.

    Examples
    --------
    >>> text_of("a"), text_of({"a": [1]})
    ('a', '{"a":[1]}')
    """
    return value if isinstance(value, str) else compact(value)


def instant(moment: datetime) -> str:
    """Return a moment as results of the SDK hold it.

    Examples
    --------
    >>> instant(datetime(2026, 1, 2, 3, 4, 5, 600_000, UTC))
    '2026-01-02T03:04:05.600Z'
    >>> instant(datetime(2026, 1, 2, 3, 4, 5, 0, UTC))
    '2026-01-02T03:04:05Z'
    """
    moment = moment.astimezone(UTC)
    precision = "milliseconds" if moment.microsecond else "seconds"
    return moment.replace(tzinfo=None).isoformat(timespec=precision) + "Z"


def epoch(text: str) -> float:
    """Return the seconds that a timestamp stands for.

    Examples
    --------
    >>> epoch("1970-01-01T00:01:00Z")
    60.0
    """
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def request_id() -> str:
    """Return a new identifier of a request."""
    return new_uuid()


_date: tuple[int, str] = (0, "")


def date() -> str:
    """Return the Date header of now."""
    global _date  # noqa: PLW0603 - formatting it takes longer than the rest of a reply's metadata
    second = int(time.time())
    if _date[0] != second:
        _date = (second, formatdate(second, usegmt=True))
    return _date[1]
