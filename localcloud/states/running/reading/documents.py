"""JSON, and lines of JSON."""

from __future__ import annotations

import json

from localcloud.states.language.scope import ABSENT, Json
from localcloud.states.running.reading.failure import Unreadable

NOT_ITERABLE = "Attempting to map over non-iterable node."


def json_items(text: str, pointer: str = "", most: int | None = None) -> list[Json]:
    """Return the items of a JSON array.

    Parameters
    ----------
    pointer
        Where in the document the array is: a JSON Pointer (RFC 6901).

    Raises
    ------
    Unreadable
        There is no array.

    Examples
    --------
    >>> json_items('{"orders": [1, 2, 3]}', "/orders", 2)
    [1, 2]
    """
    try:
        document = json.loads(text)
    except ValueError as error:
        raise Unreadable(f"The JSON file cannot be read: {error}.") from None
    value = resolve(document, pointer)
    if value is ABSENT:
        raise Unreadable(f"The ItemsPointer '{pointer}' leads to no value of the JSON file.")
    if not isinstance(value, list):
        raise Unreadable(NOT_ITERABLE)
    return value if most is None else value[:most]


def resolve(document: Json, pointer: str) -> Json:
    """Return the value at a JSON Pointer; ABSENT where there is none.

    Examples
    --------
    >>> resolve({"a/b": [{"c": 1}]}, "/a~1b/0/c")
    1
    """
    value = document
    for token in pointer.split("/")[1:] if pointer else ():
        name = token.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict):
            value = value.get(name, ABSENT)
        elif isinstance(value, list) and name.isascii() and name.isdigit() and int(name) < len(value):
            value = value[int(name)]
        else:
            return ABSENT
    return value


def line_items(text: str, most: int | None = None) -> list[Json]:
    r"""Return an item for each line of JSON; blank lines are none.

    Raises
    ------
    Unreadable
        A line is no JSON.

    Examples
    --------
    >>> line_items('{"a": 1}\n\n[2]\n')
    [{'a': 1}, [2]]
    """
    items: list[Json] = []
    for number, line in enumerate(text.split("\n"), 1):
        if len(items) == most:
            break
        if not line.strip():
            continue
        try:
            items.append(json.loads(line))
        except ValueError as error:
            raise Unreadable(f"Line {number} of the JSONL file cannot be read: {error}.") from None
    return items
