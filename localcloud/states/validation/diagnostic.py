"""What validation says of a definition, as ValidateStateMachineDefinition returns it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from localcloud.states.language.scope import Json

Severity = Literal["ERROR", "WARNING"]
SCHEMA = "SCHEMA_VALIDATION_FAILED"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One thing that is wrong with a definition, or that looks so.

    Attributes
    ----------
    severity
        ``ERROR`` refuses the definition, ``WARNING`` does not.
    code
        Such as ``SCHEMA_VALIDATION_FAILED``.
    location
        Such as ``/States/Pay/Next``; None where there is no place, as for text that is not JSON.

    Examples
    --------
    >>> str(Diagnostic("ERROR", "MISSING_END_STATE", "Workflow has no terminal state", "/"))
    'MISSING_END_STATE: Workflow has no terminal state at /'
    """

    severity: Severity
    code: str
    message: str
    location: str | None = None

    def __str__(self) -> str:
        place = "" if self.location is None else f" at {self.location}"
        return f"{self.code}: {self.message}{place}"

    def as_json(self) -> dict[str, Json]:
        """Return the member of ``diagnostics`` in the API's answer.

        Examples
        --------
        >>> Diagnostic("WARNING", "NO_DOLLAR", "Text").as_json()
        {'severity': 'WARNING', 'code': 'NO_DOLLAR', 'message': 'Text'}
        """
        answer: dict[str, Any] = {"severity": self.severity, "code": self.code, "message": self.message}
        if self.location is not None:
            answer["location"] = self.location
        return answer


class Report:
    """Collects diagnostics in the order of the definition."""

    def __init__(self) -> None:
        self.diagnostics: list[Diagnostic] = []

    def error(self, code: str, message: str, at: str | None) -> None:
        """Refuse the definition."""
        self.diagnostics.append(Diagnostic("ERROR", code, message, at))

    def schema(self, message: str, at: str) -> None:
        """Refuse the definition for its shape."""
        self.error(SCHEMA, message, at or "/")

    def warning(self, code: str, message: str, at: str) -> None:
        """Point at what is allowed and mostly a mistake."""
        self.diagnostics.append(Diagnostic("WARNING", code, message, at))
