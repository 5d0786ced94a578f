"""What a handler returns for a batch: the records that Lambda delivers again."""

from __future__ import annotations

from typing import TypedDict


class ItemFailure(TypedDict):
    """One failed record: a message by its id, a stream's record by its sequence number."""

    itemIdentifier: str


class BatchResponse(TypedDict):
    """Lambda's partial batch response."""

    batchItemFailures: list[ItemFailure]
