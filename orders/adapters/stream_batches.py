"""`orders.dead_letters.ports.Streams` on DynamoDB Streams."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from orders.dead_letters.model import StreamBatch
from orders.dead_letters.ports import Record
from orders.errors import RecordsGone

if TYPE_CHECKING:
    from mypy_boto3_dynamodbstreams import DynamoDBStreamsClient
    from mypy_boto3_dynamodbstreams.type_defs import RecordTypeDef

GONE = frozenset({"TrimmedDataAccessException", "ResourceNotFoundException", "ValidationException"})
EMPTY_PAGES = 5
"""A page may be empty although there is more behind it; so many in a row mean that there is not."""


class DynamoDBStreamBatches:
    """Reads the records of a batch again."""

    def __init__(self, client: DynamoDBStreamsClient) -> None:
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
            StreamArn=batch.stream,
            ShardId=batch.shard,
            ShardIteratorType="AT_SEQUENCE_NUMBER",
            SequenceNumber=batch.first,
        )["ShardIterator"]
        records: list[Record] = []
        empty = 0
        while iterator is not None and empty < EMPTY_PAGES:
            page = self._client.get_records(ShardIterator=iterator)
            empty = 0 if page["Records"] else empty + 1
            for record in page["Records"]:
                if int(record["dynamodb"]["SequenceNumber"]) > int(batch.last):
                    return records
                records.append(as_handed_over(record, batch.stream))
                if record["dynamodb"]["SequenceNumber"] == batch.last:
                    return records
            iterator = page.get("NextShardIterator")
        return records


def as_handed_over(record: RecordTypeDef, stream: str) -> Record:
    """Return a record in the form in which Lambda hands it to a function."""
    data = dict(record["dynamodb"])
    moment = data.get("ApproximateCreationDateTime")
    if isinstance(moment, datetime):
        data["ApproximateCreationDateTime"] = moment.timestamp()
    return {**record, "dynamodb": data, "eventSourceARN": stream}
