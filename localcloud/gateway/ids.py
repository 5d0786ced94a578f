"""The ids and times that API Gateway puts into events and headers, in its own forms."""

from __future__ import annotations

import base64
import re
import secrets
import uuid
from datetime import UTC, datetime
from typing import Final

_SHORT: Final = re.compile(r"[A-Za-z0-9_-]{15}=")
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def new_request_id() -> str:
    """Return the id of a request."""
    return str(uuid.uuid4())


def new_short_id() -> str:
    """Return an id as connections, messages and extended request ids have it: ``JC1dgf9yoAMCK-g=``."""
    return base64.urlsafe_b64encode(secrets.token_bytes(11)).decode()


def is_short_id(text: str) -> bool:
    """Return whether ``text`` has the form of a connection's id."""
    return _SHORT.fullmatch(text) is not None


def new_trace_id(now: float) -> str:
    """Return the ``X-Amzn-Trace-Id`` of a request that brought none."""
    return f"Root=1-{int(now):08x}-{secrets.token_hex(12)}"


def log_time(now: float) -> str:
    """Return ``requestTime``, in the form of the Common Log Format.

    Examples
    --------
    >>> log_time(1742085982.3)
    '16/Mar/2025:00:46:22 +0000'
    """
    # Not by `strftime`: the names of months would be the locale's.
    at = datetime.fromtimestamp(now, UTC)
    return f"{at.day:02}/{_MONTHS[at.month - 1]}/{at.year}:{at:%H:%M:%S} +0000"


def claim_time(seconds: float) -> str:
    """Return a token's ``exp`` or ``iat`` as a REST API shows it among the claims.

    Examples
    --------
    >>> claim_time(1488574374)
    'Fri Mar 03 20:52:54 UTC 2017'
    """
    at = datetime.fromtimestamp(seconds, UTC)
    return f"{_DAYS[at.weekday()]} {_MONTHS[at.month - 1]} {at.day:02} {at:%H:%M:%S} UTC {at.year}"


def iso_time(now: float) -> str:
    """Return a moment as ``GET @connections`` returns it."""
    return datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
