"""Reads a batch of a shard's records again, from whichever service has the stream."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar, Final, Generic, TypeVar

from botocore.exceptions import ClientError

from orders.dead_letters.model import StreamBatch
from orders.dead_letters.ports import Record
from orders.errors import RecordsGone

EMPTY_PAGES: Final = 5
"""A page may be empty although there is more behind it; so many in a row mean that there is not."""

R = TypeVar("R")


class ShardReader(ABC, Generic[R]):
    """`orders.dead_letters.ports.Streams` of one service, whose records are ``R``.

    Attributes
    ----------
    gone
        The codes of errors that mean that the records no longer exist.
    """

    gone: ClassVar[frozenset[str]]

    def records(self, batch: StreamBatch) -> Sequence[Record]:
        """Return the records from a batch's first to its last."""
        try:
            records = self._read(batch)
        except ClientError as error:
            if error.response["Error"].get("Code") in self.gone:
                raise RecordsGone from error
            raise
        if not records:
            raise RecordsGone
        return records

    def _read(self, batch: StreamBatch) -> list[Record]:
        iterator = self._iterator(batch)
        records: list[Record] = []
        empty = 0
        while iterator is not None and empty < EMPTY_PAGES:
            page, iterator = self._page(iterator, batch)
            empty = 0 if page else empty + 1
            for record in page:
                number = self._number(record)
                if int(number) > int(batch.last):
                    return records
                records.append(self._as_handed_over(record, batch))
                if number == batch.last:
                    return records
        return records

    @abstractmethod
    def _iterator(self, batch: StreamBatch) -> str | None:
        """Return an iterator that begins at the batch's first record."""

    @abstractmethod
    def _page(self, iterator: str, batch: StreamBatch) -> tuple[Sequence[R], str | None]:
        """Return a page's records and the next page's iterator, None at the shard's end."""

    @abstractmethod
    def _number(self, record: R) -> str:
        """Return a record's sequence number."""

    @abstractmethod
    def _as_handed_over(self, record: R, batch: StreamBatch) -> Record:
        """Return a record in the form in which Lambda hands it to a function."""
