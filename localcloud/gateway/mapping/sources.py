"""Where a mapped parameter's value comes from: ``'text'``, ``method.request.header.X``, ``context.stage``.

Source: "Amazon API Gateway API request and response data mapping reference" in its developer guide.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from localcloud.contracts.mapping_templates import JSON
from localcloud.gateway.mapping.paths import follow, read_path

_LITERAL: Final = re.compile(r"'(?P<text>.*)'", re.DOTALL)
# Names of headers and query parameters hold almost anything.
_REQUEST: Final = re.compile(
    r"(?:method|route)\.request\.(?P<several>multivalue)?(?P<place>path|querystring|header)\.(?P<name>[^\s']+)"
)
_REQUEST_BODY: Final = re.compile(r"(?:method|route)\.request\.body(?:\.(?P<path>.+))?")
_HEADER: Final = re.compile(r"integration\.response\.(?P<several>multivalue)?header\.(?P<name>[^\s']+)")
_ANSWER_BODY: Final = re.compile(r"integration\.response\.body(?:\.(?P<path>.+))?")
_CONTEXT: Final = re.compile(r"context\.(?P<name>[\w.:$-]+)")
_STAGE: Final = re.compile(r"stageVariables\.(?P<name>\w+)")


@dataclass(frozen=True)
class Exchange:
    """A request, and later on the backend's answer to it, as sources and templates look at them.

    Attributes
    ----------
    parameters
        The request's, under ``path``, ``querystring`` and ``header``: of several values the last.
    several
        The same with all values.
    """

    body: str
    parameters: Mapping[str, Mapping[str, str]]
    context: Mapping[str, JSON]
    stage_variables: Mapping[str, str]
    several: Mapping[str, Mapping[str, list[str]]] = field(default_factory=dict)
    answer_headers: Mapping[str, list[str]] = field(default_factory=dict)
    answer_body: str = ""


Source: TypeAlias = Callable[[Exchange], list[str]]
"""Returns a source's values; none where it has nothing."""


def request_source(text: str) -> Source | None:
    """Return what reads a source of a request's parameter; None for one that there is not.

    Examples
    --------
    >>> request_source("'AmazonSQS.SendMessage'")(Exchange("", {}, {}, {}))
    ['AmazonSQS.SendMessage']
    >>> request_source("method.request.body.order.id")(Exchange('{"order": {"id": 7}}', {}, {}, {}))
    ['7']
    >>> request_source("method.request.cookie.X") is None
    True
    """
    if (parameter := _REQUEST.fullmatch(text)) is not None:
        place, name, exact = parameter["place"], parameter["name"], parameter["place"] != "header"
        if parameter["several"]:
            return lambda exchange: _of(exchange.several.get(place, {}), name, exact=exact)
        return lambda exchange: _listed(_of(exchange.parameters.get(place, {}), name, exact=exact))
    if (body := _REQUEST_BODY.fullmatch(text)) is not None:
        path = read_path(body["path"] or "")
        if path is None:
            return None
        return lambda exchange: _listed(follow(exchange.body, path) if path else exchange.body)
    return common_source(text)


def answer_source(text: str) -> Source | None:
    """Return what reads a source of an answer's header; None for one that there is not."""
    if (header := _HEADER.fullmatch(text)) is not None:
        name, several = header["name"], header["several"]
        if several:
            return lambda exchange: _of(exchange.answer_headers, name, exact=False)
        return lambda exchange: _of(exchange.answer_headers, name, exact=False)[-1:]
    if (body := _ANSWER_BODY.fullmatch(text)) is not None:
        path = read_path(body["path"] or "")
        if path is None:
            return None
        return lambda exchange: _listed(follow(exchange.answer_body, path) if path else exchange.answer_body)
    return common_source(text)


def common_source(text: str) -> Source | None:
    """Return what reads a source that requests and answers share; None for one that there is not."""
    if (literal := _LITERAL.fullmatch(text)) is not None:
        value = literal["text"]
        return lambda _: [value]
    if (stage := _STAGE.fullmatch(text)) is not None:
        name = stage["name"]
        return lambda exchange: _listed(exchange.stage_variables.get(name))
    if (context := _CONTEXT.fullmatch(text)) is not None:
        path = context["name"]
        return lambda exchange: _listed(within(exchange.context, path))
    return None


def within(context: Mapping[str, JSON], path: str) -> str | None:
    """Return as text what ``context.PATH`` names; None where there is nothing.

    A name of the context may have dots or colons in it, as claims do: the longest wins.

    Examples
    --------
    >>> within({"authorizer": {"claims": {"custom:a.b": "x"}}}, "authorizer.claims.custom:a.b")
    'x'
    """
    value: JSON = context
    names = path.split(".")
    while names:
        if not isinstance(value, Mapping):
            return None
        for length in range(len(names), 0, -1):
            name = ".".join(names[:length])
            if name in value:
                value, names = value[name], names[length:]
                break
        else:
            return None
    if value is None or isinstance(value, Mapping | list):
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)


def _listed(value: str | list[str] | None) -> list[str]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _of(values: Mapping[str, str] | Mapping[str, list[str]], name: str, *, exact: bool) -> list[str]:
    if exact:
        return _listed(values.get(name))
    lowered = name.lower()
    return next((_listed(value) for key, value in values.items() if key.lower() == lowered), [])
