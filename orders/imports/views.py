"""Imports as the GraphQL contract shows them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

from orders.imports.model import Import, RefusedLine


class RefusedLineView(TypedDict):
    """GraphQL's `RefusedLine`."""

    line: int
    code: str
    reason: str


class ImportView(TypedDict):
    """GraphQL's `Import`."""

    id: str
    customerId: str
    fileName: str
    size: int
    status: str
    version: int
    reason: str | None
    detail: str | None
    lines: int | None
    accepted: int
    repeated: int
    refused: int
    createdAt: str
    updatedAt: str
    duplicateOf: str | None
    reportUrl: str | None
    refusals: list[RefusedLineView]


class ImportPageView(TypedDict):
    """GraphQL's `ImportPage`."""

    imports: list[ImportView]
    nextToken: str | None


class UploadFieldView(TypedDict):
    """GraphQL's `UploadField`."""

    name: str
    value: str


ImportUploadView = TypedDict(
    "ImportUploadView",
    {"import": ImportView, "url": str, "fields": list[UploadFieldView], "expiresAt": str},
)
"""GraphQL's `ImportUpload`."""


class ProgressView(TypedDict):
    """GraphQL's `ImportProgress`."""

    id: str
    customerId: str
    status: str
    version: int
    reason: str | None
    detail: str | None
    lines: int | None
    accepted: int
    repeated: int
    refused: int
    at: str
    refusals: list[RefusedLineView]


def refusal_view(refused: RefusedLine) -> RefusedLineView:
    """Return a refused line."""
    return {"line": refused.line, "code": refused.code, "reason": refused.reason}


def import_view(
    record: Import, *, refusals: Sequence[RefusedLine] = (), report_url: str | None = None
) -> ImportView:
    """Return an import as its customer sees it."""
    return {
        "id": record.import_id,
        "customerId": record.customer_id,
        "fileName": record.file_name,
        "size": record.size,
        "status": record.status.value,
        "version": record.version,
        "reason": None if record.reason is None else record.reason.value,
        "detail": record.detail,
        "lines": record.lines,
        "accepted": record.counts.accepted,
        "repeated": record.counts.repeated,
        "refused": record.counts.refused,
        "createdAt": record.created_at,
        "updatedAt": record.updated_at,
        "duplicateOf": record.duplicate_of,
        "reportUrl": report_url,
        "refusals": [refusal_view(refused) for refused in refusals],
    }


def progress_view(record: Import, refusals: Sequence[RefusedLine] = ()) -> ProgressView:
    """Return how far an import is."""
    return {
        "id": record.import_id,
        "customerId": record.customer_id,
        "status": record.status.value,
        "version": record.version,
        "reason": None if record.reason is None else record.reason.value,
        "detail": record.detail,
        "lines": record.lines,
        "accepted": record.counts.accepted,
        "repeated": record.counts.repeated,
        "refused": record.counts.refused,
        "at": record.updated_at,
        "refusals": [refusal_view(refused) for refused in refusals],
    }
