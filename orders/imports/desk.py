"""Where customers announce, look at and cancel imports."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from orders.caller import Caller
from orders.cursors import read_cursor, write_cursor
from orders.errors import Contended, ImportNotCancellable, ImportNotFound, InvalidOrder, InvalidRequest
from orders.imports.model import (
    FIRST_REFUSALS,
    UNDER_WAY,
    UPLOAD_SECONDS,
    Import,
    ImportId,
    ImportStatus,
    RefusedLine,
    report_key,
    upload_key,
)
from orders.imports.parsing import Code, parse_import, refuse
from orders.imports.ports import Form, ImportStore, UploadForms
from orders.model import CustomerId, Timestamp, timestamp
from orders.parsing import parse_order_id
from orders.ports import Clock

LARGEST_PAGE = 100
REPORT_SECONDS = 3600
ATTEMPTS = 20
"""To write what others write too: each batch counts itself in the same item."""
EVERYONE = CustomerId("*")
"""Whose list a cursor of staff's is a place in."""


@dataclass(frozen=True, slots=True)
class Announced:
    """An import, and the form that uploads its file."""

    announced: Import
    form: Form
    expires_at: Timestamp


@dataclass(frozen=True, slots=True)
class ImportPage:
    """Some imports, newest first; ``next_token`` is None when these are the last."""

    imports: tuple[Import, ...]
    next_token: str | None


@dataclass(frozen=True, slots=True)
class ImportDesk:
    """The operations. The API has verified each caller."""

    store: ImportStore
    forms: UploadForms
    clock: Clock
    new_id: Callable[[], str] = lambda: str(uuid.uuid4())

    def create(self, document: object, caller: Caller) -> Announced:
        """Announce a file.

        Raises
        ------
        InvalidImport
        """
        new = parse_import(document)
        now = self.clock.now()
        at, upload_by = timestamp(now), int(now.timestamp()) + UPLOAD_SECONDS
        announced = Import(
            import_id=new.import_id or ImportId(self.new_id()),
            customer_id=caller.customer_id,
            file_name=new.file_name,
            size=new.size,
            status=ImportStatus.AWAITING_UPLOAD,
            version=1,
            created_at=at,
            updated_at=at,
            upload_by=upload_by,
        )
        if not self.store.create(announced):
            announced = self._repeated(announced)
        seconds = max(1, announced.upload_by - int(now.timestamp()))
        form = self.forms.upload(
            upload_key(announced.customer_id, announced.import_id), announced.size, seconds=seconds
        )
        return Announced(announced, form, timestamp(datetime.fromtimestamp(announced.upload_by, UTC)))

    def find(self, import_id: str, caller: Caller) -> Import:
        """Return an import as it is now.

        Raises
        ------
        ImportNotFound
            There is none, or it is not the caller's.
        """
        try:
            record = self.store.load(ImportId(parse_order_id(import_id, "id")))
        except InvalidOrder:
            raise ImportNotFound from None
        if record is None or not caller.may_see(record.customer_id):
            raise ImportNotFound
        return record.as_of(self._seconds())

    def list(self, caller: Caller, *, limit: object = 20, token: object = None) -> ImportPage:
        """Return a page of the caller's imports; of everyone's for staff.

        Raises
        ------
        InvalidRequest
        """
        if not isinstance(limit, int) or not 1 <= limit <= LARGEST_PAGE:
            raise InvalidRequest(f"must be 1 to {LARGEST_PAGE}", path="limit", code="OUT_OF_RANGE")
        owner = None if caller.is_staff else caller.customer_id
        whose, after = owner or EVERYONE, None
        if token is not None:
            try:
                after = read_cursor(str(token), whose)
            except InvalidRequest:
                raise InvalidRequest(
                    "must be the nextToken of a page of your own, unchanged",
                    path="nextToken",
                    code="BAD_CURSOR",
                ) from None
        record, place = self.store.listed(owner, limit=limit, after=after)
        now = self._seconds()
        return ImportPage(
            tuple(item.as_of(now) for item in record), None if place is None else write_cursor(place, whose)
        )

    def refusals(self, record: Import) -> tuple[RefusedLine, ...]:
        """Return the first refused lines."""
        if not record.counts.refused:
            return ()
        return tuple(self.store.refusals(record.import_id, FIRST_REFUSALS))

    def report_url(self, record: Import) -> str | None:
        """Return where the report is for a while; None where there is none."""
        if not record.has_report:
            return None
        key = report_key(record.customer_id, record.import_id)
        return self.forms.download(key, f"import-{record.import_id}.csv", seconds=REPORT_SECONDS)

    def cancel(self, import_id: str, caller: Caller) -> Import:
        """Cancel an import: at once where nothing was uploaded, else as soon as what has begun is over.

        Raises
        ------
        ImportNotFound, ImportNotCancellable, Contended
        """
        for _ in range(ATTEMPTS):
            record = self.find(import_id, caller)
            match record.status:
                case ImportStatus.CANCELLING | ImportStatus.CANCELLED:
                    return record
                case ImportStatus.AWAITING_UPLOAD:
                    status = ImportStatus.CANCELLED
                case _ if record.status in UNDER_WAY:
                    status = ImportStatus.CANCELLING
                case _:
                    raise ImportNotCancellable(record.status.value)
            changed = replace(
                record, status=status, version=record.version + 1, updated_at=timestamp(self.clock.now())
            )
            if self.store.save(changed, record):
                return changed
        raise Contended("Cancelling the import", ATTEMPTS)

    def _repeated(self, announced: Import) -> Import:
        """Return the import that has the id already, if it is the very same."""
        there = self.store.load(announced.import_id)
        same = there is not None and (there.customer_id, there.file_name, there.status) == (
            announced.customer_id,
            announced.file_name,
            ImportStatus.AWAITING_UPLOAD,
        )
        if there is None or not same or there.size != announced.size:
            refuse("input.clientToken", Code.TOKEN_TAKEN, "names another import, or one whose upload is over")
        return there

    def _seconds(self) -> int:
        return int(self.clock.now().timestamp())
