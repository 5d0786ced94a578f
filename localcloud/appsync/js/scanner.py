"""Tokens of a JavaScript source: enough to know code from strings, comments and templates.

This is no parser. It distinguishes identifiers, punctuators and literals, keeps lines, and decides
between a division and a regular expression by the token before, which is right for all code but
the kind that is never written (a regular expression as the first thing after ``if (…)`` or a block).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, Literal, NamedTuple

Kind = Literal["name", "punctuator", "number", "string", "template", "regex"]


class ScriptToken(NamedTuple):
    """One token. ``start`` and ``end`` are offsets in the source, ``depth`` counts open brackets."""

    kind: Kind
    text: str
    start: int
    end: int
    line: int
    column: int
    depth: int


class ScanError(Exception):
    """The source ends inside a string, template or comment."""

    def __init__(self, message: str, line: int, column: int) -> None:
        super().__init__(message)
        self.message, self.line, self.column = message, line, column


_SPACE = re.compile(r"(?:\s|\ufeff|//[^\n\u2028\u2029]*|/\*.*?\*/)+", re.DOTALL)
_NAME = re.compile(r"#?(?:[^\W\d]|\$|\\u[0-9a-fA-F]{4}|\\u\{[0-9a-fA-F]+\})(?:\w|\$|\\u[0-9a-fA-F]{4})*")
_NUMBER = re.compile(r"0[xXbBoO][0-9a-fA-F_]+n?|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d+)?n?")
_STRING = re.compile(r"'(?:[^'\\\n]|\\(?:\r\n|.))*'|\"(?:[^\"\\\n]|\\(?:\r\n|.))*\"", re.DOTALL)
_REGEX = re.compile(r"/(?![*/])(?:[^\\/\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/[a-z]*")
_PUNCTUATORS = re.compile(
    r">>>=|\.\.\.|===|!==|\*\*=|<<=|>>=|>>>|&&=|\|\|=|\?\?=|"
    r"=>|==|!=|<=|>=|&&|\|\||\?\?|\?\.(?!\d)|\+\+|--|\+=|-=|\*=|/=|%=|&=|\|=|\^=|<<|>>|\*\*|[{}()\[\];,<>+\-*/%&|^!~?:=.@#]"
)
_TEMPLATE_PART = re.compile(r"(?:[^`\\$]|\\.|\$(?!\{))*", re.DOTALL)
_BEFORE_REGEX_NAMES = frozenset(
    {
        "return",
        "typeof",
        "case",
        "in",
        "of",
        "delete",
        "void",
        "do",
        "else",
        "instanceof",
        "new",
        "throw",
        "yield",
    }
)


def _may_be_regex(before: ScriptToken | None) -> bool:
    if before is None:
        return True
    if before.kind == "name":
        return before.text in _BEFORE_REGEX_NAMES
    return before.kind == "punctuator" and before.text not in {")", "]", "}"}


_CLOSING: Final = {"{": "}", "$": "}", "(": ")", "[": "]"}


class _Scanner:
    def __init__(self, source: str) -> None:
        self.source = source
        self.at = 0
        self.line, self.line_start = 1, 0
        self.depth = 0
        # What each open "{" is: "{" of code, or "$" of a template, which goes on after its "}".
        self.open: list[str] = []
        self.before: ScriptToken | None = None

    def skip(self, end: int) -> None:
        newlines = self.source.count("\n", self.at, end)
        if newlines:
            self.line += newlines
            self.line_start = self.source.rindex("\n", self.at, end) + 1
        self.at = end

    def take(self, kind: Kind, end: int, depth: int | None = None) -> ScriptToken:
        token = ScriptToken(
            kind,
            self.source[self.at : end],
            self.at,
            end,
            self.line,
            self.at - self.line_start + 1,
            self.depth if depth is None else depth,
        )
        self.skip(end)
        self.before = token
        return token

    def fail(self, message: str) -> ScanError:
        return ScanError(message, self.line, self.at - self.line_start + 1)

    def template(self) -> ScriptToken:
        """Take a template's text up to its ``${`` or its end; ``at`` is on the backquote or brace."""
        match = _TEMPLATE_PART.match(self.source, self.at + 1)
        end = match.end() if match else self.at + 1
        if self.source.startswith("${", end):
            token = self.take("template", end + 2)
            self.open.append("$")
            self.depth += 1
            return token
        if not self.source.startswith("`", end):
            raise self.fail("a template that does not end")
        return self.take("template", end + 1)

    def punctuator(self) -> ScriptToken:
        character = self.source[self.at]
        if character == "}" and self.open and self.open[-1] == "$":
            self.open.pop()
            self.depth -= 1
            return self.template()
        match = _PUNCTUATORS.match(self.source, self.at)
        if match is None:
            raise self.fail(f"unexpected {character!r}")
        text = match.group()
        if text in {"{", "(", "["}:
            self.open.append(text)
            token = self.take("punctuator", match.end())
            self.depth += 1
            return token
        if text in {"}", ")", "]"} and self.open:
            self.open.pop()
            self.depth -= 1
        return self.take("punctuator", match.end())

    def next(self) -> ScriptToken:
        source, at = self.source, self.at
        character = source[at]
        if character == "`":
            return self.template()
        if character in "'\"":
            if not (match := _STRING.match(source, at)):
                raise self.fail("a string that does not end")
            return self.take("string", match.end())
        if match := _NAME.match(source, at):
            return self.take("name", match.end())
        if character.isdigit() or (character == "." and source[at + 1 : at + 2].isdigit()):
            match = _NUMBER.match(source, at)
            return self.take("number", match.end() if match else at + 1)
        if character == "/" and _may_be_regex(self.before) and (match := _REGEX.match(source, at)):
            return self.take("regex", match.end())
        return self.punctuator()


def scan(source: str) -> Iterator[ScriptToken]:
    """Yield the tokens of ``source``.

    Raises
    ------
    ScanError
        A string, template, comment or bracket that does not end, or a character that JavaScript has no
        use for.

    Examples
    --------
    >>> [token.text for token in scan("a = `x${b}` // no")]
    ['a', '=', '`x${', 'b', '}`']
    """
    scanner = _Scanner(source)
    while True:
        if space := _SPACE.match(source, scanner.at):
            scanner.skip(space.end())
        if scanner.at >= len(source):
            if scanner.open:
                raise scanner.fail(f"'{_CLOSING[scanner.open[-1]]}' expected.")
            return
        if source.startswith("/*", scanner.at):
            raise scanner.fail("a comment that does not end")
        yield scanner.next()
