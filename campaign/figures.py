"""The shop's figures three times, after a replay of the stream: the orders table's, the windows', SQL's."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final

import boto3

from campaign.books import OrderBook
from clients.analytics.athena import Athena
from clients.analytics.checking import QUESTION, Counts, Difference, differences, of_figures, of_rows
from clients.analytics.figures import ShopFigures
from clients.analytics.settings import find_athena
from clients.errors import OrderwireError
from demo.ready import Ready

if TYPE_CHECKING:
    from mypy_boto3_kinesis import KinesisClient
    from mypy_boto3_kinesis.type_defs import PutRecordsRequestEntryTypeDef, RecordTypeDef

PLACES: Final = ("the table", "the windows", "SQL")
LOOK_SECONDS: Final = 0.5
MOST_RECORDS: Final = 500


def of_orders(orders: Iterable[OrderBook]) -> Counts:
    """Return the figures that the orders table comes to."""
    counts: Counter[tuple[str, str]] = Counter()
    for order in orders:
        counts["now", order.status] += 1
        counts.update(("entries", status) for _, status in order.versions)
        if order.status == "DELIVERED":
            counts["deliveries", order.currency] += 1
            counts["amount", order.currency] += order.total
    return counts


class Analyst:
    """Replays the stream, and counts by SQL.

    Parameters
    ----------
    ready
        The local cloud.
    ready_file
        Where it says so.
    stream
        The name of the stream of changes.
    """

    def __init__(self, ready: Ready, ready_file: Path, stream: str) -> None:
        session = boto3.Session(
            aws_access_key_id=ready.access_key_id,
            aws_secret_access_key=ready.secret_access_key,
            region_name=ready.region,
        )
        self._kinesis: KinesisClient = session.client("kinesis", endpoint_url=ready.engine)
        self._stream = stream
        self._athena = Athena(find_athena({}, ready_file=ready_file))

    def replay(self, seed: int) -> int:
        """Put every record of the stream once more, in any order, and return how many there were.

        A shard is split meanwhile: an order's records then lie in two, the later before the earlier ones.
        """
        records = [
            record
            for shard in self._kinesis.list_shards(StreamName=self._stream)["Shards"]
            for record in self._records(shard["ShardId"])
        ]
        random.Random(seed).shuffle(records)
        half = len(records) // 2
        self._put(records[:half])
        self._split()
        self._put(records[half:])
        return len(records)

    def by_sql(self) -> Counts:
        """Return the figures that SQL counts from all changes."""
        [sql] = [question.sql for question in self._athena.questions() if question.name == QUESTION]
        return of_rows(self._athena.ask(sql).rows)

    def _records(self, shard: str) -> list[RecordTypeDef]:
        records: list[RecordTypeDef] = []
        iterator: str | None = self._kinesis.get_shard_iterator(
            StreamName=self._stream, ShardId=shard, ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        while iterator is not None:
            page = self._kinesis.get_records(ShardIterator=iterator)
            records += page["Records"]
            if page.get("MillisBehindLatest") == 0:
                break
            iterator = page.get("NextShardIterator")
        return records

    def _put(self, records: list[RecordTypeDef]) -> None:
        for start in range(0, len(records), MOST_RECORDS):
            unwritten: list[PutRecordsRequestEntryTypeDef] = [
                {"Data": record["Data"], "PartitionKey": record["PartitionKey"]}
                for record in records[start : start + MOST_RECORDS]
            ]
            while unwritten:
                answer = self._kinesis.put_records(StreamName=self._stream, Records=unwritten)
                results = zip(unwritten, answer["Records"], strict=True)
                unwritten = [record for record, result in results if "ErrorCode" in result]

    def _split(self) -> None:
        shards = self._kinesis.list_shards(StreamName=self._stream)["Shards"]
        last = next(s for s in shards if "EndingSequenceNumber" not in s["SequenceNumberRange"])
        low, high = (int(last["HashKeyRange"][name]) for name in ("StartingHashKey", "EndingHashKey"))
        self._kinesis.split_shard(
            StreamName=self._stream,
            ShardToSplit=last["ShardId"],
            NewStartingHashKey=str((low + high) // 2 + 1),
        )
        self._kinesis.get_waiter("stream_exists").wait(
            StreamName=self._stream, WaiterConfig={"Delay": 1, "MaxAttempts": 60}
        )


async def compare(
    orders: Iterable[OrderBook],
    live: Callable[[], Awaitable[ShopFigures]],
    by_sql: Callable[[], Counts],
    patience: float,
) -> list[Difference]:
    """Return where figures differ, once they agree or nothing has come closer for `patience` seconds.

    A window has to end, and a file to be written, before a change is in all of them.
    """
    table = of_orders(orders)
    latest: tuple[Counts, Counts] | None = None
    moved = time.monotonic()
    while True:
        try:
            counts = of_figures(await live()), await asyncio.to_thread(by_sql)
        except OrderwireError:
            counts = ({}, {})
        differing = differences([table, *counts])
        if not differing or time.monotonic() - moved > patience:
            return differing
        if counts != latest:
            latest, moved = counts, time.monotonic()
        await asyncio.sleep(LOOK_SECONDS)
