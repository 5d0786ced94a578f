"""One statement from its text to its result in S3."""

from __future__ import annotations

import asyncio
import json
import logging
from dataclasses import asdict, dataclass
from typing import Any, Final

from localcloud.streams.sql.catalogue import place_of
from localcloud.streams.sql.client import Worker
from localcloud.streams.sql.errors import QueryFailed
from localcloud.streams.sql.executions import QueryExecution
from localcloud.streams.sql.interfaces import SqlServices, Unreachable
from localcloud.streams.sql.objects import Objects
from localcloud.streams.sql.parameters import with_parameters
from localcloud.streams.sql.reading import QueryReading
from localcloud.streams.sql.results import column_info, write_metadata
from localcloud.streams.sql.statements import Listing, answer_of_catalogue, executed

logger = logging.getLogger("localcloud.sql")
# AWS's own is half an hour; here a query has one machine, and its owner waits.
MOST_SECONDS: Final = 300.0


@dataclass(frozen=True)
class Runner:
    """Runs statements.

    Attributes
    ----------
    seconds
        How long a query may take.
    """

    services: SqlServices
    worker: Worker
    objects: Objects
    seconds: float = MOST_SECONDS

    async def run(self, execution: QueryExecution, cutoff: int | None) -> None:
        """Run a statement, and note its columns and what it read.

        Parameters
        ----------
        cutoff
            The most bytes that its workgroup lets it read.

        Raises
        ------
        QueryFailed
        """
        try:
            sql = self._prepared(execution)
            listing = await answer_of_catalogue(self.services, sql, execution.database)
            if listing is not None:
                await self._write_listing(execution, listing)
            else:
                await self._query(execution, sql, cutoff)
        except Unreachable as error:
            raise QueryFailed(str(error)) from None

    def _prepared(self, execution: QueryExecution) -> str:
        call = executed(execution.sql)
        if call is None:
            return with_parameters(execution.sql, execution.parameters)
        name, values = call
        statement = self.services.prepared_statement(execution.workgroup, name)
        if statement is None:
            raise QueryFailed(f"NOT_FOUND: Prepared statement not found: {name}")
        return with_parameters(statement, values or execution.parameters)

    async def _query(self, execution: QueryExecution, sql: str, cutoff: int | None) -> None:
        async with self.worker.use() as folder:
            reading = QueryReading(self.services, self.worker, self.seconds)
            await reading.read(sql, execution.database)
            execution.scanned = sum(file.listed.size for table in reading.tables for file in table.files)
            if cutoff is not None and execution.scanned > cutoff:
                raise QueryFailed("Bytes scanned limit was exceeded")
            output = folder / f"{execution.id}.csv"
            try:
                answer = await self.worker.request(
                    "query",
                    self.seconds,
                    sql=reading.sql,
                    database=execution.database,
                    tables=await self.objects.tables(self.services, reading.tables, folder),
                    views=[asdict(view) for view in reading.views],
                    output=str(output),
                )
                body = output.read_bytes()
            finally:
                output.unlink(missing_ok=True)
        execution.columns = [
            column_info(item["name"], item["type"], item["precision"], item["scale"])
            for item in answer["columns"]
        ]
        await self._write(execution, body)

    async def _write_listing(self, execution: QueryExecution, listing: Listing) -> None:
        execution.columns = list(listing.columns)
        body = "".join("\t".join(cell or "" for cell in row) + "\n" for row in listing.rows)
        await self._write(execution, body.encode())

    async def _write(self, execution: QueryExecution, body: bytes) -> None:
        bucket, key = place_of(execution.output)
        key = key.rstrip("/")
        # Both at once: an execution is there to be read when it has succeeded, and not before.
        metadata = self.services.put_object(bucket, f"{key}.metadata", write_metadata(execution.columns))
        await asyncio.gather(self.services.put_object(bucket, key, body), metadata)


def rows_of(execution: QueryExecution, body: bytes) -> list[list[str | None]]:
    """Return a result's rows; those of a listing have no header."""
    from localcloud.streams.sql.results import read_cells  # noqa: PLC0415

    text = body.decode()
    if execution.output.endswith(".txt"):
        return [[line] for line in text.splitlines()]
    return read_cells(text)


def as_json(execution: QueryExecution) -> Any:
    """Return an execution as the journal holds it."""
    return json.loads(json.dumps(execution.__dict__))
