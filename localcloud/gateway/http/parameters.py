"""Parameter mapping: what a request or an answer of an HTTP API is changed to on its way.

Source: "Transform API requests and responses for HTTP APIs" in API Gateway's developer guide.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from localcloud.gateway.http.events import HttpCall
from localcloud.gateway.requests import JSON

# Names may not be changed: the gateway's own, and what addresses the integration.
_SELECTION: Final = re.compile(
    r"\$\{?(?P<expression>(?:request|response|context|stageVariables)[\w.:\-\[\]]*)\}?"
)
_CHANGE: Final = re.compile(
    r"(?P<how>append|overwrite|remove):(?P<place>header|querystring|path|statuscode)\.?(?P<name>.*)"
)
Select = Callable[[str], "str | None"]


@dataclass(frozen=True)
class Outgoing:
    """A request to an integration, before it is sent."""

    path: str
    query: tuple[tuple[str, str], ...]
    headers: tuple[tuple[str, str], ...]


def problem_of(mapping: Mapping[str, str], places: Iterable[str]) -> str | None:
    """Return the first key that is none of a mapping; None when all are.

    Examples
    --------
    >>> problem_of({"append:header.x": "y"}, ("header",))
    >>> problem_of({"add:header.x": "y"}, ("header",))
    'add:header.x'
    """
    for key in mapping:
        change = _CHANGE.fullmatch(key)
        if change is None or change["place"] not in places:
            return key
    return None


def selected(value: str, select: Select) -> str | None:
    """Return a mapped value; None when it selects what is not there.

    Examples
    --------
    >>> selected("a-${request.header.x}", lambda expression: "b")
    'a-b'
    """
    whole = _SELECTION.fullmatch(value)
    if whole is not None:
        return select(whole["expression"])
    return _SELECTION.sub(lambda match: select(match["expression"]) or "", value)


def request_selector(call: HttpCall, context: Mapping[str, JSON]) -> Select:
    """Return what selects from a request."""

    def select(expression: str) -> str | None:
        place, _, name = expression.partition(".")
        match place:
            case "context":
                return _within(context, name)
            case "stageVariables":
                return call.api.stages[call.stage].get(name)
            case "request":
                return _of_request(call, name)
        return None

    return select


def _of_request(call: HttpCall, name: str) -> str | None:
    place, _, name = name.partition(".")
    match place:
        case "header":
            return call.incoming.lowered.get(name.lower())
        case "querystring":
            values = call.incoming.parameters.get(name)
            return ",".join(values) if values else None
        case "path":
            return call.match.parameters.get(name) if name else call.path
        case "body":
            return _of_body(call.incoming.body, name)
    return None


def _of_body(body: bytes, path: str) -> str | None:
    if not path:
        return body.decode(errors="replace")
    try:
        return _within(json.loads(body), path)
    except (ValueError, RecursionError):
        return None


def response_selector(
    call: HttpCall, context: Mapping[str, JSON], headers: Iterable[tuple[str, str]], body: bytes
) -> Select:
    """Return what selects from an answer."""
    lowered = {name.lower(): value for name, value in headers}
    of_request = request_selector(call, context)

    def select(expression: str) -> str | None:
        place, _, rest = expression.partition(".")
        if place != "response":
            return of_request(expression)
        part, _, name = rest.partition(".")
        if part == "header":
            return lowered.get(name.lower())
        return _of_body(body, name)

    return select


def changed(outgoing: Outgoing, mapping: Mapping[str, str], select: Select) -> Outgoing:
    """Return a request with its mapping applied."""
    for key, value in mapping.items():
        change = _CHANGE.fullmatch(key)
        text = selected(value, select)
        if change is None:
            continue
        if change["place"] == "path":
            outgoing = replace(outgoing, path=outgoing.path if text is None else text)
        elif change["place"] == "header":
            headers = _put(outgoing.headers, change["how"], change["name"], text, exact=False)
            outgoing = replace(outgoing, headers=headers)
        elif change["place"] == "querystring":
            query = _put(outgoing.query, change["how"], change["name"], text, exact=True)
            outgoing = replace(outgoing, query=query)
    return outgoing


def map_response(
    status: int, headers: tuple[tuple[str, str], ...], mapping: Mapping[str, str], select: Select
) -> tuple[int, tuple[tuple[str, str], ...]]:
    """Return an answer's status and headers with their mapping applied."""
    for key, value in mapping.items():
        change = _CHANGE.fullmatch(key)
        text = selected(value, select)
        if change is None:
            continue
        if change["place"] == "statuscode":
            status = int(text) if text and re.fullmatch(r"[1-5]\d\d", text) else status
        elif change["place"] == "header":
            headers = _put(headers, change["how"], change["name"], text, exact=False)
    return status, headers


def _put(
    pairs: tuple[tuple[str, str], ...], how: str, name: str, text: str | None, *, exact: bool
) -> tuple[tuple[str, str], ...]:
    def same(other: str) -> bool:
        return other == name if exact else other.lower() == name.lower()

    others = tuple(pair for pair in pairs if not same(pair[0]))
    if how == "remove":
        return others
    if text is None:  # what is not there changes nothing
        return pairs
    return (*(others if how == "overwrite" else pairs), (name, text))


def _within(value: JSON, path: str) -> str | None:
    for name in re.findall(r"[^.\[\]]+", path):
        if isinstance(value, Mapping):
            value = value.get(name)
        elif isinstance(value, list) and name.isdecimal() and int(name) < len(value):
            value = value[int(name)]
        else:
            return None
    if value is None:
        return None
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
