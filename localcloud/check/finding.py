"""What a check finds: a place, how bad it is, the rule's name, and a sentence."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path


class Severity(IntEnum):
    """How bad a finding is.

    An ``ERROR`` is refused by AWS or never works; a ``WARNING`` may be meant so, and mostly is not; a
    ``NOTE`` says what could not be looked at, or has no effect on one machine.
    """

    NOTE = 1
    WARNING = 2
    ERROR = 3

    @property
    def word(self) -> str:
        """Return it as it is printed."""
        return self.name.lower()


def display_path(path: Path, base: Path | None = None) -> str:
    """Return a path as a person in the folder ``base`` would write it; by default, in the current one.

    Examples
    --------
    >>> display_path(Path("/x/appsync/template.yaml"), Path("/x"))
    'appsync/template.yaml'
    """
    base = base or Path.cwd()
    return str(path.relative_to(base)) if path.is_relative_to(base) else str(path)


@dataclass(frozen=True)
class SourcePlace:
    """A line of a file."""

    path: Path
    line: int = 1

    def display(self, base: Path | None = None) -> str:
        """Return it as ``file:line``; see `display_path`."""
        return f"{display_path(self.path, base)}:{self.line}"


@dataclass(frozen=True)
class Text:
    """Source text, and the place of its first line: it may stand inside of a template."""

    text: str
    place: SourcePlace

    def at(self, line: int) -> SourcePlace:
        """Return the place of one of its lines, counted from 1."""
        return SourcePlace(self.place.path, self.place.line + line - 1)


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, or cannot be looked at."""

    place: SourcePlace
    severity: Severity
    rule: str
    message: str

    def line(self, base: Path) -> str:
        """Return it as ``file:line: severity: rule: message``.

        Examples
        --------
        >>> place = SourcePlace(Path("/x/schema.graphql"), 3)
        >>> Finding(place, Severity.ERROR, "schema-invalid", "Unknown type 'T'.").line(Path("/x"))
        "schema.graphql:3: error: schema-invalid: Unknown type 'T'."
        """
        return f"{self.place.display(base)}: {self.severity.word}: {self.rule}: {self.message}"
