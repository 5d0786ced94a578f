"""A template's text under a cursor, with the lines that faults name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from localcloud.appsync.js.errors import CodeError

MAX_DEPTH: Final = 40
"""Brackets, strings and directives inside one another: Python's own stack is not for a template to fill."""
_SPACE: Final = re.compile(r"(?:\s|##[^\n]*(?:\n|$)|#\*.*?\*#)*", re.S)


@dataclass
class TemplateSource:
    """The text and the place in it.

    Attributes
    ----------
    name
        How messages call the template, such as ``Mutation.say.request.vtl``.
    first_line
        The line of the text's beginning: a string inside a template begins at its own.
    """

    name: str
    text: str
    at: int = 0
    first_line: int = 1
    depth: int = 0

    def line(self, at: int | None = None) -> int:
        """Return the line of a place, by default of the cursor."""
        return self.first_line + self.text.count("\n", 0, self.at if at is None else at)

    def fault(self, message: str, at: int | None = None) -> CodeError:
        """Return the error of a place."""
        place = min(self.at if at is None else at, len(self.text))
        column = place - self.text.rfind("\n", 0, place)
        return CodeError(self.name, self.line(place), column, "syntax", message)

    def match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Take what matches here, if it does."""
        match = pattern.match(self.text, self.at)
        if match:
            self.at = match.end()
        return match

    def take(self, text: str) -> bool:
        """Take ``text`` if it stands here."""
        if self.text.startswith(text, self.at):
            self.at += len(text)
            return True
        return False

    def need(self, text: str, where: str) -> None:
        """Take ``text``, which must stand here."""
        if not self.take(text):
            excerpt = self.text[self.at : self.at + 12].split("\n")[0] or "the end"
            raise self.fault(f"expected {text} {where}, found {excerpt}")

    def skip_space(self) -> None:
        """Go over blanks, line ends and comments."""
        self.match(_SPACE)

    def peek(self) -> str:
        """Return the character here, or nothing at the end."""
        return self.text[self.at : self.at + 1]

    def deeper(self) -> None:
        """Take note of one more level inside another; leaving it takes one off ``depth``."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.fault(f"more than {MAX_DEPTH} levels inside one another")
