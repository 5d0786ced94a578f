"""Some lines of a file, imported together: each is accepted, repeated or refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from orders.canonical import canonical
from orders.errors import OrderwireError
from orders.imports.files import Record
from orders.imports.lines import MAX_RECORD, Code, LineRefused, to_order
from orders.imports.model import ImportId, ImportStatus, RefusedLine
from orders.imports.ports import BatchResult, ImportedOrders, ImportStore
from orders.model import CustomerId, OrderContents, OrderId, timestamp
from orders.origins import Orchestrator
from orders.ports import Clock, OrderQueue

LONGEST_DELAY = 900
"""SQS's limit, in seconds."""


@dataclass(frozen=True, slots=True)
class Lines:
    """What the state machine hands over: some lines, and whose they are.

    Attributes
    ----------
    started_at : int
        Seconds since 1970 at which the file was uploaded.
    """

    import_id: ImportId
    customer: CustomerId
    run: str
    started_at: int
    documents: Sequence[object]


@dataclass(frozen=True, slots=True)
class BatchImporter:
    """Imports lines.

    Attributes
    ----------
    pace : int
        Orders of an import that are started in a second; more where the file has more lines than SQS can
        hold back so long. Those behind wait out of sight: else a file would stand in the queue before
        everybody else's orders, and use up StartExecution's quota.
    """

    store: ImportStore
    orders: ImportedOrders
    queue: OrderQueue
    clock: Clock
    pace: int
    orchestrator: Orchestrator = Orchestrator.WORKFLOW

    def run(self, lines: Lines) -> BatchResult | None:
        """Import lines; None when the import is cancelled, or over: nothing is done then.

        A batch that comes again records nothing twice and is counted once: an order knows the line that
        it was imported from.

        Raises
        ------
        TryAgain
            Some of it may be done; the same call does the rest.
        """
        state = self.store.load(lines.import_id)
        if state is None or state.run != lines.run or state.status is not ImportStatus.RUNNING:
            return None
        records = [read_line(document) for document in lines.documents]
        result, accepted = self._record(lines, records)
        # A batch that comes again enqueues again, and that is harmless.
        pace = max(self.pace, -(-(state.lines or 0) // LONGEST_DELAY))
        for turn, orders in groupby(accepted, key=lambda order: order[0] // pace):
            self.queue.put([order_id for _, order_id in orders], delay=self._delay(lines.started_at + turn))
        self.store.count(lines.import_id, lines.run, result, timestamp(self.clock.now()))
        return result

    def _delay(self, turn: int) -> int:
        """Return the seconds until a time, in seconds since 1970."""
        return min(LONGEST_DELAY, max(0, turn - int(self.clock.now().timestamp())))

    def _record(
        self, lines: Lines, records: Sequence[Record | LineRefused]
    ) -> tuple[BatchResult, list[tuple[int, OrderId]]]:
        at = timestamp(self.clock.now())
        refused: list[RefusedLine] = []
        wanted: dict[OrderId, OrderContents] = {}
        later: list[OrderContents] = []
        for record in records:
            try:
                if isinstance(record, LineRefused):
                    raise record
                contents = to_order(record, customer=lines.customer, import_id=lines.import_id, at=at)
            except LineRefused as fault:
                refused.append(fault.refusal)
                continue
            contents = replace(contents, orchestrator=self.orchestrator)
            if contents.order_id in wanted:
                later.append(contents)
            else:
                wanted[contents.order_id] = contents
        there = self.orders.record_all(list(wanted.values()))
        outcomes = list(zip(wanted.values(), there, strict=True))
        # A reference that is there twice in one batch: the second meets what the first one led to.
        outcomes += [
            (contents, first or wanted[contents.order_id])
            for contents in later
            for first in [there[list(wanted).index(contents.order_id)]]
        ]
        accepted: list[tuple[int, OrderId]] = []
        repeated: list[int] = []
        for contents, before in outcomes:
            assert contents.imported is not None
            if before is None or before.imported == contents.imported:
                accepted.append((contents.imported.line, contents.order_id))
            elif is_same(before, contents):
                repeated.append(contents.imported.line)
            else:
                refused.append(reference_taken(contents.imported.line))
        places = [
            record.refusal.line if isinstance(record, LineRefused) else record.line for record in records
        ]
        result = BatchResult(
            first=places[0],
            last=places[-1],
            accepted=len(accepted),
            repeated=tuple(sorted(repeated)),
            refused=tuple(sorted(refused, key=lambda item: item.line)),
        )
        return result, sorted(accepted)


def is_same(before: OrderContents, contents: OrderContents) -> bool:
    """Say whether both are the same order of the same customer."""
    return before.customer_id == contents.customer_id and canonical(before) == canonical(contents)


def reference_taken(line: int) -> RefusedLine:
    """Return the refusal of a reference that another order has."""
    return RefusedLine(
        line,
        Code.REFERENCE_TAKEN,
        "reference: names another order of yours, with other contents; choose another",
    )


def read_line(document: object) -> Record | LineRefused:
    """Return a record as ``preparing.to_lines`` wrote it, or why it has none.

    Raises
    ------
    OrderwireError
        It is nothing that we wrote.
    """
    if isinstance(document, Mapping) and isinstance(line := document.get("line"), int):
        cells = document.get("cells")
        if document.get("fault") == Code.LINE_TOO_LONG:
            reason = f"the line has more than {MAX_RECORD:,} bytes"
            return LineRefused(line, Code.LINE_TOO_LONG, reason)
        if isinstance(cells, Mapping) and all(isinstance(cell, str) for cell in cells.values()):
            return Record(
                line, {str(name): cell for name, cell in cells.items()}, document.get("surplus") is True
            )
    raise OrderwireError("A line of the import is none that was prepared.")
