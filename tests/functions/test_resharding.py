"""Shards that split and merge under a mapping, in Kinesis itself: nothing is lost, and order is kept."""

from __future__ import annotations

import asyncio
import base64
import json
import shutil
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from localcloud.calls import JsonApi, JsonDocument, JsonService
from localcloud.functions import InvokeResult
from localcloud.functions.interfaces import EngineInterfaces
from localcloud.functions.mappings.keeping import JournaledPositions
from localcloud.functions.streams import KinesisStreams
from localcloud.journal import Journal
from localcloud.streams.kinesis.facade import JSON, KinesisService, read, write
from tests.examples import examples
from tests.functions.fakes import ACCOUNT, REGION, World
from tests.functions.helpers import until
from tests.functions.shards import CLICKS, FAILED, MAPPING, Stream, texts

PLACE = (ACCOUNT, REGION)
KEYS = "abcdef"


class Api:
    """Kinesis behind the calls of the engine, without a connection."""

    def __init__(self) -> None:
        self.service = KinesisService()
        self.service.scale.factor = None  # a mapping's reads are not counted

    async def call(
        self, service: JsonService, operation: str, document: JsonDocument, *, attempts: int = 1
    ) -> JsonDocument:
        return self.ask(operation, document)

    def ask(self, operation: str, document: Any) -> JsonDocument:
        request = read(JSON, json.dumps(document).encode())
        answer: JsonDocument = json.loads(
            write(JSON, cast("Any", self.service.answer(PLACE, operation, request)))
        )
        return answer


@dataclass
class Clicks(World):
    """A world whose data stream is Kinesis's."""

    api: Api = field(default_factory=Api)

    def __post_init__(self) -> None:
        self.api.ask("CreateStream", {"StreamName": "clicks", "ShardCount": 2})
        self.count = 0

    def ports(self) -> EngineInterfaces:
        return replace(super().ports(), kinesis=KinesisStreams(cast("JsonApi", self.api)))

    def reshard(self, operation: str, place: int) -> None:
        """Split the shard at a place, or merge it with its neighbour."""
        listed = cast("list[Any]", self.api.ask("ListShards", {"StreamARN": CLICKS})["Shards"])
        still_open = [shard for shard in listed if "EndingSequenceNumber" not in shard["SequenceNumberRange"]]
        still_open.sort(key=lambda shard: int(shard["HashKeyRange"]["StartingHashKey"]))
        shard = still_open[place % len(still_open)]
        if operation == "split":
            first, last = (int(shard["HashKeyRange"][f"{end}HashKey"]) for end in ("Starting", "Ending"))
            request = {"ShardToSplit": shard["ShardId"], "NewStartingHashKey": str((first + last) // 2)}
            self.api.ask("SplitShard", {"StreamARN": CLICKS, **request})
        elif shard is not still_open[-1]:
            neighbour = still_open[still_open.index(shard) + 1]
            request = {"ShardToMerge": shard["ShardId"], "AdjacentShardToMerge": neighbour["ShardId"]}
            self.api.ask("MergeShards", {"StreamARN": CLICKS, **request})

    def send(self, key: str) -> None:
        """Put the next record of a partition key."""
        data = base64.b64encode(f"{key}{self.count}".encode()).decode()
        self.count += 1
        self.api.ask("PutRecord", {"StreamARN": CLICKS, "Data": data, "PartitionKey": key})

    def wakes(self, process: Stream) -> bool:
        """Wake a process: no feed tells it of the records."""
        process.manager.wake("")
        return True


class Process(Stream):
    """A process with the journal that keeps its positions; its function fails now and then."""

    def __init__(self, world: World, folder: Path, failures: set[int]) -> None:
        self.folder, self.journal = folder, Journal.open(folder)
        super().__init__(world, JournaledPositions(self.journal))
        self.handled: list[str] = []
        self._failures = failures
        self.answer = self._answer

    def _answer(self, event: dict[str, Any]) -> InvokeResult:
        if len(self.events) in self._failures:
            return FAILED
        self.handled += texts(event)
        return InvokeResult(b"null")

    async def stop(self) -> None:
        await self.manager.stop()
        self.journal.close()


ACTIONS = st.one_of(
    st.tuples(st.just("put"), st.integers(0, len(KEYS) - 1)),
    st.tuples(st.just("put"), st.integers(0, len(KEYS) - 1)),
    st.tuples(st.sampled_from(["split", "merge"]), st.integers(0, 5)),
    st.tuples(st.just("kill"), st.just(0)),
)


@pytest.mark.parametrize("lanes", [1, 3])
@settings(max_examples=examples(60), deadline=None)
@given(
    actions=st.lists(ACTIONS, min_size=5, max_size=40),
    begins=st.integers(0, 40),
    failures=st.sets(st.integers(0, 30), max_size=4),
)
async def test_resharding_loses_nothing_and_keeps_the_order_of_each_key(
    lanes: int, actions: list[tuple[str, int]], begins: int, failures: set[int]
) -> None:
    """The mapping is enabled at some time: until then there is a backlog, in parents and in children."""
    world, mapping = Clicks(), replace(MAPPING, parallelization=lanes, batch_size=3)
    handled: list[str] = []
    with TemporaryDirectory() as name:
        process = Process(world, Path(name) / "first", failures)
        for number, (action, place) in enumerate(actions):
            if number == begins:
                await process.map(mapping)
            if action == "put":
                world.send(KEYS[place])
            elif action == "kill":
                folder = Path(name) / str(number)
                shutil.copytree(process.folder, folder)
                handled += process.handled
                await process.stop()
                process = Process(world, folder, failures)
                if number >= begins:
                    await process.map(mapping)
            else:
                world.reshard(action, place)
            process.manager.wake("")
            await asyncio.sleep(0)
        if begins >= len(actions):
            await process.map(mapping)
        await until(lambda: world.wakes(process) and len({*handled, *process.handled}) == world.count)
        await process.stop()
    handled += process.handled
    if not any(action == "kill" for action, _ in actions):
        assert len(handled) == world.count
    for key in KEYS:
        first = [int(text[1:]) for text in dict.fromkeys(handled) if text[0] == key]
        assert first == sorted(first)
