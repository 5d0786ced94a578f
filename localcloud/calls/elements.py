"""A JSON object, read together with the text of a list's elements: what is passed on needs no writing."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from localcloud.calls.documents import JsonDocument, JsonValue

_scan: Final = json.JSONDecoder().raw_decode
_blank: Final = re.compile(r"[ \t\n\r]*").match


def read_elements(text: str, name: str) -> tuple[JsonDocument, list[str]]:
    """Return the object, and the text of each element of its list ``name``.

    Raises
    ------
    ValueError
        The text is no JSON object, or its member ``name`` is no list.

    Examples
    --------
    >>> read_elements('{"n": 1, "all": [{"a": 1}, [2]]}', "all")
    ({'n': 1, 'all': [{'a': 1}, [2]]}, ['{"a": 1}', '[2]'])
    """
    document: JsonDocument = {}
    texts: list[str] = []
    try:
        at = _past(text, _skip(text, 0), "{")
        while text[at] != "}":
            key, at = _scan(text, at)
            at = _past(text, _skip(text, at), ":")
            if key == name:
                document[key], texts, at = _elements(text, at)
            else:
                document[key], at = _scan(text, at)
            at = _skip(text, at)
            if text[at] != "}":
                at = _past(text, at, ",")
        if _skip(text, at + 1) != len(text):
            raise ValueError("there is more after the object")
    except IndexError as error:
        raise ValueError(f"no JSON object: {error}") from None
    return document, texts


def _elements(text: str, at: int) -> tuple[list[JsonValue], list[str], int]:
    values: list[JsonValue] = []
    texts: list[str] = []
    at = _past(text, at, "[")
    while text[at] != "]":
        value, end = _scan(text, at)
        values.append(value)
        texts.append(text[at:end])
        at = _skip(text, end)
        if text[at] != "]":
            at = _past(text, at, ",")
    return values, texts, at + 1


def _skip(text: str, at: int) -> int:
    blank = _blank(text, at)
    return blank.end() if blank else at


def _past(text: str, at: int, expected: str) -> int:
    if text[at] != expected:
        raise ValueError(f"{expected} was expected at {at}")
    return _skip(text, at + 1)
