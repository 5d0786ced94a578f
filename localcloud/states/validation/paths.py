r"""The grammar of JSONPath and of intrinsic functions, as far as creation refuses a text for it.

A scanner, because a regular expression cannot balance the brackets of filters and calls.
"""

from __future__ import annotations

import re
from typing import Final

INTRINSICS: Final = frozenset(
    {
        *("Array", "ArrayContains", "ArrayGetItem", "ArrayLength", "ArrayPartition", "ArrayRange"),
        *("ArrayUnique", "Base64Decode", "Base64Encode", "Format", "Hash", "JsonMerge", "JsonToString"),
        *("MathAdd", "MathRandom", "StringSplit", "StringToJson", "UUID"),
    }
)
_ROOT: Final = re.compile(r"\$\$|\$[A-Za-z_]\w*|\$")
_NAME: Final = re.compile(r"[^\s.\[\]()'\"$@?*,]+")
_CALL: Final = re.compile(r"\s*States\.(\w+)\s*\(")
_LITERAL: Final = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?|true|false|null")
# What may follow a backslash in a text between single quotes.
_ESCAPED: Final = "'{}\\"
_PLAIN_INDEX: Final = re.compile(r"\s*(\*|-?\d+(\s*,\s*-?\d+)*|-?\d*\s*:\s*-?\d*(\s*:\s*-?\d*)?)\s*")
_QUOTED: Final = r"'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\""
_NAMES: Final = re.compile(rf"\s*(?:{_QUOTED})(?:\s*,\s*(?:{_QUOTED}))*\s*", re.DOTALL)
_FILTER: Final = re.compile(r"\s*\?\s*\(.*\)\s*", re.DOTALL)


def is_path_text(text: str) -> bool:
    """Return whether a whole text is a path.

    Examples
    --------
    >>> is_path_text("$.a['b']..c[0:2]"), is_path_text("$.a[]"), is_path_text("$. a")
    (True, False, False)
    """
    return _path(text, 0) == len(text)


def is_call_text(text: str) -> bool:
    r"""Return whether a whole text is a call.

    Examples
    --------
    >>> is_call_text("States.Array(1, 'it\\'s', States.UUID())"), is_call_text("States.Array('\\n')")
    (True, False)
    """
    end = _call(text, 0)
    return end is not None and not text[end:].strip()


def roots(text: str) -> list[str]:
    """Return the names of the variables that a path or a call reads.

    Examples
    --------
    >>> roots("States.Format('$no', $total, $.a, $$.Execution.Id, $order.id)")
    ['total', 'order']
    """
    outside_quotes = re.sub(_QUOTED, "''", text)
    return re.findall(r"(?<![\w$])\$([A-Za-z_]\w*)", outside_quotes)


def _path(text: str, start: int) -> int | None:
    """Return where a path ends; None where none begins."""
    root = _ROOT.match(text, start)
    if root is None:
        return None
    at: int | None = root.end()
    while at is not None and at < len(text) and text[at] in ".[":
        at = _bracket(text, at) if text[at] == "[" else _member(text, at)
    return at


def _member(text: str, at: int) -> int | None:
    at += 2 if text.startswith("..", at) else 1
    if text.startswith("[", at):
        return _bracket(text, at)
    if text.startswith("*", at):
        return at + 1
    name = _NAME.match(text, at)
    if name is None:
        return None
    return name.end() + 2 if text.startswith("()", name.end()) else name.end()


def _bracket(text: str, start: int) -> int | None:
    depth, at, quote = 0, start, ""
    while at < len(text):
        character = text[at]
        if quote:
            if character == "\\":
                at += 1
            elif character == quote:
                quote = ""
        elif character in "'\"":
            quote = character
        elif character in "[(":
            depth += 1
        elif character in "])":
            depth -= 1
            if depth == 0:
                inside = text[start + 1 : at]
                is_simple = any(part.fullmatch(inside) for part in (_PLAIN_INDEX, _NAMES, _FILTER))
                return at + 1 if is_simple and character == "]" else None
        at += 1
    return None


def _call(text: str, start: int) -> int | None:
    opening = _CALL.match(text, start)
    if opening is None or opening[1] not in INTRINSICS:
        return None
    at = _blank(text, opening.end())
    if text.startswith(")", at):
        return at + 1
    while True:
        end = _argument(text, at)
        if end is None:
            return None
        at = _blank(text, end)
        if text.startswith(")", at):
            return at + 1
        if not text.startswith(",", at):
            return None
        at = _blank(text, at + 1)


def _argument(text: str, at: int) -> int | None:
    if text.startswith("'", at):
        return _string(text, at + 1)
    if text.startswith("$", at):
        return _path(text, at)
    literal = _LITERAL.match(text, at)
    return literal.end() if literal is not None else _call(text, at)


def _string(text: str, at: int) -> int | None:
    while at < len(text):
        if text[at] == "'":
            return at + 1
        if text[at] == "\\":
            at += 1
            if at >= len(text) or text[at] not in _ESCAPED:
                return None
        at += 1
    return None


def _blank(text: str, at: int) -> int:
    while at < len(text) and text[at].isspace():
        at += 1
    return at
