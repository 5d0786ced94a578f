"""The response that a backend's answer becomes: chosen by a pattern, its headers and body mapped."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from localcloud.contracts.mapping_templates import JSON, Rendered
from localcloud.gateway.answers import ApiResponse
from localcloud.gateway.errors import BadConfiguration
from localcloud.gateway.mapping.definition import IntegrationResponse
from localcloud.gateway.mapping.outgoing import APPLICATION_JSON, put
from localcloud.gateway.mapping.rendering import Templates
from localcloud.gateway.mapping.sources import Exchange, answer_source

_STATUS: Final = re.compile(r"[1-5]\d\d")


def response_for(responses: Sequence[IntegrationResponse], outcome: str | None) -> IntegrationResponse:
    """Return the response whose pattern an outcome matches, or else the default one.

    Parameters
    ----------
    outcome
        The backend's status, or a function's error message; None where nothing is matched.

    Raises
    ------
    BadConfiguration
        No response is for it.

    Examples
    --------
    >>> responses = [IntegrationResponse(200), IntegrationResponse(404, r".*no such.*")]
    >>> response_for(responses, "no such order").status
    404
    """
    default: IntegrationResponse | None = None
    for response in responses:
        if not response.pattern:
            default = default or response
        elif outcome is not None and re.fullmatch(response.pattern, outcome):
            return response
    if default is None:
        raise BadConfiguration
    return default


def answer_template(templates: Mapping[str, str], accept: str) -> tuple[str, str] | None:
    """Return the type and the template of an answer: as the client accepts, else JSON's, else the first.

    Examples
    --------
    >>> answer_template({"text/xml": "<a/>", "application/json": "{}"}, "text/xml, */*")
    ('text/xml', '<a/>')
    """
    if not templates:
        return None
    accepted = [part.partition(";")[0].strip().lower() for part in accept.split(",")]
    kind = next((each for each in (*accepted, APPLICATION_JSON) if each in templates), next(iter(templates)))
    return kind, templates[kind]


def respond_mapped(response: IntegrationResponse, exchange: Exchange, templates: Templates) -> ApiResponse:
    """Return the answer that a response makes of a backend's.

    Raises
    ------
    BadConfiguration
        Its template fails.
    """
    accept = next(
        (text for name, text in exchange.parameters.get("header", {}).items() if name.lower() == "accept"), ""
    )
    selected = answer_template(response.templates, accept)
    kind = APPLICATION_JSON if selected is None else selected[0]
    rendered = Rendered(exchange.answer_body) if selected is None else templates.answer(selected[1], exchange)
    headers: dict[str, str] = {"Content-Type": kind}
    repeated: list[tuple[str, str]] = []
    for name, text in response.headers.items():
        read = answer_source(text)
        values = [] if read is None else read(exchange)
        if values:
            put(headers, name, values[-1])
            repeated += [(name, value) for value in values[:-1]]
    changed = rendered.response_override.get("header")
    for name, value in changed.items() if isinstance(changed, Mapping) else ():
        put(headers, name, str(value))
    status = _status(rendered.response_override.get("status"), response.status)
    return ApiResponse(status, (*repeated, *headers.items()), rendered.text.encode(errors="replace"))


def _status(override: JSON, default: int) -> int:
    if override is None:
        return default
    return int(str(override)) if _STATUS.fullmatch(str(override)) else 500
