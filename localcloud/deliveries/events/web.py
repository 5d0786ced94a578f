"""Targets that are one request over HTTP: GraphQL APIs, REST APIs, and API destinations' endpoints."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from localcloud.deliveries.events.event import Invocation
from localcloud.deliveries.events.failures import (
    ERROR_FROM_TARGET,
    INTERNAL_ERROR,
    INVALID_JSON,
    NO_PERMISSIONS,
    NO_RESOURCE,
    THROTTLING,
)
from localcloud.deliveries.events.interfaces import CloudServices, WebReply, WebRequest
from localcloud.deliveries.events.paths import Missing, find
from localcloud.deliveries.events.services import not_json, place_of
from localcloud.deliveries.outcomes import Delivered, DeliveryRefused, Outcome, Unavailable

SECONDS: Final = 30.0
_dense: Final = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


async def to_graphql(invocation: Invocation, text: str, services: CloudServices) -> Outcome:
    """Send a GraphQL API the target's operation, signed; the input are its variables.

    An answer with ``errors`` is a failure, and final: the mutation may have done a part of its work.
    """
    broken = not_json(text)
    if broken is not None:
        return broken
    variables = json.loads(text)
    if not isinstance(variables, dict):
        return DeliveryRefused("the variables of a GraphQL operation are a JSON object", INVALID_JSON)
    place, arn = place_of(invocation), invocation.target.arn
    url = services.graphql_url(place, arn.resource.rpartition("/")[2])
    if url is None:
        return DeliveryRefused(f"there is no GraphQL API {arn.text}", NO_RESOURCE)
    operation = invocation.target.parameter("AppSyncParameters", "GraphQLOperation")
    body = _dense({"query": operation, "variables": variables}).encode()
    request = services.signed(place, "appsync", WebRequest("POST", url, _headers(invocation), body))
    return _graphql(await services.fetch(request, SECONDS))


def _graphql(reply: WebReply) -> Outcome:
    try:
        document = json.loads(reply.body or b"{}")
    except ValueError:
        document = {}
    errors = document.get("errors") if isinstance(document, dict) else None
    first = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}
    message = f"AppSync answered {reply.status}: {first.get('message') or 'no reason'}"
    kind = str(first.get("errorType") or "")
    if reply.status in {401, 403} or "Unauthorized" in kind:
        return DeliveryRefused(message, NO_PERMISSIONS)
    if reply.status == 429:
        return Unavailable(message, THROTTLING)
    if reply.status >= 500:
        return Unavailable(message, INTERNAL_ERROR)
    return DeliveryRefused(message, ERROR_FROM_TARGET) if reply.status >= 300 or errors else Delivered()


async def to_gateway(invocation: Invocation, text: str, services: CloudServices) -> Outcome:
    """Send a request to a method of a REST API: ``API/STAGE/METHOD/PATH`` in the target's ARN."""
    api, stage, method, path = (*invocation.target.arn.resource.split("/", 3), "", "", "")[:4]
    parameters = http_parameters(invocation)
    url = with_path(f"{services.api_url(api)}/{stage}/{path}", parameters.path)
    url = with_query(url, parameters.query)
    verb = "POST" if method == "*" else method.upper()
    headers = {**_headers(invocation), **parameters.headers}
    body = b"" if verb in {"GET", "HEAD"} else text.encode()
    request = services.signed(place_of(invocation), "execute-api", WebRequest(verb, url, headers, body))
    reply = await services.fetch(request, SECONDS)
    return judged(reply, f"API Gateway answered {reply.status}")


def judged(reply: WebReply, message: str) -> Outcome:
    """Return what the status of an API means."""
    if 200 <= reply.status < 300:
        return Delivered()
    if reply.status == 429:
        return Unavailable(message, THROTTLING)
    if reply.status >= 500:
        return Unavailable(message, ERROR_FROM_TARGET)
    if reply.status in {401, 403}:
        return DeliveryRefused(message, NO_PERMISSIONS)
    return DeliveryRefused(message, NO_RESOURCE if reply.status == 404 else ERROR_FROM_TARGET)


class HttpParameters:
    """What a target adds to a request: each value is fixed, or a path into the event."""

    def __init__(self, document: Mapping[str, Any], event: Mapping[str, Any]) -> None:
        self.path = [_value(str(item), event) for item in document.get("PathParameterValues") or ()]
        self.headers = _values(document.get("HeaderParameters") or {}, event)
        self.query = _values(document.get("QueryStringParameters") or {}, event)


def http_parameters(invocation: Invocation) -> HttpParameters:
    """Return a target's ``HttpParameters`` for an event."""
    return HttpParameters(invocation.target.parameters.get("HttpParameters") or {}, invocation.event)


def with_path(url: str, values: list[str]) -> str:
    """Return an address with its wildcards filled, in order.

    Examples
    --------
    >>> with_path("http://127.0.0.1:9/orders/*/items/*", ["o 1", "2"])
    'http://127.0.0.1:9/orders/o%201/items/2'
    """
    parts = urlsplit(url)
    path = parts.path
    for value in values:
        path = path.replace("*", quote(value, safe=""), 1)
    return urlunsplit(parts._replace(path=path))


def with_query(url: str, values: Mapping[str, str]) -> str:
    """Return an address with more in its query; a name that is there gets the new value.

    Examples
    --------
    >>> with_query("http://127.0.0.1:9/?a=1", {"b": "x y"})
    'http://127.0.0.1:9/?a=1&b=x%20y'
    """
    if not values:
        return url
    parts = urlsplit(url)
    pairs = {**dict(parse_qsl(parts.query, keep_blank_values=True)), **values}
    return urlunsplit(parts._replace(query=urlencode(pairs, quote_via=quote)))


def _values(document: Mapping[str, Any], event: Mapping[str, Any]) -> dict[str, str]:
    return {str(name): _value(str(value), event) for name, value in document.items()}


def _value(text: str, event: Mapping[str, Any]) -> str:
    """Return a parameter's value; a path that leads nowhere gives an empty text."""
    if not text.startswith("$"):
        return text
    try:
        value = find(text, event)
    except ValueError:
        return text
    except Missing:
        return ""
    return value if isinstance(value, str) else _dense(value).replace('"', "")


def _headers(invocation: Invocation) -> dict[str, str]:
    headers = {"Content-Type": "application/json"}
    return headers if invocation.trace is None else {**headers, "X-Amzn-Trace-Id": invocation.trace}
