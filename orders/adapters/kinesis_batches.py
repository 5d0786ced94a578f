"""`orders.dead_letters.ports.Streams` on Kinesis, and the one that chooses by a stream's ARN."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from orders.adapters.shard_reading import ShardReader
from orders.dead_letters.model import StreamBatch
from orders.dead_letters.ports import Record, Streams
from orders.errors import RecordsGone

if TYPE_CHECKING:
    from mypy_boto3_kinesis import KinesisClient
    from mypy_boto3_kinesis.type_defs import RecordTypeDef


class KinesisBatches(ShardReader["RecordTypeDef"]):
    """Reads the records of a batch again."""

    gone = frozenset({"ResourceNotFoundException", "InvalidArgumentException", "ExpiredIteratorException"})

    def __init__(self, client: KinesisClient) -> None:
        self._client = client

    def _iterator(self, batch: StreamBatch) -> str | None:
        return self._client.get_shard_iterator(
            StreamARN=batch.stream,
            ShardId=batch.shard,
            ShardIteratorType="AT_SEQUENCE_NUMBER",
            StartingSequenceNumber=batch.first,
        )["ShardIterator"]

    def _page(self, iterator: str, batch: StreamBatch) -> tuple[Sequence[RecordTypeDef], str | None]:
        page = self._client.get_records(ShardIterator=iterator, StreamARN=batch.stream)
        return page["Records"], page.get("NextShardIterator")

    def _number(self, record: RecordTypeDef) -> str:
        return record["SequenceNumber"]

    def _as_handed_over(self, record: RecordTypeDef, batch: StreamBatch) -> Record:
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


class EveryStream:
    """Tables' streams and Kinesis' streams, distinguished by the service in their ARN.

    Parameters
    ----------
    by_service
        Creates the reader of a service's streams, such as ``kinesis``.
    """

    def __init__(self, by_service: Mapping[str, Callable[[], Streams]]) -> None:
        self._by_service = by_service

    def records(self, batch: StreamBatch) -> Sequence[Record]:
        """Return the records from a batch's first to its last."""
        make = self._by_service.get(batch.stream.split(":")[2])
        if make is None:
            raise RecordsGone
        return make().records(batch)
