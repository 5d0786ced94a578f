"""The form of event patterns; to match events against them is the engine's.

Source: "Amazon EventBridge event patterns", https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html
"""

from __future__ import annotations

import json
from typing import Any, Final

from localcloud.deliveries.events.errors import InvalidPattern

OPERATORS: Final = frozenset(
    {
        *("prefix", "suffix", "anything-but", "numeric", "exists", "cidr"),
        *("equals-ignore-case", "wildcard"),
    }
)


def check_pattern(pattern: object) -> None:
    """Refuse a pattern that EventBridge refuses for its form.

    Parameters
    ----------
    pattern
        As a template or a request has it: an object, or its JSON.

    Raises
    ------
    InvalidPattern

    Examples
    --------
    >>> check_pattern({"source": ["shop"], "$or": [{"detail": {"n": [{"numeric": [">", 1]}]}}, {"id": [""]}]})
    >>> check_pattern('{"source": "shop"}')
    Traceback (most recent call last):
    localcloud.deliveries.events.errors.InvalidPattern: Event pattern is not valid. Reason: "source" must be \
an object or an array
    """
    if isinstance(pattern, str):
        try:
            pattern = json.loads(pattern)
        except (ValueError, RecursionError):
            raise InvalidPattern("Invalid JSON") from None
    if not isinstance(pattern, dict):
        raise InvalidPattern("Filter is not an object")
    _check_fields(pattern)


def _check_fields(fields: dict[str, Any]) -> None:
    for name, value in fields.items():
        if isinstance(value, dict):
            _check_fields(value)
        elif not isinstance(value, list):
            raise InvalidPattern(f'"{name}" must be an object or an array')
        elif name == "$or" and all(isinstance(item, dict) for item in value):
            for item in value:
                _check_fields(item)
        else:
            for item in value:
                _check_rule(item)


def _check_rule(item: object) -> None:
    """Check an element of a field's list: a value, or one operator."""
    if isinstance(item, dict):
        for operator in item:
            if operator not in OPERATORS:
                raise InvalidPattern(f"Unrecognized match type {operator}")
