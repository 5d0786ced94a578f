"""``http:invoke`` and ``apigateway:invoke``: tasks that call an address."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from http import HTTPStatus
from typing import Final
from urllib.parse import quote, urlencode

from localcloud.states.integrations import connections, failures, metadata, text
from localcloud.states.integrations.table import Integration
from localcloud.states.integrations.transport import Reply, Transport
from localcloud.states.language.errors import StatesError
from localcloud.states.language.scope import Json

_FORM: Final = "application/x-www-form-urlencoded"


async def call(entry: Integration, arguments: dict[str, Json], transport: Transport) -> Json:
    """Carry out ``http:invoke`` or ``apigateway:invoke``.

    Raises
    ------
    StatesError
        ``States.Http.StatusCode.404`` or ``ApiGateway.404`` for such a status;
        ``States.Http.Socket`` where there is no answer.
    """
    private = entry.service == "apigateway"
    url = _gateway_url(arguments) if private else str(arguments["ApiEndpoint"])
    query: dict[str, Json] = dict(arguments.get("QueryParameters") or {})
    headers = {
        name: text.text_of(value[0] if isinstance(value, list) and len(value) == 1 else value)
        for name, value in (arguments.get("Headers") or {}).items()
    }
    content = arguments.get("RequestBody")
    if not private:
        place = arguments.get("Authentication") or arguments.get("InvocationConfig") or {}
        if place.get("ConnectionArn"):
            extra = await connections.additions(str(place["ConnectionArn"]), transport)
            headers |= extra.headers
            query |= extra.query
            content = {**(content or {}), **extra.body} if extra.body else content
    body = _body(arguments, headers, content)
    if query:
        pairs = {
            name: [text.text_of(item) for item in (value if isinstance(value, list) else [value])]
            for name, value in query.items()
        }
        url += ("&" if "?" in url else "?") + urlencode(pairs, doseq=True, quote_via=quote)
    try:
        reply = await transport.fetch(str(arguments["Method"]), url, headers, body)
    except OSError as error:
        if private:
            raise failures.client_failure(entry, f"Unable to execute HTTP request: {error}") from error
        raise StatesError("States.Http.Socket", str(error)) from error
    if len(reply.body) > failures.LIMIT_BYTES:
        raise failures.too_large(entry)
    if reply.status >= 400:
        name = "ApiGateway." if private else "States.Http.StatusCode."
        raise StatesError(f"{name}{reply.status}", reply.body.decode(errors="replace") or None)
    return _result(reply)


def _gateway_url(arguments: Mapping[str, Json]) -> str:
    endpoint = str(arguments["ApiEndpoint"]).rstrip("/")
    if "://" not in endpoint:
        endpoint = f"https://{endpoint}"
    parts = [str(arguments[name]).strip("/") for name in ("Stage", "Path") if arguments.get(name)]
    return "/".join([endpoint, *parts])


def _body(arguments: Mapping[str, Json], headers: dict[str, str], content: Json) -> bytes:
    if content is None:
        return b""
    if (arguments.get("Transform") or {}).get("RequestBodyEncoding") == "URL_ENCODED":
        options = arguments["Transform"].get("RequestEncodingOptions") or {}
        _set_default(headers, "Content-Type", _FORM)
        return urlencode(
            _pairs(content, str(options.get("ArrayFormat", "INDICES"))), quote_via=quote
        ).encode()
    _set_default(headers, "Content-Type", "application/json")
    return text.text_of(content).encode()


def _pairs(value: Json, array_format: str, name: str = "") -> list[tuple[str, str]]:
    """Return a form's fields; those inside others are named ``a[b]``.

    Examples
    --------
    >>> _pairs({"a": [1, 2], "b": {"c": "x"}}, "INDICES")
    [('a[0]', '1'), ('a[1]', '2'), ('b[c]', 'x')]
    >>> _pairs({"a": [1, 2]}, "REPEAT"), _pairs({"a": [1]}, "BRACKETS"), _pairs({"a": [1, 2]}, "COMMAS")
    ([('a', '1'), ('a', '2')], [('a[]', '1')], [('a', '1,2')])
    """
    if isinstance(value, dict):
        items = [(f"{name}[{key}]" if name else key, item) for key, item in value.items()]
    elif isinstance(value, list):
        if array_format == "COMMAS":
            return [(name, ",".join(text.text_of(item) for item in value))]
        forms = {"REPEAT": name, "BRACKETS": f"{name}[]"}
        items = [(forms.get(array_format, f"{name}[{place}]"), item) for place, item in enumerate(value)]
    else:
        return [(name, text.text_of(value))]
    return [pair for key, item in items for pair in _pairs(item, array_format, key)]


def _set_default(headers: dict[str, str], name: str, value: str) -> None:
    if name.lower() not in {header.lower() for header in headers}:
        headers[name] = value


def _result(reply: Reply) -> Json:
    headers: dict[str, list[str]] = {}
    for name, value in reply.headers.items():
        headers.setdefault(name, []).append(value)
    body: Json = reply.body.decode(errors="replace")
    if "json" in (metadata.header(reply, "content-type") or ""):
        with suppress(ValueError):
            body = json.loads(body)
    try:
        phrase = HTTPStatus(reply.status).phrase
    except ValueError:
        phrase = ""
    return {"Headers": headers, "ResponseBody": body, "StatusCode": reply.status, "StatusText": phrase}
