"""Where a mapped parameter's value comes from: ``'text'``, ``method.request.header.X``, ``context.stage``.

Source: "Amazon API Gateway API request and response data mapping reference" in its developer guide.
Parts of a body by JSONPath, and parameters with several values, are left to templates here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from localcloud.mapping import JSON

_NAME: Final = r"[\w.$-]+"
_LITERAL: Final = re.compile(r"'(?P<text>.*)'", re.S)
_REQUEST: Final = re.compile(rf"method\.request\.(?P<place>path|querystring|header)\.(?P<name>{_NAME})")
_HEADER: Final = re.compile(rf"integration\.response\.header\.(?P<name>{_NAME})")
_CONTEXT: Final = re.compile(rf"context\.(?P<name>{_NAME})")
_STAGE: Final = re.compile(r"stageVariables\.(?P<name>\w+)")


@dataclass(frozen=True)
class Exchange:
    """A request, and later on the service's answer to it, as sources look at them.

    Attributes
    ----------
    parameters
        The request's, under ``path``, ``querystring`` and ``header``.
    """

    body: str
    parameters: Mapping[str, Mapping[str, str]]
    context: Mapping[str, JSON]
    stage_variables: Mapping[str, str]
    answer_headers: Mapping[str, str]
    answer_body: str = ""


Source: TypeAlias = Callable[[Exchange], str | None]


def request_source(text: str) -> Source | None:
    """Return what reads a source of a request's parameter; None for one that there is not.

    Examples
    --------
    >>> request_source("'AmazonSQS.SendMessage'")(Exchange("", {}, {}, {}, {}))
    'AmazonSQS.SendMessage'
    >>> request_source("method.request.multivalueheader.X") is None
    True
    """
    if (found := _REQUEST.fullmatch(text)) is not None:
        place, name = found["place"], found["name"]
        return lambda exchange: _of(exchange.parameters.get(place, {}), name, exact=place != "header")
    if text == "method.request.body":
        return lambda exchange: exchange.body
    return _common(text)


def answer_source(text: str) -> Source | None:
    """Return what reads a source of an answer's header; None for one that there is not."""
    if (found := _HEADER.fullmatch(text)) is not None:
        name = found["name"]
        return lambda exchange: _of(exchange.answer_headers, name, exact=False)
    if text == "integration.response.body":
        return lambda exchange: exchange.answer_body
    return _common(text)


def _common(text: str) -> Source | None:
    if (found := _LITERAL.fullmatch(text)) is not None:
        literal = found["text"]
        return lambda _: literal
    if (found := _STAGE.fullmatch(text)) is not None:
        variable = found["name"]
        return lambda exchange: exchange.stage_variables.get(variable)
    if (found := _CONTEXT.fullmatch(text)) is not None:
        path = found["name"].split(".")
        return lambda exchange: _within(exchange.context, path)
    return None


def _of(values: Mapping[str, str], name: str, *, exact: bool) -> str | None:
    if exact:
        return values.get(name)
    return next((value for key, value in values.items() if key.lower() == name.lower()), None)


def _within(value: JSON, path: list[str]) -> str | None:
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    if value is None or isinstance(value, Mapping | list):
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)
