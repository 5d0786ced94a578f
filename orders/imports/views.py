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
    found: Import, *, refusals: Sequence[RefusedLine] = (), report_url: str | None = None
) -> ImportView:
    """Return an import as its customer sees it."""
    return {
        "id": found.import_id,
        "customerId": found.customer_id,
        "fileName": found.file_name,
        "size": found.size,
        "status": found.status.value,
        "version": found.version,
        "reason": None if found.reason is None else found.reason.value,
        "detail": found.detail,
        "lines": found.lines,
        "accepted": found.counts.accepted,
        "repeated": found.counts.repeated,
        "refused": found.counts.refused,
        "createdAt": found.created_at,
        "updatedAt": found.updated_at,
        "duplicateOf": found.duplicate_of,
        "reportUrl": report_url,
        "refusals": [refusal_view(refused) for refused in refusals],
    }


def progress_view(found: Import, refusals: Sequence[RefusedLine] = ()) -> ProgressView:
    """Return how far an import is."""
    return {
        "id": found.import_id,
        "customerId": found.customer_id,
        "status": found.status.value,
        "version": found.version,
        "reason": None if found.reason is None else found.reason.value,
        "detail": found.detail,
        "lines": found.lines,
        "accepted": found.counts.accepted,
        "repeated": found.counts.repeated,
        "refused": found.counts.refused,
        "at": found.updated_at,
        "refusals": [refusal_view(refused) for refused in refusals],
    }
