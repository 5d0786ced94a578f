"""What an import is and may become."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NewType

from orders.model import CustomerId, Timestamp

ImportId = NewType("ImportId", str)
"""A lower-case UUID: the client's, or ours."""

MAX_BYTES = 10 * 1024 * 1024
"""Of a file; S3 itself refuses a larger one."""
MAX_LINES = 25_000
"""Of a file, the header and empty lines left out."""
MAX_DETAIL = 300
"""Characters of what went wrong: a file's own text is quoted in it."""
FIRST_REFUSALS = 100
"""How many refused lines are shown with an import; its report has all."""
TOLD_REFUSALS = 50
"""How many refused lines one message contains."""


class ImportStatus(StrEnum):
    """How far an import is: the contract's `ImportStatus`."""

    AWAITING_UPLOAD = "AWAITING_UPLOAD"
    RUNNING = "RUNNING"
    CANCELLING = "CANCELLING"
    CANCELLED = "CANCELLED"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    EXPIRED = "EXPIRED"


FINAL = frozenset({ImportStatus.CANCELLED, ImportStatus.COMPLETED, ImportStatus.FAILED, ImportStatus.EXPIRED})
UNDER_WAY = (ImportStatus.RUNNING, ImportStatus.CANCELLING)


class ImportFailure(StrEnum):
    """Why an import failed: the contract's `ImportFailure`."""

    EMPTY = "EMPTY"
    NOT_TEXT = "NOT_TEXT"
    NOT_CSV = "NOT_CSV"
    WRONG_HEADER = "WRONG_HEADER"
    TOO_MANY_LINES = "TOO_MANY_LINES"
    REPLACED = "REPLACED"
    INTERNAL_ERROR = "INTERNAL_ERROR"


@dataclass(frozen=True, slots=True)
class RefusedLine:
    """A line of which nothing is done.

    Attributes
    ----------
    line : int
        The line of the file that the record begins on, from 1.
    code : str
        For programs, such as ``orders.parsing.Code``'s.
    reason : str
        Which column, and what is wrong.
    """

    line: int
    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of lines."""

    accepted: int = 0
    repeated: int = 0
    refused: int = 0


@dataclass(frozen=True, slots=True)
class Import:
    """An import as it stands.

    Attributes
    ----------
    size : int
        Bytes, as announced or, once it is, as uploaded.
    lines : int or None
        Records of the file; None until they are counted.
    upload_by : int
        Seconds since 1970 after which S3 takes no upload.
    run : str or None
        The execution that reads the file: an upload that is reported twice starts a second one.
    has_report : bool
        Whether a report lies in the bucket.
    """

    import_id: ImportId
    customer_id: CustomerId
    file_name: str
    size: int
    status: ImportStatus
    version: int
    created_at: Timestamp
    updated_at: Timestamp
    upload_by: int
    reason: ImportFailure | None = None
    detail: str | None = None
    lines: int | None = None
    counts: Counts = Counts()
    duplicate_of: ImportId | None = None
    run: str | None = None
    has_report: bool = False

    def as_of(self, seconds: int) -> Import:
        """Return the import as it is seen at a time, in seconds since 1970.

        That nothing was uploaded, or that an execution was stopped from outside, is not written: both follow
        from the time.
        """
        if self.status is ImportStatus.AWAITING_UPLOAD and seconds > self.upload_by + UPLOAD_GRACE:
            return replace(self, status=ImportStatus.EXPIRED)
        if self.status in UNDER_WAY and seconds > self.upload_by + RUN_SECONDS:
            return replace(self, status=ImportStatus.FAILED, reason=ImportFailure.INTERNAL_ERROR)
        return self


UPLOAD_SECONDS = 15 * 60
"""How long a form uploads a file."""
UPLOAD_GRACE = 15 * 60
"""Seconds by which S3's event may be later than its upload."""
RUN_SECONDS = 3 * 3600
"""After so long nothing runs any more: the state machine ends after an hour, and its start may take one."""
KEPT_SECONDS = 90 * 24 * 3600
"""How long an import is kept; its report ends with it."""


def upload_key(customer: CustomerId, import_id: ImportId) -> str:
    """Return where a file is uploaded to."""
    return f"imports/{customer}/{import_id}.csv"


def prepared_key(customer: CustomerId, import_id: ImportId) -> str:
    """Return where its lines are, one JSON document each."""
    return f"prepared/{customer}/{import_id}.jsonl"


def report_key(customer: CustomerId, import_id: ImportId) -> str:
    """Return where its report is."""
    return f"reports/{customer}/{import_id}.csv"
