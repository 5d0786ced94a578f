"""`orders.dead_letters.ports.Streams` on DynamoDB Streams."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from orders.adapters.shard_reading import ShardReader
from orders.dead_letters.model import StreamBatch
from orders.dead_letters.ports import Record

if TYPE_CHECKING:
    from mypy_boto3_dynamodbstreams import DynamoDBStreamsClient
    from mypy_boto3_dynamodbstreams.type_defs import RecordTypeDef


class DynamoDBStreamBatches(ShardReader["RecordTypeDef"]):
    """Reads the records of a batch again."""

    gone = frozenset({"TrimmedDataAccessException", "ResourceNotFoundException", "ValidationException"})

    def __init__(self, client: DynamoDBStreamsClient) -> None:
        self._client = client

    def _iterator(self, batch: StreamBatch) -> str | None:
        return self._client.get_shard_iterator(
            StreamArn=batch.stream,
            ShardId=batch.shard,
            ShardIteratorType="AT_SEQUENCE_NUMBER",
            SequenceNumber=batch.first,
        )["ShardIterator"]

    def _page(self, iterator: str, batch: StreamBatch) -> tuple[Sequence[RecordTypeDef], str | None]:
        page = self._client.get_records(ShardIterator=iterator)
        return page["Records"], page.get("NextShardIterator")

    def _number(self, record: RecordTypeDef) -> str:
        return record["dynamodb"]["SequenceNumber"]

    def _as_handed_over(self, record: RecordTypeDef, batch: StreamBatch) -> Record:
        data = dict(record["dynamodb"])
        moment = data.get("ApproximateCreationDateTime")
        if isinstance(moment, datetime):
            data["ApproximateCreationDateTime"] = moment.timestamp()
        return {**record, "dynamodb": data, "eventSourceARN": batch.stream}
