"""Gateway responses: how an API words what API Gateway answers by itself.

Source: "Gateway responses for REST APIs in API Gateway" in its developer guide. Their templates are filled
in, and not run by Velocity.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Final

from localcloud.contracts.mapping_templates import JSON
from localcloud.gateway.errors import GatewayRefused
from localcloud.gateway.mapping.sources import Exchange, request_source, within
from localcloud.gateway.rules.definition import GatewayResponse

DEFAULT_TEMPLATE: Final = '{"message":$context.error.messageString}'
_VARIABLE: Final = re.compile(
    r"\$(?:\{(?P<braced>(?:context|stageVariables)\.[\w.:-]+)\}|(?P<plain>(?:context|stageVariables)(?:\.[\w:-]+)+))"
)


def customize(
    problem: GatewayRefused, responses: Mapping[str, GatewayResponse], exchange: Callable[[], Exchange]
) -> None:
    """Give a refusal the status, headers and body that an API has for it; nothing where it has none.

    Parameters
    ----------
    exchange
        Returns the request that is refused.
    """
    family = "DEFAULT_4XX" if problem.status < 500 else "DEFAULT_5XX"
    response = responses.get(problem.response_type) or responses.get(family)
    if response is None:
        return
    request = exchange()
    request = Exchange(
        body=request.body,
        parameters=request.parameters,
        context={**request.context, "error": _error(problem)},
        stage_variables=request.stage_variables,
        several=request.several,
    )
    kind, text = _template(response, request)
    headers = {} if kind is None else {"Content-Type": kind}
    for name, source in response.headers.items():
        read = request_source(source)
        values = [] if read is None else read(request)
        if values:
            headers[name] = values[-1]
    problem.headers = headers
    if response.status is not None:
        problem.status = response.status
    if text is not None:
        problem.text = fill(text, request, "").encode(errors="replace")


def fill(text: str, exchange: Exchange, missing: str) -> str:
    """Return a text with ``$context.X`` and ``$stageVariables.X`` in it replaced.

    Parameters
    ----------
    missing
        What stands for a variable that has no value.

    Examples
    --------
    >>> request = Exchange("", {}, {"error": {"messageString": '"No"'}}, {"a": "1"})
    >>> fill('{"m": $context.error.messageString, "a": ${stageVariables.a}}', request, "")
    '{"m": "No", "a": 1}'
    """

    def value(match: re.Match[str]) -> str:
        place, _, name = (match["braced"] or match["plain"]).partition(".")
        if place == "stageVariables":
            return exchange.stage_variables.get(name, missing)
        text = within(exchange.context, name)
        return missing if text is None else text

    return _VARIABLE.sub(value, text)


def _error(problem: GatewayRefused) -> dict[str, JSON]:
    message = problem.message
    return {
        "message": message,
        "messageString": json.dumps(message),
        "responseType": problem.response_type,
        "validationErrorString": problem.details,
    }


def _template(response: GatewayResponse, request: Exchange) -> tuple[str | None, str | None]:
    """Return the type and the text of a template; neither where the answer's own body stays."""
    templates = response.templates
    if not templates or templates == {"application/json": DEFAULT_TEMPLATE}:
        return None, None
    accept = next(
        (value for name, value in request.parameters.get("header", {}).items() if name.lower() == "accept"),
        "",
    )
    accepted = [part.partition(";")[0].strip().lower() for part in accept.split(",")]
    kind = next(
        (each for each in (*accepted, "application/json") if each in templates), next(iter(templates))
    )
    return kind, templates[kind]
