"""What imports need of the world; adapters in ``orders.adapters`` keep these."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from orders.imports.model import Counts, Import, ImportId, RefusedLine
from orders.model import CustomerId, OrderContents, OrderId, Timestamp
from orders.origins import ImportLine
from orders.ports import Position


@dataclass(frozen=True, slots=True)
class BatchResult:
    """What became of some lines that were imported together.

    Attributes
    ----------
    first : int
        The line of the batch's first record, which names the batch within its import.
    last : int
        The line of its last record.
    accepted : int
        How many orders were recorded.
    repeated : tuple of int
        Lines whose orders were recorded before.
    refused : tuple of RefusedLine
        Lines of which nothing is done.
    """

    first: int
    last: int
    accepted: int
    repeated: tuple[int, ...] = ()
    refused: tuple[RefusedLine, ...] = ()

    @property
    def counts(self) -> Counts:
        """How many lines of each kind."""
        return Counts(self.accepted, len(self.repeated), len(self.refused))


class ImportStore(Protocol):
    """Where imports are kept."""

    def create(self, new: Import) -> bool:
        """Keep a new import; False when its id is taken."""
        ...

    def load(self, import_id: ImportId) -> Import | None:
        """Return an import, read consistently."""
        ...

    def save(self, changed: Import, before: Import) -> bool:
        """Write a change; False when others have changed it since ``before``."""
        ...

    def listed(
        self, owner: CustomerId | None, *, limit: int, after: Position | None
    ) -> tuple[Sequence[Import], Position | None]:
        """Return a customer's imports, or everyone's, newest first, and the place to go on from."""
        ...

    def refusals(self, import_id: ImportId, limit: int) -> Sequence[RefusedLine]:
        """Return the first refused lines, in the file's order."""
        ...

    def count(self, import_id: ImportId, run: str, batch: BatchResult, at: Timestamp) -> bool:
        """Keep a batch and add it to its import's counts, both or none; False when it was counted before.

        Raises
        ------
        OrderwireError
            The import is not under way, or another run's.
        """
        ...

    def batches(self, import_id: ImportId) -> Sequence[BatchResult]:
        """Return all batches that were counted, in the file's order."""
        ...

    def first_with(self, customer: CustomerId, digest: str, import_id: ImportId, until: int) -> ImportId:
        """Return the customer's first import of these contents: ``import_id`` where there is no earlier one.

        Parameters
        ----------
        digest : str
            Of the file's contents.
        until : int
            Seconds since 1970 for which that is remembered.
        """
        ...


@dataclass(frozen=True, slots=True)
class Form:
    """A form that uploads a file; its fields are a credential."""

    url: str
    fields: Mapping[str, str]


class ImportedOrders(Protocol):
    """The orders table, as far as many orders are recorded at once."""

    def record_all(self, orders: Sequence[OrderContents]) -> Sequence[OrderContents | None]:
        """Record orders of different ids; return for each what was there before, None for a new one.

        Each order is recorded whole or not at all, whatever becomes of the others.
        """
        ...

    def lines_of(self, order_ids: Sequence[OrderId]) -> Mapping[OrderId, ImportLine | None]:
        """Return which of the orders are recorded, and the lines that they were imported from."""
        ...


class ImportRuns(Protocol):
    """The state machine that reads a file's lines."""

    def start(self, import_id: ImportId, document: Mapping[str, object]) -> None:
        """Start it for an import, once however often this is called.

        Raises
        ------
        StartThrottled
        """
        ...


class UploadForms(Protocol):
    """Makes addresses that hold for a while."""

    def upload(self, key: str, size: int, *, seconds: int) -> Form:
        """Return a form that uploads a file of exactly ``size`` bytes to ``key``."""
        ...

    def download(self, key: str, file_name: str, *, seconds: int) -> str:
        """Return an address that the object is downloaded from, under a name of its own."""
        ...


class Files(Protocol):
    """The bucket's objects."""

    def read(self, key: str, etag: str | None = None) -> bytes:
        """Return an object's contents.

        Raises
        ------
        FileReplaced
            It is another one than that of ``etag``.
        """
        ...

    def write(self, key: str, body: bytes, content_type: str) -> None:
        """Write an object."""
        ...
