"""Names that a file uses and does not declare, and members that AppSync's library does not have.

AppSync compiles a file with TypeScript before it takes it, and answers in that compiler's words, such as
``error TS2304: Cannot find name 'x'.`` (seen in amplify-category-api's issue 1348; the file of
serverless-appsync-plugin's issue 619 is refused for such a name).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from localcloud.appsync.js.code import Code
from localcloud.appsync.js.errors import CodeError
from localcloud.appsync.js.members import unknown_members
from localcloud.appsync.js.rules import GLOBALS
from localcloud.appsync.js.scanner import ScriptToken

Violation = tuple[ScriptToken, str, str]

_WORDS: Final = frozenset(
    [
        *("await", "async", "as", "break", "case", "catch", "class", "const", "continue", "debugger"),
        *("default", "delete", "do", "else", "export", "extends", "false", "finally", "for", "from"),
        *("function", "if", "import", "in", "instanceof", "let", "new", "null", "of", "return", "static"),
        *("super", "switch", "this", "throw", "true", "try", "typeof", "var", "void", "while", "with"),
        *("yield", "get", "set", "enum"),
    ]
)
_DECLARED: Final = frozenset(
    [
        *("undefined", "NaN", "Infinity", "JSON", "Math", "Object", "Array", "String", "Number", "Boolean"),
        *("Error", "TypeError", "RangeError", "console", "isNaN", "isFinite", "parseInt", "parseFloat"),
        *("encodeURI", "encodeURIComponent", "decodeURI", "decodeURIComponent", "escape", "unescape"),
        *("arguments", "Promise", "util", "runtime", "extensions"),
    ]
)
_CONTROL: Final = frozenset({"if", "for", "while", "switch", "with", "catch"})


def unknown_names(module: str, tokens: list[ScriptToken]) -> list[CodeError]:
    """Return what TypeScript would not find, by its own numbers, in the order of the lines.

    Parameters
    ----------
    module
        The file's name, for the messages.
    tokens
        Its tokens; what :func:`localcloud.appsync.js.rules.broken_rules` finds in them is not repeated.
    """
    code = Code(tokens)
    errors = [
        CodeError(module, token.line, token.column, rule, message)
        for token, rule, message in (*_undeclared(code), *unknown_members(code))
    ]
    return sorted(errors, key=lambda error: (error.line, error.column))


def _undeclared(code: Code) -> Iterator[Violation]:
    names = _declared(code) | _DECLARED | _WORDS | GLOBALS
    brackets = _brackets(code)
    for at, token in enumerate(code.tokens):
        if token.kind != "name" or token.text in names or "\\" in token.text:
            continue
        if not _is_member(code, at, brackets[at]):
            yield token, "TS2304", f"Cannot find name '{token.text}'."


def _brackets(code: Code) -> list[str]:
    """Return which bracket each token is in."""
    result: list[str] = []
    stack = [""]
    for token in code.tokens:
        opens = token.kind == "punctuator" and token.text in {"(", "[", "{"}
        if token.kind == "punctuator" and token.text in {")", "]", "}"} and len(stack) > 1:
            stack.pop()
        if token.kind == "template" and token.text.startswith("}") and len(stack) > 1:
            stack.pop()
        result.append(stack[-1])
        if opens:
            stack.append(token.text)
        elif token.kind == "template" and token.text.endswith("${"):
            stack.append("$")
    return result


def _is_member(code: Code, at: int, bracket: str) -> bool:
    """Say whether a name is a member's: ``x.name``, ``{name: …}`` or ``{name() {…}}``."""
    before, after = code.text(at - 1), code.text(at + 1)
    if before in {".", "?.", "#", "as"}:
        return True
    if bracket != "{" or before not in {"{", ",", "async", "get", "set", "*"}:
        return False
    if after == ":":
        return True
    return after == "(" and code.text(code.closing(at + 1) + 1) == "{"


def _declared(code: Code) -> frozenset[str]:
    """Return all names that are declared anywhere: what is in another scope is not looked for."""
    names = set(code.declarations())
    for at, token in enumerate(code.tokens):
        after = code.text(at + 1)
        if token.text == "import" and token.depth == 0:
            end = at + 1
            while end < len(code.tokens) and code.tokens[end].kind != "string":
                names.add(code.text(end))
                end += 1
        elif token.kind == "name" and after == "=":
            names.add(token.text)
        elif token.kind == "name" and after == "(" and token.text not in _CONTROL:
            if code.text(code.closing(at + 1) + 1) == "{":
                names.update(code.names(at + 1))
        elif token.text in {"let", "var"} and token.kind == "name":
            names.update(_listed(code, at))
        elif token.text == "export" and after == "{" and code.text(code.closing(at + 1) + 1) == "from":
            names.update(code.names(at + 1))
        elif token.text in {"catch", "class"}:
            names.update(code.names(at + 1) if after == "(" else (after,))
    return frozenset(names)


def _listed(code: Code, at: int) -> Iterator[str]:
    """Yield the names that ``let`` and ``var`` declare: ``let a = 1, b;`` has one without a value, too."""
    depth = code.tokens[at].depth
    for index in range(at + 1, len(code.tokens)):
        token = code.tokens[index]
        if token.depth < depth or (token.text == ";" and token.depth == depth):
            return
        if token.kind == "name" and token.depth == depth and code.text(index - 1) in {"let", "var", ","}:
            yield token.text
