"""A destination at work: records in, objects out."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from localcloud.streams.firehose.buffers import Buffer, Clock, Tasks, Timer
from localcloud.streams.firehose.destination import Destination, ObjectPlace
from localcloud.streams.firehose.failures import CONVERSION, document
from localcloud.streams.firehose.interfaces import CallFailed, StreamServices
from localcloud.streams.firehose.measures import Meters
from localcloud.streams.firehose.partitions import Keys, Partitions
from localcloud.streams.firehose.records import Failure, Record
from localcloud.streams.firehose.splitting import unpacked
from localcloud.streams.firehose.transforming import Transforming
from localcloud.streams.firehose.writing import Lost, Writing

logger = logging.getLogger("localcloud.firehose")
# The catalogue, or what converts, may be away for a while.
CONVERSION_ATTEMPTS: Final = 3


@dataclass(frozen=True)
class Name:
    """How a stream is called.

    Attributes
    ----------
    source
        The ARN of the Kinesis stream that it reads; empty for DirectPut.
    """

    name: str
    arn: str
    region: str
    version: int
    source: str = ""


class Pipeline:
    """Takes a stream's records through transformation, partitioning, conversion and delivery.

    Parameters
    ----------
    destination
        It stays what it is: a changed destination gets another pipeline, and this one drains.
    """

    def __init__(
        self, name: Name, destination: Destination, services: StreamServices, measures: Meters, clock: Clock
    ) -> None:
        self._destination, self._services, self._measures = destination, services, measures
        self._clock, self._name = clock, name
        self._writing = Writing(name.name, name.version, services, clock, self._log)
        self._tasks = Tasks()
        self._partitions = Partitions(
            destination,
            clock,
            measures,
            lambda keys, records: self._tasks.start(self._deliver(keys, records)),
        )
        self._late: list[Failure] = []
        self._late_timer: Timer | None = None
        self._transforming: Transforming | None = None
        self._incoming: Buffer | None = None
        by = destination.processing.transformation
        if by is not None:
            self._transforming = Transforming(
                by, services, clock, arn=name.arn, region=name.region, source=name.source
            )
            self._incoming = Buffer(by.size, by.seconds, clock, self._begin_transforming)
        backup = destination.backup
        self._backup = None
        if backup is not None:
            self._backup = Buffer(
                backup.size, backup.seconds, clock, lambda records: self._begin_backup(backup, records)
            )

    def put(self, record: Record) -> None:
        """Take a record."""
        if self._backup is not None:
            record.receipt.hold()
            self._backup.add(record)
        inner: Record | Failure = unpacked(record) if self._destination.processing.gzip else record
        if isinstance(inner, Failure):
            self._fail_later([inner])
        elif self._incoming is not None:
            self._incoming.add(inner)
        else:
            self._sort([inner])

    async def flush(self) -> None:
        """Deliver all that waits, now."""
        while True:
            for buffer in self._buffers():
                buffer.flush()
            self._fail_now()
            await self._tasks.settled()
            if not any(self._buffers_with_records()):
                return

    def stop(self) -> None:
        """Deliver nothing more."""
        for buffer in self._buffers():
            buffer.cancel()
        if self._late_timer is not None:
            self._late_timer.cancel()
        self._tasks.cancel()

    def _buffers(self) -> list[Buffer]:
        own = [buffer for buffer in (self._incoming, self._backup) if buffer is not None]
        return [*own, *self._partitions.buffers()]

    def _buffers_with_records(self) -> list[Buffer]:
        return [buffer for buffer in self._buffers() if len(buffer)]

    # Transformation.

    def _begin_transforming(self, records: list[Record]) -> None:
        self._tasks.start(self._transform(records))

    async def _transform(self, records: list[Record]) -> None:
        assert self._transforming is not None
        started = self._clock.now()
        outcome = await self._transforming.transform(records)
        self._measures.put("ExecuteProcessing.Duration", (self._clock.now() - started) * 1000, "Milliseconds")
        invoked = all(failure.code.startswith("Lambda.Processing") for failure in outcome.failures)
        self._measures.put("ExecuteProcessing.Success", 1 if invoked else 0)
        self._measures.counted("SucceedProcessing", outcome.records)
        for record in outcome.dropped:
            record.receipt.release()
        self._fail(outcome.failures)
        self._sort(outcome.records)

    def _sort(self, records: Sequence[Record]) -> None:
        """Put records into the buffers of their partitions."""
        self._fail_later(self._partitions.sort(records))

    # Delivery.

    async def _deliver(self, keys: Keys, records: list[Record]) -> None:
        if self._destination.conversion is not None:
            body, records = await self._convert(records)
        else:
            body = b"".join(record.data for record in records)
        if records:
            await self._write(self._destination.place, body, records, "DeliveryToS3", keys=keys)

    async def _convert(self, records: list[Record]) -> tuple[bytes, list[Record]]:
        """Return records as Parquet, with those that are in it; the others go to the error prefix."""
        conversion = self._destination.conversion
        assert conversion is not None
        refusal = CallFailed("DataFormatConversion.InternalError", "The records were not converted")
        for attempt in range(CONVERSION_ATTEMPTS):
            if attempt:
                await self._clock.sleep(2.0**attempt)
            try:
                columns = await self._services.columns(conversion)
                converted = await self._services.convert(
                    [record.data for record in records], columns, conversion
                )
            except CallFailed as error:
                refusal = error
                continue
            failures = [
                Failure(records[number], CONVERSION, "DataFormatConversion.ParseError", message, attempt + 1)
                for number, message in converted.failed.items()
            ]
            self._fail(failures)
            written = [record for number, record in enumerate(records) if number not in converted.failed]
            self._measures.counted("SucceedConversion", written)
            return converted.body, written
        logger.warning("Firehose: records cannot be converted (%s: %s)", refusal.code, refusal.message)
        self._fail(
            [
                Failure(record, CONVERSION, refusal.code, refusal.message, CONVERSION_ATTEMPTS)
                for record in records
            ]
        )
        return b"", []

    def _begin_backup(self, place: ObjectPlace, records: list[Record]) -> None:
        body = b"".join(record.original for record in records)
        self._tasks.start(self._write(place, body, records, "BackupToS3"))

    def _fail_later(self, failures: Sequence[Failure]) -> None:
        """Gather failures of single records: they come one by one, and their objects need not."""
        self._late += failures
        if self._late and self._late_timer is None:
            self._late_timer = self._clock.later(self._destination.place.seconds, self._fail_now)

    def _fail_now(self) -> None:
        if self._late_timer is not None:
            self._late_timer.cancel()
            self._late_timer = None
        failures, self._late = self._late, []
        self._fail(failures)

    def _fail(self, failures: Sequence[Failure]) -> None:
        """Have failures written under the error prefix, an object for each kind."""
        kinds = sorted({failure.kind for failure in failures})
        for kind in kinds:
            self._tasks.start(self._write_failures([item for item in failures if item.kind == kind], kind))

    async def _write_failures(self, failures: Sequence[Failure], kind: str) -> None:
        records = [failure.record for failure in failures]
        if kind == CONVERSION:
            self._measures.counted("FailedConversion", records)
        logger.warning(
            "Firehose: %d records go to the error prefix %s (%s: %s)",
            *(len(failures), kind, failures[0].code, failures[0].message),
        )
        await self._log(failures[0].code, failures[0].message)
        now = self._clock.now()
        body = b"".join(document(failure, now, self._destination.conversion) for failure in failures)
        await self._write(self._destination.place, body, records, "", error=kind)

    async def _log(self, code: str, message: str) -> None:
        """Report a failure where the stream's owner reads it."""
        if self._destination.log is None:
            return
        line = {
            "deliveryStreamARN": self._name.arn,
            "destination": f"arn:aws:s3:::{self._destination.place.bucket}",
            "deliveryStreamVersionId": self._name.version,
            "message": message,
            "errorCode": code,
        }
        try:
            await self._services.log(*self._destination.log, json.dumps(line))
        except CallFailed as error:
            logger.warning("Firehose: %s cannot write to its log (%s)", self._name.name, error.message)

    async def _write(
        self,
        place: ObjectPlace,
        body: bytes,
        records: Sequence[Record],
        measured: str,
        *,
        error: str = "",
        keys: Keys = ({}, {}),
    ) -> None:
        try:
            await self._writing.write(place, body, records, error=error, keys=keys)
        except Lost as lost:
            logger.error("Firehose: %d records are lost after 24 hours: %s", len(records), lost)
            await self._log("S3.DeliveryFailed", f"{len(records)} records are lost after 24 hours: {lost}")
            if measured:
                self._measures.put(f"{measured}.Success", 0)
        else:
            if measured:
                self._measures.delivered(measured, records, len(body), self._clock.now())
        for record in records:
            record.receipt.release()
