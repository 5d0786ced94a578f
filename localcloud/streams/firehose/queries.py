"""``MetadataExtractionQuery``: the part of JQ that is an object of plain paths.

AWS runs JQ 1.6. Served here is ``{name: .path, ...}`` with paths of members and indexes; everything else is
refused when the stream is created, and by ``check``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from localcloud.streams.firehose.errors import InvalidArgument

Step = str | int
_SURROGATES: Final = re.compile("[\ud800-\udfff]")
_TOKEN: Final = re.compile(r'\s*(?:([A-Za-z_]\w*)|("(?:[^"\\]|\\.)*")|(-?\d+)|([{}\[\]:,.]))')
REFUSED: Final = (
    "MetadataExtractionQuery: the local cloud serves objects of plain paths ({name: .path.to[0].value}), "
    "not all of JQ 1.6"
)


@dataclass(frozen=True)
class Query:
    """The partition keys that a query extracts, each with the path to its value."""

    paths: Mapping[str, tuple[Step, ...]]

    def extract(self, data: bytes) -> dict[str, str]:
        """Return the partition keys of a record.

        Raises
        ------
        ValueError
            The record is no JSON, or a key has no value that can be part of a name.
        """
        try:
            document = json.loads(data)
        except RecursionError:
            raise ValueError("The record is nested too deeply") from None
        return {name: _text(name, _follow(document, path)) for name, path in self.paths.items()}


def parse_query(text: str) -> Query:
    """Read a query.

    Raises
    ------
    InvalidArgument

    Examples
    --------
    >>> parse_query('{shop: .shop.id, "kind": .tags[0]}').extract(b'{"shop": {"id": 7}, "tags": ["new"]}')
    {'shop': '7', 'kind': 'new'}
    """
    tokens = _tokens(text)
    position = 0

    def take(expected: str | None = None) -> str:
        nonlocal position
        if position >= len(tokens) or (expected is not None and tokens[position] != expected):
            raise InvalidArgument(REFUSED)
        position += 1
        return tokens[position - 1]

    def peek() -> str:
        return tokens[position] if position < len(tokens) else ""

    def path() -> tuple[Step, ...]:
        steps: list[Step] = []
        take(".")
        dotted = True
        while True:
            following = peek()
            if following == "[":
                take()
                index = take()
                steps.append(str(json.loads(index)) if index[0] == '"' else _index(index))
                take("]")
            elif dotted and following and (following[0] == '"' or _is_name(following)):
                take()
                steps.append(str(json.loads(following)) if following[0] == '"' else following)
            elif dotted and steps:
                raise InvalidArgument(REFUSED)
            if peek() != "." and peek() != "[":
                break
            dotted = peek() == "."
            if dotted:
                take()
        if not steps:
            raise InvalidArgument(REFUSED)
        return tuple(steps)

    paths: dict[str, tuple[Step, ...]] = {}
    take("{")
    while True:
        name = take()
        name = str(json.loads(name)) if name[0] == '"' else name
        if not _is_name(name):
            raise InvalidArgument(REFUSED)
        take(":")
        paths[name] = path()
        if take() == "}":
            break
        if tokens[position - 1] != ",":
            raise InvalidArgument(REFUSED)
    if position != len(tokens):
        raise InvalidArgument(REFUSED)
    return Query(paths)


def well_formed(text: str) -> str:
    r"""Return a text that can be part of a name or an object: half a surrogate pair is replaced, as JQ does.

    JSON's escapes can say such a half, UTF-8 cannot.

    Examples
    --------
    >>> well_formed("shop \ud83d"), well_formed("caf\u00e9")
    ('shop �', 'café')
    """
    return _SURROGATES.sub("\ufffd", text)


def _tokens(text: str) -> list[str]:
    tokens: list[str] = []
    position = 0
    text = text.strip()
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise InvalidArgument(REFUSED)
        tokens.append(match[0].strip())
        position = match.end()
    return tokens


def _is_name(text: str) -> bool:
    return re.fullmatch(r"[A-Za-z_]\w*", text) is not None


def _index(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise InvalidArgument(REFUSED) from None


def _follow(document: object, path: tuple[Step, ...]) -> object:
    for step in path:
        match document, step:
            case None, _:
                return None
            case dict(), str():
                document = document.get(step)
            case list(), int():
                document = document[step] if -len(document) <= step < len(document) else None
            case _:
                raise ValueError(f"Cannot index {type(document).__name__} with {step!r}")
    return document


def _text(name: str, value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str() if value:
            return well_formed(value)
        case int() | float():
            return json.dumps(value)
    raise ValueError(f"Partition key {name} has no value")
