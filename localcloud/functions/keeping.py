"""What the Lambda service finds again after the end of the process."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from localcloud.functions.asynchronous import keeping as events
from localcloud.functions.mappings import keeping as positions
from localcloud.journal import Journal

if TYPE_CHECKING:
    from localcloud.functions.durable.keeping import ExecutionStore


@dataclass(frozen=True)
class FunctionStores:
    """What keeps queued events and the positions of mappings; by default nothing does."""

    events: events.EventStore = field(default_factory=events.VolatileQueue)
    positions: positions.PositionStore = field(default_factory=positions.VolatilePositions)
    journal: Journal | None = None

    def has_executions(self) -> bool:
        """Whether durable executions of an earlier run are kept."""
        return self.journal is not None and bool(self.journal.spaces("functions/durable/"))

    def executions(self) -> ExecutionStore:
        """Return what keeps durable executions."""
        from localcloud.functions.durable import keeping as executions  # noqa: PLC0415 - seldom needed

        return (
            executions.VolatileExecutions()
            if self.journal is None
            else executions.JournaledExecutions(self.journal)
        )

    def close(self) -> None:
        """Let another process have the journal."""
        if self.journal is not None:
            self.journal.close()


def kept_in(folder: Path | None) -> FunctionStores:
    """Return what keeps everything in the folder of ``--data``, or nothing without one.

    Raises
    ------
    localcloud.journal.JournalError
        The journal there is in use, damaged, or of a newer version.
    """
    if folder is None:
        return FunctionStores()
    journal = Journal.open(folder / "cloud")
    return FunctionStores(events.JournaledEvents(journal), positions.JournaledPositions(journal), journal)
