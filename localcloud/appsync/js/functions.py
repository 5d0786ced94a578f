"""The restrictions on functions: no recursion, and functions are no values.

A name counts as a function only where the file declares it once, as one: minified bundles use the same
short names for many things.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from localcloud.appsync.js.code import Code
from localcloud.appsync.js.scanner import ScriptToken

Violation = tuple[ScriptToken, str, str]
"""Where a rule is broken, which, and what to say."""

_STATEMENTS: Final = frozenset({"const", "let", "var", "function", "export", "return", "if", "for", "switch"})
_PASSING: Final = "no-function-passing"
_ENDS: Final = frozenset({";", ",", "}", ""})


@dataclass(frozen=True)
class NamedFunction:
    """A function that has a name, and the tokens of its body."""

    name: str
    body: range


def _end_of_expression(code: Code, start: int) -> int:
    depth = code.tokens[start].depth if start < len(code.tokens) else 0
    for at in range(start, len(code.tokens)):
        token = code.tokens[at]
        if token.depth < depth or (token.depth == depth and token.text in {";", ","}):
            return at
        if at > start and token.depth == depth and token.text in _STATEMENTS and token.kind == "name":
            return at
    return len(code.tokens)


def _body(code: Code, start: int) -> range:
    if code.text(start) == "{":
        return range(start, code.closing(start))
    return range(start, _end_of_expression(code, start))


def _literal(code: Code, at: int) -> int | None:
    """Return where the body of the function that is written at ``at`` begins; None where none is."""
    if code.text(at) == "function":
        opening = at + 1 if code.text(at + 1) == "(" else at + 2
        return code.closing(opening) + 1 if code.text(opening) == "(" else None
    if code.text(at) == "(" and code.text(code.closing(at) + 1) == "=>":
        return code.closing(at) + 2
    if code.text(at + 1) == "=>" and code.tokens[at].kind == "name":
        return at + 2
    return None


def named_functions(code: Code) -> dict[str, NamedFunction]:
    """Return the functions of a file whose names mean nothing else in it."""
    counts = code.declarations()
    functions: dict[str, NamedFunction] = {}
    for at, token in enumerate(code.tokens):
        name = code.text(at + 1)
        if token.kind != "name" or counts[name] != 1:
            continue
        begins: int | None = None
        if token.text == "function" and code.text(at + 2) == "(":
            begins = _literal(code, at)
        elif token.text in {"const", "let", "var"} and code.text(at + 2) == "=":
            begins = _literal(code, at + 3)
        if begins is not None:
            functions[name] = NamedFunction(name, _body(code, begins))
    return functions


def _calls(code: Code, within: range, functions: dict[str, NamedFunction]) -> Iterator[tuple[int, str]]:
    for at in within:
        name = code.text(at)
        if name not in functions or code.text(at + 1) != "(" or code.tokens[at].kind != "name":
            continue
        before = code.text(at - 1)
        method = before in {"{", ","} and code.text(code.closing(at + 1) + 1) == "{"
        if before not in {".", "?.", "function"} and not method:
            yield at, name


def recursions(code: Code, functions: dict[str, NamedFunction]) -> Iterator[Violation]:
    """Find the calls by which a function comes back to itself."""
    calls = {name: list(_calls(code, function.body, functions)) for name, function in functions.items()}
    # Those that call none but these are on no cycle: what is left is little, or wrong.
    remaining = {name for name in calls if calls[name]}
    while finished := {
        name for name in remaining if not any(callee in remaining for _, callee in calls[name])
    }:
        remaining -= finished

    def reaches(start: str, goal: str) -> list[str] | None:
        """Return the way from one function to another, both included."""
        ways, visited = [[start]], {start}
        for way in ways:
            if way[-1] == goal:
                return way
            for _, callee in calls[way[-1]]:
                if callee not in visited:
                    visited.add(callee)
                    ways.append([*way, callee])
        return None

    for name in remaining:
        for at, callee in calls[name]:
            if way := reaches(callee, name):
                description = f"{name} calls itself" if len(way) == 1 else f"{' calls '.join([name, *way])}"
                yield code.tokens[at], "no-recursion", f"recursion is not supported: {description}"
                break


def _is_function(code: Code, at: int, end: int, functions: dict[str, NamedFunction]) -> bool:
    return _literal(code, at) is not None or (at + 1 == end and code.text(at) in functions)


def _arguments(code: Code, opening: int) -> Iterator[tuple[int, int]]:
    """Yield where each argument of a call begins and ends."""
    end, depth = code.closing(opening), code.tokens[opening].depth + 1
    start = opening + 1
    for at in range(opening + 1, end):
        if code.text(at) == "," and code.tokens[at].depth == depth:
            yield start, at
            start = at + 1
    if start < end:
        yield start, end


def _ends_statement(code: Code, at: int) -> bool:
    """Return whether an expression that ends before ``at`` is whole."""
    if code.text(at) in _ENDS:
        return True
    after, before = code.tokens[at], code.tokens[at - 1]
    return after.line > before.line and after.kind == "name"


def passed_functions(code: Code, functions: dict[str, NamedFunction]) -> Iterator[Violation]:
    """Find functions given to a function of the file, or to a text's ``replace``."""
    for at, name in _calls(code, range(len(code.tokens)), functions):
        for start, end in _arguments(code, at + 1):
            if _is_function(code, start, end, functions):
                yield code.tokens[start], _PASSING, f"functions cannot be passed as arguments: to {name}()"
    for at, token in enumerate(code.tokens):
        if token.text in {"replace", "replaceAll"} and code.text(at - 1) == "." and code.text(at + 1) == "(":
            for start, end in _arguments(code, at + 1):
                if _is_function(code, start, end, functions):
                    yield (
                        code.tokens[start],
                        _PASSING,
                        f"functions cannot be passed as arguments: to {token.text}()",
                    )


def functions_as_values(code: Code, functions: dict[str, NamedFunction]) -> Iterator[Violation]:
    """Find functions that are returned, or given a second name."""
    for at, token in enumerate(code.tokens):
        after = at + 1
        if after >= len(code.tokens):
            return
        name = code.text(after) in functions and _ends_statement(code, after + 1)
        returns = token.text == "return" and token.kind == "name" and not code.is_property(at)
        if returns or token.text == "=>":
            if _literal(code, after) is not None or name:
                yield code.tokens[after], "no-function-return", "functions cannot be returned from functions"
        elif token.text == "=" and name:
            message = f"functions cannot be given another name: {code.text(after)}"
            yield code.tokens[after], "no-function-reassign", message
