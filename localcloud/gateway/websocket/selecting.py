"""Selection expressions: which template, or which response, something takes.

Source: "WebSocket selection expressions in API Gateway" in its developer guide.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Final

from localcloud.gateway.definitions.websocket import DEFAULT_KEY, SocketResponse
from localcloud.gateway.errors import MediaTypeRefused
from localcloud.gateway.mapping.definition import Passthrough
from localcloud.gateway.mapping.sources import within
from localcloud.gateway.requests import JSON

Select = Callable[[str], "str | None"]
_NAME: Final = r"(?:request|context|stageVariables|integration|route)\.[\w.\-]+"
_PART: Final = re.compile(rf"\\(?P<escaped>\$)|\$(?P<bare>{_NAME})|\$\{{(?P<braced>{_NAME})\}}")
_APPLICATION_JSON: Final = "application/json"


def selected_key(expression: str, select: Select) -> str:
    r"""Return the key that an expression comes to; what selects nothing is empty.

    Examples
    --------
    >>> selected_key(r"\$default", lambda name: None), selected_key("200", lambda name: None)
    ('$default', '200')
    >>> selected_key("v-${request.body.kind}", {"request.body.kind": "a"}.get)
    'v-a'
    """

    def value(part: re.Match[str]) -> str:
        return part["escaped"] or select(part["bare"] or part["braced"]) or ""

    return _PART.sub(value, expression.strip())


def selector(
    body: str, context: Mapping[str, JSON], variables: Mapping[str, str], status: int | None = None
) -> Select:
    """Return what selects from a message, or from the answer to it."""

    def select(name: str) -> str | None:
        place, _, path = name.partition(".")
        if place == "context":
            return within(context, path)
        if place == "stageVariables":
            return variables.get(path)
        if name == "integration.response.statuscode":
            return None if status is None else str(status)
        if path.startswith("body."):
            try:
                document = json.loads(body)
            except (ValueError, RecursionError):
                return None
            return within(document, path.removeprefix("body.")) if isinstance(document, dict) else None
        return None

    return select


def template_of(
    templates: Mapping[str, str], expression: str, select: Select, passthrough: Passthrough
) -> str | None:
    """Return the template that takes a message; None where it is passed on as it is.

    Raises
    ------
    MediaTypeRefused
        None takes it, and it is not passed on.
    """
    for key in (selected_key(expression, select), DEFAULT_KEY, _APPLICATION_JSON):
        if key in templates:
            return templates[key]
    if passthrough == "WHEN_NO_MATCH" or (passthrough == "WHEN_NO_TEMPLATES" and not templates):
        return None
    raise MediaTypeRefused


def response_of(responses: tuple[SocketResponse, ...], outcome: str | None) -> SocketResponse | None:
    """Return the response to an outcome: a status, or a function's error message; None where none is for it.

    Examples
    --------
    >>> response_of((SocketResponse("$default"), SocketResponse("/4../")), "404").key
    '/4../'
    """
    default: SocketResponse | None = None
    for response in responses:
        if response.key == DEFAULT_KEY:
            default = response
        elif outcome is not None and _matches(response.key, outcome):
            return response
    return default


def _matches(key: str, outcome: str) -> bool:
    try:
        return re.fullmatch(key.removeprefix("/").removesuffix("/"), outcome) is not None
    except re.error:
        return False
