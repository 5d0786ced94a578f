"""What Firehose needs of others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from localcloud.streams.firehose.conversion import Conversion
from localcloud.streams.hive import Column


class CallFailed(Exception):
    """A service refused, or gave no answer.

    Attributes
    ----------
    code
        Its name of the error.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


@dataclass(frozen=True)
class Converted:
    """What a conversion came to.

    Attributes
    ----------
    body
        The Parquet file; empty where no record could be read.
    failed
        The numbers of the records that could not be read, each with the reason.
    """

    body: bytes
    failed: Mapping[int, str]


class StreamServices(Protocol):
    """The services around a delivery stream: all raise `CallFailed`."""

    async def put_object(self, bucket: str, key: str, body: bytes) -> None:
        """Write an object to S3."""

    async def invoke(self, function: str, payload: bytes) -> bytes:
        """Invoke a function, and wait for its answer."""

    async def columns(self, conversion: Conversion) -> Sequence[Column]:
        """Return the columns of a table in Glue's catalogue."""

    async def convert(
        self, records: Sequence[bytes], columns: Sequence[Column], conversion: Conversion
    ) -> Converted:
        """Write records as Parquet."""

    async def log(self, group: str, stream: str, line: str) -> None:
        """Write a line to a log group."""

    def changes(self, stream: str) -> int:
        """Return a number that is another one once a Kinesis stream has something new."""

    async def kinesis(self, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """Carry an operation of Kinesis out."""
