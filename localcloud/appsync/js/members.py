"""Members that AppSync's library does not have, in the words of the TypeScript compiler.

What is followed is what a file does with the library: its names, also under another one; a name for a part
of it (``const { time } = util``, ``const clock = util.time``); and a whole module (``* as ddb``). A name
that the file declares twice may be something else, and is left alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from localcloud.appsync.js.code import Code
from localcloud.appsync.js.libraries import EXTENSIONS, LIBRARIES, OBJECT, RUNTIME, TYPES, UTIL
from localcloud.appsync.js.scanner import ScriptToken

Problem = tuple[ScriptToken, str, str]

_DOTS: Final = frozenset({".", "?."})
_ROOTS: Final = {"util": "Util", "extensions": "Extensions", "runtime": "Runtime"}
_MEMBERS: Final[Mapping[str, frozenset[str]]] = {
    "Util": UTIL["Util"],
    "Extensions": EXTENSIONS,
    "Runtime": RUNTIME,
    **{kind: UTIL[group] for group, kind in TYPES.items()},
    **{f'typeof import("{library}")': names for library, names in LIBRARIES.items()},
}


def unknown_members(code: Code) -> Iterator[Problem]:
    """Yield each member that the library does not have, with TypeScript's number and words."""
    kinds = dict(_imported(code))
    declared = code.declarations()
    for name, kind in _ROOTS.items():
        if not declared[name]:
            kinds.setdefault(name, kind)
    for at, token in enumerate(code.tokens):
        if token.kind != "name" or token.text not in kinds or _is_part(code, at):
            continue
        yield from _chain(code, at, kinds[token.text])
        yield from _destructured(code, at, kinds[token.text])
        # What it is called from here on.
        kinds.update(
            (name, kind) for name, kind in _named(code, at, kinds[token.text]) if declared[name] == 1
        )


def _is_part(code: Code, at: int) -> bool:
    """Say whether a name is a member's or a key's, and not the object itself."""
    before, after = code.text(at - 1), code.text(at + 1)
    return before in _DOTS or (after == ":" and before in {"{", ","})


def _imported(code: Code) -> Iterator[tuple[str, str]]:
    """Yield what the file calls the library's objects and modules, and their types."""
    for at, token in enumerate(code.tokens):
        if token.text != "import" or token.depth != 0:
            continue
        end = at + 1
        while end < len(code.tokens) and code.tokens[end].kind != "string":
            end += 1
        library = code.text(end).strip("'\"")
        for index in range(at + 1, end):
            name, alias = code.text(index), index + (2 if code.text(index + 1) == "as" else 0)
            if code.text(index - 1) == "as":
                continue
            if name == "*" and library in LIBRARIES:
                yield code.text(alias), f'typeof import("{library}")'
            elif name in _ROOTS and library == "@aws-appsync/utils":
                yield code.text(alias), _ROOTS[name]


def _inner(kind: str, member: str) -> str | None:
    """Return the type of a member that has members of its own."""
    if kind == "Util":
        return TYPES.get(member)
    return _ROOTS.get(member) if kind == 'typeof import("@aws-appsync/utils")' else None


def _chain(code: Code, at: int, kind: str) -> Iterator[Problem]:
    """Check ``util.time.nowISO8601``, from its first name on."""
    inner: str | None = kind
    while inner is not None and code.text(at + 1) in _DOTS:
        at += 2
        if code.tokens[at].kind != "name":
            return  # a computed member: ``?.[…]``
        yield from _missing(code.tokens[at], inner)
        inner = _inner(inner, code.text(at))


def _missing(token: ScriptToken, kind: str) -> Iterator[Problem]:
    if token.text not in _MEMBERS[kind] | OBJECT:
        yield token, "TS2339", f"Property '{token.text}' does not exist on type '{kind}'."


def _value(code: Code, at: int, kind: str) -> str | None:
    """Return the type of ``util`` or ``util.time`` where that alone is a declaration's value."""
    while code.text(at + 1) in _DOTS:
        inner = _inner(kind, code.text(at + 2))
        if inner is None:
            return None
        at, kind = at + 2, inner
    return None if code.text(at + 1) in {"(", "[", "`"} else kind


def _destructured(code: Code, at: int, kind: str) -> Iterator[Problem]:
    value = _value(code, at, kind)
    if value is not None:
        for index in _keys(code, at):
            yield from _missing(code.tokens[index], value)


def _named(code: Code, at: int, kind: str) -> Iterator[tuple[str, str]]:
    """Yield the names that a declaration gives to the object before it, or to its parts."""
    value = _value(code, at, kind)
    if value is None or code.text(at - 1) != "=":
        return
    if code.text(at - 3) == "const":
        yield code.text(at - 2), value
    for index in _keys(code, at):
        inner = _inner(value, code.text(index))
        if inner is not None:
            yield code.text(index + 2 if code.text(index + 1) == ":" else index), inner


def _keys(code: Code, at: int) -> Iterator[int]:
    """Yield where the keys are of ``const { a, b: c } =``, before the name at ``at``."""
    if code.text(at - 1) != "=" or code.text(at - 2) != "}":
        return
    opening = at - 3
    while opening > 0 and not (code.text(opening) == "{" and code.closing(opening) == at - 2):
        opening -= 1
    if code.text(opening - 1) != "const":
        return
    depth = code.tokens[opening].depth + 1
    for index in range(opening + 1, at - 2):
        token = code.tokens[index]
        if token.kind == "name" and token.depth == depth and code.text(index - 1) in {"{", ","}:
            yield index
