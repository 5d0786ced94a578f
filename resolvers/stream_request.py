"""What ``stream_events`` reads of API Gateway's event, checked."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from orders.errors import InvalidRequest

MAX_WAIT = 300
"""Seconds that a stream may wait for an order that is not there."""

_WHOLE = re.compile(r"[0-9]{1,4}", re.ASCII)


@dataclass(frozen=True, slots=True)
class StreamRequest:
    """A request for a stream.

    Attributes
    ----------
    resource : str
        The path as the API declares it.
    order_id : str
        Empty where the path has none.
    last_event_id : str
        From the header, which a client that connects again sends; else from the query; else empty.
    wait : int
        Seconds to wait for an order that is not there yet.
    claims : mapping
        What the authorizer verified; empty without one.
    token : str
        As it was shown, without ``Bearer``.
    token_expires : float
        Seconds since 1970; infinite for what is no token.
    """

    resource: str
    order_id: str
    last_event_id: str
    wait: int
    claims: Mapping[str, str] = field(repr=False)
    token: str = field(repr=False)
    token_expires: float


def parse_request(event: Mapping[str, object]) -> StreamRequest:
    """Return what a proxy event asks for.

    Raises
    ------
    InvalidRequest
        With the path of the first fault.
    """
    context = _mapping(event.get("requestContext"))
    query = _mapping(event.get("queryStringParameters"))
    headers = {name.lower(): str(value) for name, value in _mapping(event.get("headers")).items()}
    token = headers.get("authorization", "").removeprefix("Bearer ").strip()
    claims = _mapping(_mapping(context.get("authorizer")).get("claims"))
    return StreamRequest(
        resource=str(event.get("resource")),
        order_id=str(_mapping(event.get("pathParameters")).get("id") or ""),
        last_event_id=headers.get("last-event-id") or str(query.get("lastEventId") or ""),
        wait=_wait(query.get("wait")),
        claims={name: str(value) for name, value in claims.items()},
        token=token,
        token_expires=_expiry(token),
    )


def request_id_of(event: Mapping[str, object]) -> str:
    """Return API Gateway's name of a request: its log has the same."""
    return str(_mapping(event.get("requestContext")).get("requestId") or "")


def _wait(value: object) -> int:
    if value is None:
        return 0
    if not isinstance(value, str) or not _WHOLE.fullmatch(value) or int(value) > MAX_WAIT:
        raise InvalidRequest(f"must be a whole number from 0 to {MAX_WAIT}", path="wait", code="OUT_OF_RANGE")
    return int(value)


def _expiry(token: str) -> float:
    """Return when a verified token ends. The claim that API Gateway hands on is a date in words."""
    try:
        payload = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return float(claims["exp"])
    except (ValueError, LookupError, TypeError):
        return float("inf")


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}
