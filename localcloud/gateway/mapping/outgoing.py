"""The request to a backend: its template's text, and the parameters that are mapped for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote, urlencode

from localcloud.contracts.mapping_templates import JSON, Rendered
from localcloud.gateway.errors import MediaTypeRefused
from localcloud.gateway.mapping.definition import Passthrough
from localcloud.gateway.mapping.sources import Exchange, request_source

APPLICATION_JSON: Final = "application/json"


@dataclass
class Outgoing:
    """A request to a backend, apart from its body.

    Attributes
    ----------
    path
        The values of the path's ``{names}``.
    """

    path: dict[str, str] = field(default_factory=dict)
    query: dict[str, list[str]] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)

    def put_header(self, name: str, value: str) -> None:
        """Set a header: names differ in no case."""
        put(self.headers, name, value)

    def header(self, name: str) -> str:
        """Return a header; an empty text where there is none."""
        lowered = name.lower()
        return next((value for key, value in self.headers.items() if key.lower() == lowered), "")


def put(values: dict[str, str], name: str, value: str) -> None:
    """Set the value of a header, under the spelling that is there."""
    lowered = name.lower()
    spelled = next((key for key in values if key.lower() == lowered), name)
    values[spelled] = value


def media_type(header: str) -> str:
    """Return the type that a ``Content-Type`` names; JSON's where it names none.

    Examples
    --------
    >>> media_type("text/plain; charset=utf-8"), media_type("")
    ('text/plain', 'application/json')
    """
    return header.partition(";")[0].strip().lower() or APPLICATION_JSON


def template_for(templates: Mapping[str, str], passthrough: Passthrough, content_type: str) -> str | None:
    """Return the template that takes a body; None when the body is passed on as it is.

    Raises
    ------
    MediaTypeRefused
        No template takes it, and it is not passed on.
    """
    template = templates.get(media_type(content_type), templates.get("$default"))
    if template is not None or passthrough == "WHEN_NO_MATCH":
        return template
    if passthrough == "WHEN_NO_TEMPLATES" and not templates:
        return None
    raise MediaTypeRefused


def map_parameters(parameters: Mapping[str, str], exchange: Exchange, outgoing: Outgoing) -> None:
    """Add the parameters that are mapped by ``integration.request.PLACE.NAME``."""
    for target, text in parameters.items():
        _, _, place, name = target.split(".", 3)
        read = request_source(text)
        values = [] if read is None else read(exchange)
        if not values:
            continue
        match place:
            case "header":
                outgoing.put_header(name, ",".join(values))
            case "path":
                outgoing.path[name] = values[-1]
            case _:
                outgoing.query[name] = values


def override(outgoing: Outgoing, rendered: Rendered) -> None:
    """Put what a template set in ``$context.requestOverride`` over the parameters that are mapped."""
    for name, text in _items(rendered.request_override.get("header")):
        outgoing.put_header(name, text)
    for name, text in _items(rendered.request_override.get("path")):
        outgoing.path[name] = text
    for name, text in _items(rendered.request_override.get("querystring")):
        outgoing.query[name] = [text]


def _items(values: JSON) -> list[tuple[str, str]]:
    return [(name, str(value)) for name, value in values.items()] if isinstance(values, Mapping) else []


def filled(url: str, outgoing: Outgoing, safe: str = "") -> str:
    """Return an address with the path's names in it, and the query behind it.

    Parameters
    ----------
    safe
        What a name's value may hold as it is; a greedy parameter's has slashes.

    Examples
    --------
    >>> filled("http://h/{a}", Outgoing({"a": "x/y"}, {"q": ["1", "2"]}))
    'http://h/x%2Fy?q=1&q=2'
    """
    for name, value in outgoing.path.items():
        url = url.replace(f"{{{name}}}", quote(value, safe=safe)).replace(f"{{{name}+}}", quote(value))
    query = urlencode(outgoing.query, doseq=True)
    return url if not query else f"{url}{'&' if '?' in url else '?'}{query}"
