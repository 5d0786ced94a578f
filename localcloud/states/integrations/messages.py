"""Parts of HTTP requests, and the result that an answer is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from http import HTTPStatus
from urllib.parse import quote, urlencode

from localcloud.states.integrations import metadata, text
from localcloud.states.integrations.transport import TaskReply
from localcloud.states.language.scope import Json


def headers_of(value: Json) -> dict[str, str]:
    """Return headers; those with several values have them on one line.

    Examples
    --------
    >>> headers_of({"X-A": ["1", "2"], "X-B": "b"})
    {'X-A': '1,2', 'X-B': 'b'}
    """
    return {
        name: ",".join(text.text_of(part) for part in (item if isinstance(item, list) else [item]))
        for name, item in (value or {}).items()
    }


def set_default(headers: dict[str, str], name: str, value: str) -> None:
    """Set a header that is not there in any case."""
    if name.lower() not in {header.lower() for header in headers}:
        headers[name] = value


def override(headers: dict[str, str], others: Mapping[str, str]) -> None:
    """Replace headers, whatever their case."""
    names = {name.lower() for name in others}
    for name in [name for name in headers if name.lower() in names]:
        del headers[name]
    headers.update(others)


def with_query(url: str, query: Mapping[str, Json]) -> str:
    """Return an address with parameters.

    Examples
    --------
    >>> with_query("http://x/a?b=1", {"c": ["2", 3], "d": "e f"})
    'http://x/a?b=1&c=2&c=3&d=e%20f'
    """
    if not query:
        return url
    pairs = {
        name: [text.text_of(part) for part in (item if isinstance(item, list) else [item])]
        for name, item in query.items()
    }
    return url + ("&" if "?" in url else "?") + urlencode(pairs, doseq=True, quote_via=quote)


def form_of(value: Json, array_format: str = "INDICES") -> str:
    """Return JSON as a form; fields inside others are named ``a[b]``.

    Parameters
    ----------
    array_format
        How items of an array are named: ``INDICES``, ``REPEAT``, ``BRACKETS`` or ``COMMAS``.

    Examples
    --------
    >>> form_of({"a": {"b": "x y"}})
    'a%5Bb%5D=x%20y'
    >>> form_of({"a": [1, 2]}, "REPEAT")
    'a=1&a=2'
    """
    return urlencode(_pairs(value, array_format, ""), quote_via=quote)


def _pairs(value: Json, array_format: str, name: str) -> list[tuple[str, str]]:
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


def result(reply: TaskReply) -> Json:
    """Return an answer as the result of a task; JSON is read."""
    body: Json = reply.body.decode(errors="replace")
    if "json" in (metadata.header(reply, "content-type") or ""):
        with suppress(ValueError):
            body = json.loads(body)
    try:
        phrase = HTTPStatus(reply.status).phrase
    except ValueError:
        phrase = ""
    return {
        "Headers": {name: [value] for name, value in reply.headers.items()},
        "ResponseBody": body,
        "StatusCode": reply.status,
        "StatusText": phrase,
    }
