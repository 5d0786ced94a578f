"""API destinations: an HTTP endpoint as a target, with its connection's credentials.

Statuses, headers and time limits are those of "API destinations as targets in Amazon EventBridge".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any, Final

from localcloud.deliveries.events.connections import Authorizations, NotAuthorized, extra_of
from localcloud.deliveries.events.event import Invocation
from localcloud.deliveries.events.failures import NO_RESOURCE, SDK_CLIENT_ERROR, unreached
from localcloud.deliveries.events.interfaces import CloudServices, NoReply, WebReply, WebRequest
from localcloud.deliveries.events.web import http_parameters, with_path, with_query
from localcloud.deliveries.outcomes import Delivered, DeliveryRefused, Outcome, Unavailable

# "Requests to an API destination endpoint must have a maximum client execution timeout of 5 seconds."
SECONDS: Final = 5.0
RATE: Final = 300
FIXED: Final = {
    "User-Agent": "Amazon/EventBridge/ApiDestinations",
    "Range": "bytes=0-1048575",
}
# What no parameter may set.
REMOVED: Final = frozenset(
    {
        *("a-im", "accept-charset", "accept-datetime", "accept-encoding", "cache-control", "connection"),
        *("content-encoding", "content-length", "content-md5", "date", "expect", "forwarded", "from", "host"),
        *("http2-settings", "if-match", "if-modified-since", "if-none-match", "if-range", "range", "referer"),
        *("if-unmodified-since", "max-forwards", "origin", "pragma", "proxy-authorization", "te", "trailer"),
        *("transfer-encoding", "user-agent", "upgrade", "via", "warning"),
    }
)
_AGAIN: Final = frozenset({401, 407, 409, 429})


class ApiDestinations:
    """Sends events to API destinations."""

    def __init__(self, services: CloudServices, authorizations: Authorizations) -> None:
        self._services, self._authorizations = services, authorizations

    def rate(self, arn: str) -> int:
        """Return how many invocations a second an API destination takes."""
        record = self._services.api_destination(arn) or {}
        return int(record.get("InvocationRateLimitPerSecond") or RATE)

    async def send(self, invocation: Invocation, text: str) -> Outcome:
        """Send an event once; with a refused access token once more, with a new one."""
        reply = await self.call(invocation, text)
        return judge(reply) if isinstance(reply, WebReply) else reply

    async def call(self, invocation: Invocation, text: str) -> WebReply | Outcome:
        """Send an event as `send` does, and return the answer; an outcome where none comes."""
        arn = invocation.target.arn.text
        destination = self._services.api_destination(arn)
        if destination is None:
            return DeliveryRefused(f"there is no API destination {arn}", NO_RESOURCE)
        connection = self._services.connection(str(destination.get("ConnectionArn") or ""))
        if connection is None:
            return DeliveryRefused("the connection of the API destination does not exist", NO_RESOURCE)
        if connection.get("ConnectionState") != "AUTHORIZED":
            return Unavailable(f"the connection is {connection.get('ConnectionState')}", SDK_CLIENT_ERROR)
        try:
            reply = await self._send(invocation, text, destination, connection)
            if reply.status in {401, 407} and connection["AuthorizationType"] == "OAUTH_CLIENT_CREDENTIALS":
                reply = await self._send(invocation, text, destination, connection, renew=True)
        except NotAuthorized as error:
            return Unavailable(f"Unable to authorize the connection: {error}", SDK_CLIENT_ERROR)
        except NoReply as error:
            return unreached(error)
        return reply

    async def _send(
        self,
        invocation: Invocation,
        text: str,
        destination: Mapping[str, Any],
        connection: Mapping[str, Any],
        *,
        renew: bool = False,
    ) -> WebReply:
        extra = extra_of((connection.get("AuthParameters") or {}).get("InvocationHttpParameters") or {})
        parameters = http_parameters(invocation)
        # "If the connection has a parameter of the same name, its value is taken."
        url = with_path(str(destination.get("InvocationEndpoint") or ""), parameters.path)
        url = with_query(url, {**parameters.query, **extra.query})
        body = with_members(text, extra.body)
        authorization = await self._authorizations.headers(connection, renew=renew)
        headers = request_headers({**parameters.headers, **extra.headers, **authorization})
        method = str(destination.get("HttpMethod") or "POST").upper()
        return await self._services.fetch(WebRequest(method, url, headers, body.encode()), SECONDS)


def judge(reply: WebReply) -> Outcome:
    """Return what an endpoint's answer means: 401, 407, 409, 429 and 5xx are tried again.

    Examples
    --------
    >>> judge(WebReply(429, {"retry-after": "7"})).after
    7.0
    >>> judge(WebReply(301))
    DeliveryRefused(reason='Unable to invoke ApiDestination endpoint: it answered 301')
    """
    if 200 <= reply.status < 300:
        return Delivered()
    message = f"Unable to invoke ApiDestination endpoint: it answered {reply.status}"
    if reply.status in _AGAIN or reply.status >= 500:
        return Unavailable(message, SDK_CLIENT_ERROR, _retry_after(reply))
    return DeliveryRefused(message, SDK_CLIENT_ERROR)


def request_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Return a request's headers: EventBridge's own, and none of those that it removes."""
    allowed = {name.strip(): value for name, value in headers.items() if name.strip().lower() not in REMOVED}
    if not any(name.lower() == "content-type" for name in allowed):
        allowed["Content-Type"] = "application/json; charset=utf-8"
    return {**allowed, **FIXED}


def with_members(text: str, members: Mapping[str, str]) -> str:
    """Return a JSON object with a connection's members; anything else stays as it is."""
    if not members:
        return text
    try:
        document = json.loads(text)
    except ValueError:
        return text
    return json.dumps({**document, **members}) if isinstance(document, dict) else text


def _retry_after(reply: WebReply) -> float:
    text = reply.headers.get("retry-after", "").strip()
    if text.isdecimal():
        return float(text)
    try:
        moment, now = (parsedate_to_datetime(value) for value in (text, reply.headers.get("date", "")))
        return max(0.0, (moment - now).total_seconds())
    except (ValueError, TypeError):
        return 0.0
