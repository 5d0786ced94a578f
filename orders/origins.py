"""Where an order and its changes come from, and who carries it on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Orchestrator(StrEnum):
    """What carries an order through its statuses, as the GraphQL contract names it."""

    WORKFLOW = "WORKFLOW"
    DURABLE = "DURABLE"

    @classmethod
    def of(cls, text: str) -> Orchestrator:
        """Return what the stack's parameter names, in small letters.

        Examples
        --------
        >>> Orchestrator.of("durable").value
        'DURABLE'
        """
        return cls(text.upper())


class Workflow(StrEnum):
    """What runs an order: one of the two state machines, or the durable function."""

    STANDARD = "STANDARD"
    EXPRESS = "EXPRESS"
    DURABLE = "DURABLE"


@dataclass(frozen=True, slots=True)
class ImportLine:
    """The line of a file that an order was imported from."""

    import_id: str
    line: int
