"""What SQL needs of others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol


class Listed(NamedTuple):
    """An object in a bucket."""

    key: str
    size: int
    etag: str


class Unreachable(Exception):
    """A service refused; the message says what."""


class SqlServices(Protocol):
    """S3, Glue's catalogue, and what MiniStack keeps of Athena: all raise `Unreachable`."""

    async def get_object(self, bucket: str, key: str) -> bytes:
        """Return an object's bytes."""

    async def put_object(self, bucket: str, key: str, body: bytes) -> None:
        """Write an object."""

    async def list_objects(self, bucket: str, prefix: str) -> list[Listed]:
        """Return every object below a prefix."""

    async def databases(self) -> list[str]:
        """Return the names of the catalogue's databases."""

    async def tables(self, database: str) -> list[str]:
        """Return the names of a database's tables."""

    async def table(self, database: str, name: str) -> Mapping[str, Any] | None:
        """Return a table as GetTable has it; None where there is none."""

    async def partitions(self, database: str, table: str) -> Sequence[Mapping[str, Any]]:
        """Return a table's partitions as GetPartitions has them."""

    async def add_partitions(
        self, database: str, table: str, partitions: Sequence[Mapping[str, Any]]
    ) -> None:
        """Add partitions to a table."""

    def workgroup(self, name: str) -> Mapping[str, Any] | None:
        """Return a workgroup; None where there is none."""

    def prepared_statement(self, workgroup: str, name: str) -> str | None:
        """Return a prepared statement's SQL; None where there is none."""
