"""What Firehose needs of the engine around it."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, Final

from localcloud.engine.streams.around import Around, UpstreamRefused
from localcloud.engine.streams.workers import Workers
from localcloud.streams.firehose.facade import CallFailed, Conversion, Converted
from localcloud.streams.hive import Column, HiveError, parse_columns
from localcloud.streams.sql.facade import QueryFailed

CONVERT_SECONDS: Final = 120.0


class FirehoseServices:
    """Calls S3, Glue, Kinesis, functions, and the worker that writes Parquet."""

    def __init__(self, around: Around, workers: Workers, changes: Mapping[str, int]) -> None:
        self._around, self._workers, self._changes = around, workers, changes

    async def put_object(self, bucket: str, key: str, body: bytes) -> None:
        """Write an object to S3."""
        try:
            await self._around.put_object(bucket, key, body)
        except UpstreamRefused as refused:
            raise CallFailed(f"S3.{refused.code}", refused.message) from None

    async def invoke(self, function: str, payload: bytes) -> bytes:
        """Invoke a function, and wait for its answer."""
        try:
            return await self._around.invoke(function, payload)
        except UpstreamRefused as refused:
            raise CallFailed(refused.code, refused.message) from None

    def changes(self, stream: str) -> int:
        """Return a number that is another one once a Kinesis stream has something new."""
        return self._changes.get(stream, 0)

    async def kinesis(self, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """Carry an operation of Kinesis out."""
        try:
            return await self._around.call("kinesis", operation, request)
        except UpstreamRefused as refused:
            raise CallFailed(refused.code, refused.message) from None

    async def log(self, group: str, stream: str, line: str) -> None:
        """Write a line to a log group."""
        request = {
            "logGroupName": group,
            "logStreamName": stream,
            "logEvents": [{"timestamp": int(time.time() * 1000), "message": line}],
        }
        try:
            await self._around.call("logs", "PutLogEvents", request)
        except UpstreamRefused as refused:
            raise CallFailed(refused.code, refused.message) from None

    async def columns(self, conversion: Conversion) -> Sequence[Column]:
        """Return the columns of a table in Glue's catalogue."""
        request = {"DatabaseName": conversion.database, "Name": conversion.table}
        try:
            table = (await self._around.call("glue", "GetTable", request))["Table"]
            return parse_columns((table.get("StorageDescriptor") or {}).get("Columns"))
        except UpstreamRefused as refused:
            code = f"DataFormatConversion.{refused.code}"
            raise CallFailed(code, f"The schema cannot be read: {refused.message}") from None
        except HiveError as error:
            raise CallFailed("DataFormatConversion.InvalidSchema", str(error)) from None

    async def convert(
        self, records: Sequence[bytes], columns: Sequence[Column], conversion: Conversion
    ) -> Converted:
        """Write records as Parquet."""
        worker = self._workers.worker
        try:
            async with worker.use() as folder:
                source, target = (folder / f"{uuid.uuid4()}{end}" for end in (".records", ".parquet"))
                source.write_bytes(b"".join(len(record).to_bytes(4, "big") + record for record in records))
                try:
                    answer = await worker.request(
                        "convert",
                        CONVERT_SECONDS,
                        input=str(source),
                        output=str(target),
                        columns=[{"name": column.name, "type": column.hive} for column in columns],
                        compression=conversion.compression,
                        options=conversion.options(),
                    )
                    body = target.read_bytes() if answer["rows"] else b""
                finally:
                    source.unlink(missing_ok=True)
                    target.unlink(missing_ok=True)
        except QueryFailed as error:
            raise CallFailed("DataFormatConversion.InternalError", str(error)) from None
        return Converted(body, {int(number): message for number, message in answer["failed"].items()})
