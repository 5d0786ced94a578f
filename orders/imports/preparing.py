"""An upload is there: its file is looked at, and the state machine is started for its lines."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, replace

from orders.errors import Contended, FileFault
from orders.imports.files import Record, read_records
from orders.imports.lines import MAX_RECORD, Code
from orders.imports.model import (
    KEPT_SECONDS,
    Import,
    ImportFailure,
    ImportId,
    ImportStatus,
    prepared_key,
    upload_key,
)
from orders.imports.ports import Files, ImportRuns, ImportStore
from orders.model import CustomerId, timestamp
from orders.ports import Clock

ATTEMPTS = 20


@dataclass(frozen=True, slots=True)
class Upload:
    """What S3 reports of an upload.

    Attributes
    ----------
    etag : str
        Of the object's contents.
    at : int
        When that was, in seconds since 1970.
    """

    customer: CustomerId
    import_id: ImportId
    etag: str
    at: int


@dataclass(frozen=True, slots=True)
class Preparation:
    """What becomes of uploads.

    Attributes
    ----------
    bucket : str
        Where the state machine finds the lines.
    """

    store: ImportStore
    files: Files
    runs: ImportRuns
    clock: Clock
    bucket: str

    def prepare(self, upload: Upload) -> Import | None:
        """Look at a file and start its import; None for an upload that is not (or no longer) expected.

        A second call for the same upload goes on where the first one ended.

        Raises
        ------
        StartThrottled, Contended
        """
        record = self._begin(upload)
        if record is None or record.status not in (ImportStatus.RUNNING, ImportStatus.CANCELLING):
            return record
        try:
            data = self.files.read(upload_key(record.customer_id, record.import_id), upload.etag)
            records = read_records(data)
        except FileFault as fault:
            return self._fail(record, fault)
        key = prepared_key(record.customer_id, record.import_id)
        self.files.write(key, to_lines(records), "application/jsonl")
        first = self.store.first_with(
            record.customer_id,
            hashlib.sha256(data).hexdigest(),
            record.import_id,
            int(self.clock.now().timestamp()) + KEPT_SECONDS,
        )
        prepared = self._change(
            record,
            lambda state: replace(
                state,
                size=len(data),
                lines=len(records),
                duplicate_of=None if first == state.import_id else first,
            ),
        )
        self.runs.start(
            record.import_id,
            {
                "importId": record.import_id,
                "customerId": record.customer_id,
                "run": upload.etag,
                "began": upload.at,
                "bucket": self.bucket,
                "key": key,
            },
        )
        return prepared

    def _begin(self, upload: Upload) -> Import | None:
        """Claim the import for this upload; a second upload comes too late."""
        for _ in range(ATTEMPTS):
            record = self.store.load(upload.import_id)
            if record is None or record.customer_id != upload.customer:
                return None
            if record.run == upload.etag:
                return record
            current = record.as_of(int(self.clock.now().timestamp()))
            if current.status is not ImportStatus.AWAITING_UPLOAD:
                return None
            claimed = self._next(replace(record, status=ImportStatus.RUNNING, run=upload.etag))
            if self.store.save(claimed, record):
                return claimed
        raise Contended("Beginning the import", ATTEMPTS)

    def _fail(self, record: Import, fault: FileFault) -> Import:
        reason = ImportFailure(fault.reason)
        return self._change(
            record,
            lambda state: replace(state, status=ImportStatus.FAILED, reason=reason, detail=fault.detail),
        )

    def _change(self, record: Import, change: Callable[[Import], Import]) -> Import:
        """Write a change; the customer may cancel meanwhile."""
        state = record
        for _ in range(ATTEMPTS):
            changed = change(state)
            if changed == state:
                return state
            changed = self._next(changed)
            if self.store.save(changed, state):
                return changed
            state = self.store.load(record.import_id) or state
        raise Contended("Writing the import", ATTEMPTS)

    def _next(self, state: Import) -> Import:
        return replace(state, version=state.version + 1, updated_at=timestamp(self.clock.now()))


def to_lines(records: tuple[Record, ...]) -> bytes:
    """Return records as JSON lines, which the state machine reads: no rule of quoting is read twice."""
    return b"".join(_line(record) for record in records)


def _line(record: Record) -> bytes:
    document: dict[str, object] = {"line": record.line, "cells": record.cells}
    if record.surplus:
        document["surplus"] = True
    line = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    if len(line) > MAX_RECORD:
        line = json.dumps({"line": record.line, "fault": Code.LINE_TOO_LONG}, separators=(",", ":")).encode()
    return line + b"\n"
