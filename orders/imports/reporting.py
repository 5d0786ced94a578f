"""Progress from the imports table's stream: each import's last state, and what was refused since."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from orders.imports.model import TOLD_REFUSALS, Import, ImportId, RefusedLine
from orders.imports.ports import BatchResult, ImportStore


@dataclass(frozen=True, slots=True)
class ImportWrite:
    """A write of the imports table.

    Attributes
    ----------
    state : Import or None
        The import as it is since.
    batch : BatchResult or None
        The batch that was counted.
    """

    import_id: ImportId
    state: Import | None = None
    batch: BatchResult | None = None


class ProgressChannel(Protocol):
    """Notifies the subscribers."""

    def publish(self, state: Import, refusals: Iterable[RefusedLine]) -> None:
        """Publish how far an import is. Raises ``PublishError``."""
        ...


@dataclass(slots=True)
class _Progress:
    state: Import | None = None
    refusals: list[RefusedLine] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ImportTeller:
    """Publishes progress: of many writes in a row one message, with the last state of them."""

    store: ImportStore
    channel: ProgressChannel

    def tell(self, writes: Iterable[ImportWrite]) -> None:
        """Publish what writes, oldest first, come to.

        Raises
        ------
        PublishError
            Some may have been published: the same again does no harm, since versions distinguish them.
        """
        progress: dict[ImportId, _Progress] = {}
        for write in writes:
            latest = progress.setdefault(write.import_id, _Progress())
            latest.state = write.state or latest.state
            latest.refusals += write.batch.refused if write.batch is not None else ()
        for import_id, latest in progress.items():
            # A batch and its import are written at once, and may be read by two invocations.
            state = latest.state or self.store.load(import_id)
            if state is not None:
                self.channel.publish(state, latest.refusals[:TOLD_REFUSALS])
