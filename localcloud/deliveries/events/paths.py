"""JSON paths of targets: dots, dashes, letters and digits, array indices and wildcards.

Source: "Amazon EventBridge input transformation", https://docs.aws.amazon.com/eventbridge/latest/userguide/
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Final

_STEP: Final = re.compile(r"""\.([^.\[\]'"*\s]+|\*)|\[(\d+|\*)\]|\[(?:'([^']*)'|"([^"]*)")\]""")
Step = str | int | None
"""A member, an index, or None for each of them."""


@lru_cache(maxsize=1024)
def parse_path(text: str) -> tuple[Step, ...]:
    """Return the steps of a path.

    Raises
    ------
    ValueError
        It is none.

    Examples
    --------
    >>> parse_path("$.detail.items[0].name")
    ('detail', 'items', 0, 'name')
    >>> parse_path("$.detail.*")
    ('detail', None)
    """
    if not text.startswith("$"):
        raise ValueError(f"{text!r} does not begin with $")
    steps: list[Step] = []
    at = 1
    while at < len(text):
        match = _STEP.match(text, at)
        if match is None:
            raise ValueError(f"{text!r} is not a path: {text[at:]!r} is not understood")
        name, index, *quoted = match.groups()
        member = name if name is not None else next((item for item in quoted if item is not None), None)
        if "*" in {name, index}:
            steps.append(None)
        else:
            steps.append(int(index) if index is not None else member)
        at = match.end()
    return tuple(steps)


class Missing(Exception):
    """The event has nothing at a path."""


def find(path: str, document: Any) -> Any:
    """Return what is at a path; with a wildcard in it the list of everything that is there.

    Raises
    ------
    Missing
    ValueError
        It is no path.

    Examples
    --------
    >>> find("$.detail.items[1]", {"detail": {"items": ["a", "b"]}})
    'b'
    >>> find("$.items[*].id", {"items": [{"id": 1}, {"id": 2}]})
    [1, 2]
    """
    steps = parse_path(path)
    values = [document]
    for step in steps:
        values = [inner for value in values for inner in _step(step, value)]
    if None in steps:
        return values
    if not values:
        raise Missing(path)
    return values[0]


def _step(step: Step, value: Any) -> list[Any]:
    if step is None:
        return (
            list(value.values())
            if isinstance(value, dict)
            else list(value)
            if isinstance(value, list)
            else []
        )
    if isinstance(step, int):
        return [value[step]] if isinstance(value, list) and step < len(value) else []
    return [value[step]] if isinstance(value, dict) and step in value else []
