"""`orders.dead_letters.ports.Streams` on Kinesis, and the one that chooses by a stream's ARN."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from orders.dead_letters.model import StreamBatch
from orders.dead_letters.ports import Record, Streams
from orders.errors import RecordsGone

if TYPE_CHECKING:
    from mypy_boto3_kinesis import KinesisClient
    from mypy_boto3_kinesis.type_defs import RecordTypeDef

GONE: Final = frozenset({"ResourceNotFoundException", "InvalidArgumentException", "ExpiredIteratorException"})
EMPTY_PAGES: Final = 5
"""A page may be empty although there is more behind it; so many in a row mean that there is not."""


class KinesisBatches:
    """Reads the records of a batch again."""

    def __init__(self, client: KinesisClient) -> None:
        self._client = client

    def records(self, batch: StreamBatch) -> Sequence[Record]:
        """Return the records from a batch's first to its last."""
        try:
            records = self._read(batch)
        except ClientError as error:
            if error.response["Error"].get("Code") in GONE:
                raise RecordsGone from error
            raise
        if not records:
            raise RecordsGone
        return records

    def _read(self, batch: StreamBatch) -> list[Record]:
        iterator: str | None = self._client.get_shard_iterator(
            StreamARN=batch.stream,
            ShardId=batch.shard,
            ShardIteratorType="AT_SEQUENCE_NUMBER",
            StartingSequenceNumber=batch.first,
        )["ShardIterator"]
        records: list[Record] = []
        empty = 0
        while iterator is not None and empty < EMPTY_PAGES:
            page = self._client.get_records(ShardIterator=iterator, StreamARN=batch.stream)
            empty = 0 if page["Records"] else empty + 1
            for record in page["Records"]:
                if int(record["SequenceNumber"]) > int(batch.last):
                    return records
                records.append(as_handed_over(record, batch))
                if record["SequenceNumber"] == batch.last:
                    return records
            iterator = page.get("NextShardIterator")
        return records


class EveryStream:
    """Tables' streams and Kinesis' streams, distinguished by the service in their ARN.

    Parameters
    ----------
    by_service
        Makes what reads the streams of a service, such as ``kinesis``.
    """

    def __init__(self, by_service: Mapping[str, Callable[[], Streams]]) -> None:
        self._by_service = by_service

    def records(self, batch: StreamBatch) -> Sequence[Record]:
        """Return the records from a batch's first to its last."""
        make = self._by_service.get(batch.stream.split(":")[2])
        if make is None:
            raise RecordsGone
        return make().records(batch)


def as_handed_over(record: RecordTypeDef, batch: StreamBatch) -> Record:
    """Return a record in the form in which Lambda hands it to a function."""
    data = {
        "kinesisSchemaVersion": "1.0",
        "partitionKey": record["PartitionKey"],
        "sequenceNumber": record["SequenceNumber"],
        "data": base64.b64encode(record["Data"]).decode(),
        "approximateArrivalTimestamp": record["ApproximateArrivalTimestamp"].timestamp(),
    }
    return {
        "eventSource": "aws:kinesis",
        "eventID": f"{batch.shard}:{record['SequenceNumber']}",
        "eventSourceARN": batch.stream,
        "kinesis": data,
    }
