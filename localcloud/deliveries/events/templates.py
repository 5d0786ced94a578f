"""Input templates: text or JSON with placeholders in angle brackets.

Quotes around a placeholder that stands for a text are optional in JSON; inside a text, objects and arrays
lose their quotes, so that the text stays one. Source: "Amazon EventBridge input transformation".
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from localcloud.deliveries.events.paths import Missing, find

RESERVED: Final = (
    *("aws.events.rule-arn", "aws.events.rule-name", "aws.events.event", "aws.events.event.json"),
    "aws.events.event.ingestion-time",
)
_PLACEHOLDER: Final = re.compile(r"<([^<>]*)>")
# A whole string of JSON at once says of a placeholder whether it is inside of one.
_STRING_OR_PLACEHOLDER: Final = re.compile(r'"(?:\\.|[^"\\])*"|<[^<>]*>')
_dense: Final = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


def placeholders(template: str) -> frozenset[str]:
    """Return the names that a template asks for.

    Examples
    --------
    >>> sorted(placeholders('{"id": <id>, "text": "order <id> of <who>"}'))
    ['id', 'who']
    """
    return frozenset(_PLACEHOLDER.findall(template))


def values_of(paths: Mapping[str, str], event: Mapping[str, Any]) -> dict[str, Any]:
    """Return the value of each variable: an event that has none gives an empty text."""
    values: dict[str, Any] = {}
    for name, path in paths.items():
        try:
            values[name] = find(path, event)
        except (Missing, ValueError):
            values[name] = ""
    return values


def render(template: str, values: Mapping[str, Any]) -> str:
    """Return a template with its placeholders filled; one that has no value stays as it is.

    Examples
    --------
    >>> render('{"id": <id>, "text": "order <id>"}', {"id": "o-1"})
    '{"id": "o-1", "text": "order o-1"}'
    >>> render("<n> of <items>", {"n": 2, "items": ["a", "b"]})
    '2 of [a,b]'
    """

    def inside(match: re.Match[str]) -> str:
        if match[1] not in values:
            return match[0]
        value = values[match[1]]
        return value if isinstance(value, str) else _dense(value).replace('"', "")

    def outside(match: re.Match[str]) -> str:
        token = match[0]
        if token.startswith('"'):
            return _PLACEHOLDER.sub(inside, token)
        name = token[1:-1]
        return _dense(values[name]) if name in values else token

    alone = _PLACEHOLDER.fullmatch(template.strip())
    if alone is not None and not isinstance(values.get(alone[1], ""), str):
        return _dense(values[alone[1]])
    if '"' in template or template.lstrip()[:1] in {"{", "["}:
        return _STRING_OR_PLACEHOLDER.sub(outside, template)
    # Without a quote it is plain text.
    return _PLACEHOLDER.sub(inside, template)
