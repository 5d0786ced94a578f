"""JSONPath of mapped parameters: ``method.request.body.order.lines[0].sku``.

Source: "Amazon API Gateway API request and response data mapping reference" in its developer guide. A path
names members and items; whatever searches or filters is for templates.
"""

from __future__ import annotations

import json
import re
from typing import Final, TypeAlias

from localcloud.contracts.mapping_templates import JSON

Path: TypeAlias = tuple[str | int, ...]
_STEP: Final = re.compile(
    r"""\.?(?:(?P<name>[^.\[\]'"\s]+)|\[(?:(?P<index>-?\d+)|'(?P<single>[^']*)'|"(?P<double>[^"]*)")\])"""
)


def read_path(text: str) -> Path | None:
    """Return the steps of a path without its ``$``; None for what is none.

    Examples
    --------
    >>> read_path("order.lines[0]['unit price']")
    ('order', 'lines', 0, 'unit price')
    >>> read_path("lines[*]") is None
    True
    """
    text = text.removeprefix("$").removeprefix(".")
    steps: list[str | int] = []
    at = 0
    while at < len(text):
        step = _STEP.match(text, at)
        if step is None or step["name"] == "*" or (step["name"] and at and text[at] != "."):
            return None
        name = next((step[kind] for kind in ("name", "single", "double") if step[kind] is not None), None)
        steps.append(int(step["index"]) if name is None else name)
        at = step.end()
    return tuple(steps)


def follow(document: str, path: Path) -> str | None:
    """Return as text what a path names in a JSON document; None where there is nothing.

    Examples
    --------
    >>> follow('{"lines": [{"sku": "a"}]}', ("lines", 0)), follow("no JSON", ("a",))
    ('{"sku":"a"}', None)
    """
    try:
        value: JSON = json.loads(document)
    except (ValueError, RecursionError):
        return None
    for step in path:
        match value:
            case dict() if isinstance(step, str) and step in value:
                value = value[step]
            case list() if isinstance(step, int) and -len(value) <= step < len(value):
                value = value[step]
            case _:
                return None
    if value is None:
        return None
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"), ensure_ascii=False)
