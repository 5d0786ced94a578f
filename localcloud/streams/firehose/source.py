"""``KinesisStreamAsSource``: reads every shard of a stream, parents before their children."""

from __future__ import annotations

import asyncio
import base64
import logging
from collections.abc import Callable, Mapping
from typing import Any, Final

from localcloud.streams.firehose.buffers import Clock, Tasks
from localcloud.streams.firehose.interfaces import CallFailed, StreamServices

logger = logging.getLogger("localcloud.firehose")
# "Firehose calls the GetRecords operation of Kinesis Data Streams once per second for each shard."
POLL_SECONDS: Final = 1.0
# A stream that nothing is put to is read as rarely as this.
IDLE_SECONDS: Final = 15.0
MOST_RECORDS: Final = 10_000
# Where a shard's reading has come to its end.
END: Final = "END"
# Takes a shard's records and the sequence number up to which it has been read; waits while there is no room.
Take = Callable[[str, list[dict[str, Any]], str], Any]


class SourceReading:
    """Reads a Kinesis stream.

    Parameters
    ----------
    stream
        Its ARN.
    started
        When reading began, in seconds since 1970: a shard that was open by then is read from there.
    positions
        The last sequence number that was read of each shard.
    """

    def __init__(
        self,
        stream: str,
        services: StreamServices,
        clock: Clock,
        take: Take,
        *,
        started: float,
        positions: Mapping[str, str],
    ) -> None:
        self._stream, self._services, self._clock = stream, services, clock
        self._take, self._started = take, started
        self._positions = dict(positions)
        self._iterators: dict[str, str] = {}
        self._tasks = Tasks()
        self._turn = asyncio.Lock()
        self._throttled = False

    def start(self) -> None:
        """Begin to read."""
        self._tasks.start(self._run())

    def stop(self) -> None:
        """Read no more."""
        self._tasks.cancel()

    async def _run(self) -> None:
        refused = ""
        while True:
            changes, until = self._services.changes(self._stream), self._clock.now() + IDLE_SECONDS
            self._throttled = False
            try:
                await self.read_once()
                refused = ""
            except CallFailed as error:
                if error.code != refused:
                    logger.warning(
                        "Firehose: %s cannot be read (%s: %s)", self._stream, error.code, error.message
                    )
                refused = error.code
            await self._clock.sleep(POLL_SECONDS)
            # Nothing is asked for while nothing comes.
            while not (self._throttled or refused) and self._clock.now() < until:
                if self._services.changes(self._stream) != changes:
                    break
                await self._clock.sleep(POLL_SECONDS)

    async def read_once(self) -> None:
        """Read what every open shard has, once.

        Raises
        ------
        CallFailed
        """
        # A reader that wants everything delivered now reads beside the one that always does.
        async with self._turn:
            if not self._iterators:
                await self._find_shards()
            ended = False
            for shard in list(self._iterators):
                ended |= await self._read(shard)
            if ended:
                await self._find_shards()

    async def _find_shards(self) -> None:
        request: dict[str, Any] = {"StreamARN": self._stream}
        shards: list[dict[str, Any]] = []
        while True:
            page = await self._services.kinesis("ListShards", request)
            shards += page.get("Shards") or []
            if not page.get("NextToken"):
                break
            request = {"NextToken": page["NextToken"]}
        names = {shard["ShardId"] for shard in shards}
        for shard in shards:
            name = shard["ShardId"]
            identifiers = (str(shard.get(member)) for member in ("ParentShardId", "AdjacentParentShardId"))
            parents = [parent for parent in identifiers if parent in names]
            if name in self._iterators or self._positions.get(name) == END:
                continue
            if all(self._positions.get(parent) == END for parent in parents):
                self._iterators[name] = await self._iterator(name, child=bool(parents))

    async def _iterator(self, shard: str, *, child: bool) -> str:
        request: dict[str, Any] = {"StreamARN": self._stream, "ShardId": shard}
        if shard in self._positions:
            request |= {
                "ShardIteratorType": "AFTER_SEQUENCE_NUMBER",
                "StartingSequenceNumber": self._positions[shard],
            }
        elif child:
            request["ShardIteratorType"] = "TRIM_HORIZON"
        else:
            request |= {"ShardIteratorType": "AT_TIMESTAMP", "Timestamp": self._started}
        return str((await self._services.kinesis("GetShardIterator", request))["ShardIterator"])

    async def _read(self, shard: str) -> bool:
        """Read a shard until it has nothing more; return whether it has ended."""
        while True:
            request = {"ShardIterator": self._iterators[shard], "Limit": MOST_RECORDS}
            try:
                page = await self._services.kinesis("GetRecords", request)
            except CallFailed as error:
                if error.code == "ProvisionedThroughputExceededException":
                    self._throttled = True
                    return False
                if error.code in {"ExpiredIteratorException", "InvalidArgumentException"}:
                    del self._iterators[shard]
                    self._iterators[shard] = await self._iterator(shard, child=True)
                    return False
                raise
            records = page.get("Records") or []
            position = str(records[-1]["SequenceNumber"]) if records else self._positions.get(shard, "")
            following = page.get("NextShardIterator")
            if not following:
                position = END
            if records or position == END:
                await self._take(shard, records, position)
                self._positions[shard] = position
            if not following:
                del self._iterators[shard]
                return True
            self._iterators[shard] = str(following)
            if not records or not page.get("MillisBehindLatest"):
                return False


def data_of(record: Mapping[str, Any]) -> bytes:
    """Return a Kinesis record's bytes."""
    return base64.b64decode(record["Data"])


def metadata_of(shard: str, record: Mapping[str, Any]) -> dict[str, object]:
    """Return what a function sees of the record that it came from."""
    return {
        "shardId": shard,
        "partitionKey": record["PartitionKey"],
        "approximateArrivalTimestamp": int(float(record["ApproximateArrivalTimestamp"]) * 1000),
        "sequenceNumber": record["SequenceNumber"],
        "subsequenceNumber": "",
    }
