"""The end of an import: each line has its outcome, and the report has it."""

from __future__ import annotations

import csv
import io
import json
import random
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from orders.errors import Contended
from orders.imports.batches import read_line
from orders.imports.files import Record
from orders.imports.lines import LineRefused, order_id_of
from orders.imports.model import (
    FINAL,
    Counts,
    Import,
    ImportFailure,
    ImportId,
    ImportStatus,
    RefusedLine,
    prepared_key,
    report_key,
)
from orders.imports.ports import BatchResult, Files, ImportedOrders, ImportStore
from orders.model import CustomerId, OrderId, timestamp
from orders.origins import ImportLine
from orders.ports import Clock

COLUMNS = ("line", "order", "outcome", "code", "reason")
ATTEMPTS = 20


class Outcome(StrEnum):
    """What became of a line, as the report calls it."""

    ACCEPTED = "accepted"
    REPEATED = "repeated"
    REFUSED = "refused"
    NOT_IMPORTED = "not imported"


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the report."""

    line: int
    order_id: OrderId | None
    outcome: Outcome
    code: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Finisher:
    """Ends imports."""

    store: ImportStore
    orders: ImportedOrders
    files: Files
    clock: Clock
    sleep: Callable[[float], None] = time.sleep

    def finish(self, import_id: ImportId) -> Import | None:
        """Write the report and the final state; None where there is no such import.

        Nothing runs any more when this is called. Lines that no batch was counted for are looked up: what
        was recorded is accepted, so that a line is accepted or not, and never something between.

        Raises
        ------
        Contended
        """
        state = self.store.load(import_id)
        if state is None or state.status in FINAL:
            return state
        key = prepared_key(state.customer_id, import_id)
        records = [read_line(json.loads(line)) for line in self.files.read(key).splitlines()]
        rows = self._rows(state, records)
        body = to_csv(rows)
        self.files.write(report_key(state.customer_id, import_id), body, "text/csv; charset=utf-8")
        for _ in range(ATTEMPTS):
            ended = self._ended(state, rows)
            if self.store.save(ended, state):
                return ended
            # The customer cancels at this very moment.
            self.sleep(random.uniform(0, 0.1))  # noqa: S311 - spreads retries
            state = self.store.load(import_id) or state
            if state.status in FINAL:
                return state
        raise Contended("Ending the import", ATTEMPTS)

    def _ended(self, state: Import, rows: Sequence[Row]) -> Import:
        counted = Counter(row.outcome for row in rows)
        unimported = counted[Outcome.NOT_IMPORTED]
        changed = replace(
            state,
            status=ImportStatus.COMPLETED,
            version=state.version + 1,
            updated_at=timestamp(self.clock.now()),
            counts=Counts(counted[Outcome.ACCEPTED], counted[Outcome.REPEATED], counted[Outcome.REFUSED]),
            has_report=True,
        )
        if unimported and state.status is ImportStatus.CANCELLING:
            return replace(changed, status=ImportStatus.CANCELLED)
        if unimported:
            detail = f"{unimported:,} lines were not imported, by a fault of ours"
            return replace(
                changed, status=ImportStatus.FAILED, reason=ImportFailure.INTERNAL_ERROR, detail=detail
            )
        # Cancelled too late: everything was imported already.
        return changed

    def _rows(self, state: Import, records: Sequence[Record | LineRefused]) -> list[Row]:
        batches = self.store.batches(state.import_id)
        refused = {line.line: line for batch in batches for line in batch.refused}
        repeated = {line for batch in batches for line in batch.repeated}
        rows: list[Row] = []
        open_: list[tuple[int, OrderId | None]] = []
        covered = _covered(batches)
        for record in records:
            line = _line(record)
            order_id = _order_id(record, state.customer_id)
            if line in refused:
                rows.append(_refused(refused[line]))
            elif not covered(line):
                open_.append((line, order_id))
            else:
                outcome = Outcome.REPEATED if line in repeated else Outcome.ACCEPTED
                rows.append(Row(line, order_id, outcome))
        rows += self._settle(state, open_)
        return sorted(rows, key=lambda row: row.line)

    def _settle(self, state: Import, lines: Sequence[tuple[int, OrderId | None]]) -> Iterable[Row]:
        """Return what became of lines that no batch was counted for."""
        there = self.orders.lines_of(list({order_id for _, order_id in lines if order_id is not None}))
        cancelled = state.status is ImportStatus.CANCELLING
        code, reason = (
            ("CANCELLED", "the import was cancelled")
            if cancelled
            else ("INTERNAL_ERROR", "our fault: import the file again")
        )
        for line, order_id in lines:
            if order_id is not None and there.get(order_id) == ImportLine(state.import_id, line):
                yield Row(line, order_id, Outcome.ACCEPTED)
            else:
                yield Row(line, None, Outcome.NOT_IMPORTED, code, reason)


def _covered(batches: Sequence[BatchResult]) -> Callable[[int], bool]:
    """Return what says whether a line was counted with a batch."""
    ranges = sorted((batch.first, batch.last) for batch in batches)
    lines = {line for first, last in ranges for line in range(first, last + 1)}
    return lambda line: line in lines


def _line(record: Record | LineRefused) -> int:
    return record.refusal.line if isinstance(record, LineRefused) else record.line


def _order_id(record: Record | LineRefused, customer: CustomerId) -> OrderId | None:
    reference = None if isinstance(record, LineRefused) else record.cells.get("reference")
    return None if reference is None else order_id_of(customer, reference)


def _refused(refusal: RefusedLine) -> Row:
    return Row(refusal.line, None, Outcome.REFUSED, refusal.code, refusal.reason)


def to_csv(rows: Iterable[Row]) -> bytes:
    r"""Return the report.

    Examples
    --------
    >>> to_csv([Row(2, None, Outcome.REFUSED, "REQUIRED", "sku: is required")])
    b'line,order,outcome,code,reason\\r\\n2,,refused,REQUIRED,sku: is required\\r\\n'
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows([row.line, row.order_id or "", row.outcome, row.code, row.reason] for row in rows)
    return text.getvalue().encode()
