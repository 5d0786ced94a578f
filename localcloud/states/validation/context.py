"""What the checks of one state share: the report, the state's place, its language and its variables."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final, Literal

from localcloud.states.validation.diagnostic import Report
from localcloud.states.validation.fields import JSONATA

Kind = Literal["STANDARD", "EXPRESS"]
DEEPEST: Final = 25


@dataclass(slots=True)
class Names:
    """The variables that the states of one machine assign, and those of the machine around it.

    Attributes
    ----------
    closed
        Whether its states read no variables of the machine around: a distributed Map's do not.
    """

    assigned: set[str] = field(default_factory=set)
    outer: Names | None = None
    closed: bool = False

    def reads(self, name: str) -> bool:
        """Return whether a state may find a value under a name."""
        if name in self.assigned:
            return True
        return not self.closed and self.outer is not None and self.outer.reads(name)

    def is_outer(self, name: str) -> bool:
        """Return whether a machine around assigns a name."""
        outer = self.outer
        return outer is not None and (name in outer.assigned or outer.is_outer(name))


@dataclass(slots=True)
class Whole:
    """What is unique in a whole definition."""

    kind: Kind
    language: str
    names: set[str] = field(default_factory=set)
    labels: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Context:
    """Where a check is.

    Attributes
    ----------
    at
        The location of the state or of its part.
    language
        ``JSONPath`` or ``JSONata``.
    result, error_output
        Whether an expression may read ``$states.result`` and ``$states.errorOutput``.
    """

    report: Report
    whole: Whole
    at: str
    language: str
    variables: Names
    depth: int = 0
    result: bool = False
    error_output: bool = False

    @property
    def is_jsonata(self) -> bool:
        """Whether the state's language is JSONata."""
        return self.language == JSONATA

    def below(self, name: str) -> Context:
        """Return the context of a part."""
        return replace(self, at=f"{self.at}/{name}")

    def schema(self, message: str, name: str = "") -> None:
        """Refuse the definition for its shape, here or at a field."""
        self.report.schema(message, f"{self.at}/{name}" if name else self.at)
