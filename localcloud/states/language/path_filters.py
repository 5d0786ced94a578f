"""The filters of JSONPath: ``[?(@.price < 10 && @.kind == 'book')]``."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Final, TypeAlias

from localcloud.states.language.errors import DefinitionError
from localcloud.states.language.path_comparisons import COMPARISONS
from localcloud.states.language.path_steps import Step
from localcloud.states.language.path_walk import PathMisapplied, PathNotFound, Walk
from localcloud.states.language.scope import ABSENT, Json

# Of the item and of the whole document.
Test: TypeAlias = Callable[[Json, Json], bool]
Operand: TypeAlias = Callable[[Json, Json], Json]
ParseSteps: TypeAlias = Callable[[str, int], tuple[tuple[Step, ...], int]]

_OPERATOR: Final = re.compile(
    r"\s*(===|!==|==|!=|<=|>=|=~|<|>"
    r"|(?:in|nin|contains|subsetof|anyof|noneof|size|empty|IN|NIN|CONTAINS|SIZE|EMPTY)\b)\s*"
)
_REGEX: Final = re.compile(r"/((?:[^/\\]|\\.)*)/([a-zA-Z]*)")
_FLAGS: Final = {"i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL, "x": re.VERBOSE}
_DECODER: Final = json.JSONDecoder()


def read_quoted(text: str, position: int) -> tuple[str, int]:
    r"""Return the string that starts at `position`, and where it ends.

    A backslash escapes the quote around the string and itself; before anything else it stays.

    Examples
    --------
    >>> read_quoted(r"'it\'s'", 0)
    ("it's", 7)
    """
    quote = text[position : position + 1]
    if quote not in ("'", '"') or not quote:
        raise DefinitionError(f"Expected a quoted name: {text}")
    letters: list[str] = []
    position += 1
    while position < len(text):
        letter = text[position]
        if letter == quote:
            return "".join(letters), position + 1
        if letter == "\\" and text[position + 1 : position + 2] in (quote, "\\"):
            position += 1
            letter = text[position]
        letters.append(letter)
        position += 1
    raise DefinitionError(f"A quote is not closed: {text}")


class FilterParser:
    """Reads one filter.

    Parameters
    ----------
    text
        The path that the filter is of.
    position
        Where it starts, behind the question mark.
    parse_steps
        How the paths within are read.
    """

    def __init__(self, text: str, position: int, parse_steps: ParseSteps) -> None:
        self._text = text
        self._position = position
        self._parse_steps = parse_steps

    def parse(self) -> tuple[Test, int]:
        """Return the test and where its text ends."""
        self._blanks()
        if not self._text.startswith("(", self._position):
            raise DefinitionError(f"A filter is in parentheses: {self._text}")
        return self._factor(), self._position

    def _blanks(self) -> None:
        while self._text.startswith((" ", "\t", "\n"), self._position):
            self._position += 1

    def _takes(self, token: str) -> bool:
        self._blanks()
        if not self._text.startswith(token, self._position):
            return False
        self._position += len(token)
        return True

    def _any(self) -> Test:
        tests = [self._all()]
        while self._takes("||"):
            tests.append(self._all())
        if len(tests) == 1:
            return tests[0]
        return lambda item, root: any(test(item, root) for test in tests)

    def _all(self) -> Test:
        tests = [self._factor()]
        while self._takes("&&"):
            tests.append(self._factor())
        if len(tests) == 1:
            return tests[0]
        return lambda item, root: all(test(item, root) for test in tests)

    def _factor(self) -> Test:
        self._blanks()
        if self._text.startswith("!", self._position):
            self._position += 1
            test = self._factor()
            return lambda item, root: not test(item, root)
        if self._takes("("):
            inner = self._any()
            if not self._takes(")"):
                raise DefinitionError(f"Expected ): {self._text}")
            return inner
        return self._comparison()

    def _comparison(self) -> Test:
        value, is_path = self._operand()
        match = _OPERATOR.match(self._text, self._position)
        if match is None:
            if not is_path:
                raise DefinitionError(f"Expected a comparison: {self._text}")
            return lambda item, root: value(item, root) is not ABSENT
        self._position = match.end()
        operand, _ = self._operand()
        compare = COMPARISONS[match[1].lower()]
        return lambda item, root: compare(value(item, root), operand(item, root))

    def _operand(self) -> tuple[Operand, bool]:
        """Read a path or a constant; say whether it is a path."""
        self._blanks()
        letter = self._text[self._position : self._position + 1]
        if letter in ("@", "$"):
            return self._path(letter), True
        value = self._constant(letter)
        return (lambda item, root: value), False

    def _path(self, letter: str) -> Operand:
        steps, self._position = self._parse_steps(self._text, self._position + 1)
        find = Walk(steps).find

        def operand(item: Json, root: Json) -> Json:
            try:
                return find(item if letter == "@" else root, root)
            except (PathNotFound, PathMisapplied):
                return ABSENT

        return operand

    def _constant(self, letter: str) -> Json:
        if letter in ("'", '"'):
            value, self._position = read_quoted(self._text, self._position)
            return value
        if letter == "/" and (match := _REGEX.match(self._text, self._position)):
            self._position = match.end()
            flags = 0
            for flag in match[2]:
                flags |= _FLAGS.get(flag, 0)
            try:
                return re.compile(match[1], flags)
            except re.error as fault:
                raise DefinitionError(f"Not a regular expression: {self._text}") from fault
        if letter == "[" and "'" in self._text[self._position :].partition("]")[0]:
            return self._quoted_list()
        try:
            value, self._position = _DECODER.raw_decode(self._text, self._position)
        except ValueError as fault:
            raise DefinitionError(f"Expected a value: {self._text}") from fault
        return value

    def _quoted_list(self) -> list[Json]:
        values = []
        self._position += 1
        while not self._takes("]"):
            self._blanks()
            values.append(self._constant(self._text[self._position : self._position + 1]))
            self._takes(",")
        return values
