"""Which route a message goes to: the API's route selection expression, and ``$default`` for the rest."""

from __future__ import annotations

import json
import re
from typing import Final

from localcloud.gateway.requests import JSON

DEFAULT: Final = "$default"
_RESERVED: Final = frozenset({"$connect", "$disconnect", DEFAULT})
_BODY: Final = re.compile(r"\$\{?request\.body\.([\w.\-]+)\}?")


def select_route(expression: str, text: str, routes: frozenset[str]) -> str | None:
    """Return the key of the route that a message goes to; None when there is no route for it.

    Parameters
    ----------
    expression
        Such as ``$request.body.action``.
    text
        The message. What is no JSON object goes to ``$default``, as does a value that no route has.

    Examples
    --------
    >>> select_route("$request.body.action", '{"action":"join"}', frozenset({"join", "$default"}))
    'join'
    >>> select_route("$request.body.action", "hello", frozenset({"join", "$default"}))
    '$default'
    >>> select_route("$request.body.action", "hello", frozenset({"join"})) is None
    True
    """
    key = _value(expression, text)
    if key is not None and key in routes and key not in _RESERVED:
        return key
    return DEFAULT if DEFAULT in routes else None


def _value(expression: str, text: str) -> str | None:
    form = _BODY.fullmatch(expression.strip())
    if form is None:
        return None
    try:
        value: JSON = json.loads(text)
    except (ValueError, RecursionError):
        return None
    for name in form[1].split("."):
        value = value.get(name) if isinstance(value, dict) else None
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, (str, int, float)) else None
