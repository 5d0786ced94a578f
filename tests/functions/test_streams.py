"""A table's stream that invokes a function: where it starts, in which order, what survives a change."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from localcloud.calls import ServiceRefused
from localcloud.functions import InvokeResult, Settings
from localcloud.functions.context import Context
from localcloud.functions.destinations.sending import Destinations
from localcloud.functions.mapping_definition import MappingDefinition
from localcloud.functions.mappings.backlog import Backlog
from localcloud.functions.mappings.keeping import JournaledPositions, PositionStore
from localcloud.functions.mappings.manager import MappingManager
from localcloud.functions.streams import PAGE_LIMIT
from localcloud.journal import Journal
from tests.functions.fakes import ACCOUNT, World, function_arn, queue_arn, stream_arn
from tests.functions.helpers import until

ORDERS = stream_arn("orders")
MAPPING = MappingDefinition(
    "m-1", ORDERS, function_arn("fanout"), starting_position="TRIM_HORIZON", batch_size=100
)
FAILED = InvokeResult(b'{"errorMessage":"no"}', "Unhandled", request_id="r-1")


async def role_of(function: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:role/work"


class Table:
    """A stream, its mappings, and the function they invoke. Nothing is polled that is not woken."""

    def __init__(self, world: World, kept: PositionStore | None = None) -> None:
        self.world = world
        self.batches: list[list[str]] = []
        self.answers: list[InvokeResult] = []
        self.gate: asyncio.Event | None = None
        self.running = 0
        self.failing: set[str] = set()
        self.numbers: list[int] = []
        self.warnings: list[str] = []
        context = Context(self.warnings.append, Settings(poll_seconds=3600.0, stream_backoff=(0.0, 0.0)))
        destinations = Destinations(world.targets, self.invoke, context)
        ports = world.ports()
        self.manager = MappingManager(ports, self.invoke, destinations, context, identity=role_of, store=kept)

    async def invoke(
        self, function: str, payload: bytes, *, asynchronous: bool = False, limit: float | None = None
    ) -> InvokeResult:
        records = json.loads(payload)["Records"]
        keys = [record["dynamodb"]["Keys"]["pk"]["S"] for record in records]
        self.batches.append(keys)
        self.numbers += [int(record["dynamodb"]["SequenceNumber"]) for record in records]
        self.running += 1
        try:
            if self.gate is not None:
                await self.gate.wait()
        finally:
            self.running -= 1
        if self.failing & set(keys):
            await asyncio.sleep(0)
            return FAILED
        return self.answers.pop(0) if self.answers else InvokeResult(b"null")

    async def map(self, *mappings: MappingDefinition) -> None:
        self.world.control.defined_mappings = list(mappings)
        await self.manager.reload()

    def put(self, *keys: str, shard: str = "shardId-1") -> list[str]:
        numbers = self.world.streams.put(ORDERS, *keys, shard=shard)
        self.manager.wake(ORDERS)
        return numbers

    @property
    def keys_read(self) -> list[str]:
        return [key for batch in self.batches for key in batch]


@pytest.fixture
async def table(world: World) -> AsyncIterator[Table]:
    world.streams.add_shard(ORDERS)
    async with AsyncExitStack() as stack:
        table = Table(world)
        stack.push_async_callback(table.manager.stop)
        yield table


async def test_changes_arrive_in_order(table: Table) -> None:
    await table.map(MAPPING)
    table.put("a", "b")
    await until(lambda: table.keys_read == ["a", "b"])
    table.put("c")
    await until(lambda: table.keys_read == ["a", "b", "c"])


@pytest.mark.parametrize(("position", "expected"), [("TRIM_HORIZON", ["old", "new"]), ("LATEST", ["new"])])
async def test_mapping_starts_at_its_position(table: Table, position: str, expected: list[str]) -> None:
    table.put("old")
    await table.map(replace(MAPPING, starting_position=position))
    table.put("new")
    await until(lambda: table.keys_read[-1:] == ["new"])
    assert table.keys_read == expected


@pytest.mark.parametrize("position", ["TRIM_HORIZON", "LATEST"])
@pytest.mark.parametrize("lanes", [1, 2])
async def test_mapping_continues_behind_its_checkpoint_in_the_next_process(
    world: World, tmp_path: Path, position: str, lanes: int
) -> None:
    world.streams.add_shard(ORDERS)
    mapping = replace(MAPPING, starting_position=position, batch_size=2, parallelization=lanes)
    journal = Journal.open(tmp_path)
    first = Table(world, JournaledPositions(journal))
    await first.map(mapping)
    first.put("a", "b")
    await until(lambda: len(first.keys_read) == 2)
    first.gate = asyncio.Event()
    first.put("c")
    await until(lambda: "c" in first.keys_read)
    await first.manager.stop()
    journal.close()
    world.streams.put(ORDERS, "d")
    journal = Journal.open(tmp_path)
    second = Table(world, JournaledPositions(journal))
    await second.map(mapping)
    await until(lambda: {"c", "d"} <= set(second.keys_read))
    assert sorted(second.keys_read) == ["c", "d"]
    await second.map()
    await second.manager.stop()
    journal.close()
    assert Journal.open(tmp_path).spaces("functions/") == []


async def test_wake_up_costs_one_read(table: Table) -> None:
    await table.map(MAPPING)
    before = table.world.streams.reads
    table.put("a", "b")
    await until(lambda: table.keys_read == ["a", "b"])
    table.put("c")
    await until(lambda: table.keys_read == ["a", "b", "c"])
    assert table.world.streams.reads == before + 2


async def test_full_page_is_followed_at_once(table: Table) -> None:
    keys = [str(number) for number in range(PAGE_LIMIT + 1)]
    await table.map(replace(MAPPING, batch_size=10_000))
    table.put(*keys)
    await until(lambda: table.keys_read == keys)


async def test_full_page_of_filtered_records_is_followed_at_once(table: Table) -> None:
    pattern = json.dumps({"dynamodb": {"Keys": {"pk": {"S": ["last"]}}}})
    await table.map(replace(MAPPING, filters=(pattern,)))
    table.put(*(["other"] * PAGE_LIMIT), "last")
    await until(lambda: table.keys_read == ["last"])


async def test_batch_size_is_obeyed(table: Table) -> None:
    table.put(*"abcde")
    await table.map(replace(MAPPING, batch_size=2))
    await until(lambda: len(table.keys_read) == 5)
    assert table.batches == [["a", "b"], ["c", "d"], ["e"]]


async def test_window_gathers_a_batch(table: Table) -> None:
    await table.map(replace(MAPPING, batch_size=3, window=3600))
    for key in "abc":
        table.put(key)
    await until(lambda: table.keys_read)
    assert table.batches == [["a", "b", "c"]]


async def test_filter_refuses_records(table: Table) -> None:
    pattern = json.dumps({"dynamodb": {"Keys": {"pk": {"S": [{"prefix": "b"}]}}}})
    table.put("a", "b", "c")
    await table.map(replace(MAPPING, filters=(pattern,)))
    table.put("bb")
    await until(lambda: table.keys_read == ["b", "bb"])


async def test_shard_waits_for_its_parent(table: Table) -> None:
    streams = table.world.streams
    streams.add_shard(ORDERS, "shardId-2", "shardId-1")
    table.put("child", shard="shardId-2")
    table.put("parent")
    await table.map(MAPPING)
    await until(lambda: table.keys_read == ["parent"])
    streams.closed.add((ORDERS, "shardId-1"))
    table.manager.wake(ORDERS)
    await until(lambda: table.keys_read == ["parent", "child"])


async def test_abandoned_batch_is_reported_and_the_next_continues(table: Table) -> None:
    table.answers = [FAILED, FAILED]
    dead = queue_arn("dead")
    await table.map(replace(MAPPING, maximum_retries=1, on_failure=dead))
    (number,) = table.put("bad")
    await until(lambda: table.world.targets.sent(dead))
    table.put("good")
    await until(lambda: table.keys_read == ["bad", "bad", "good"])
    ((body, attributes),) = table.world.targets.sent(dead)
    sent = json.loads(body)
    moment = sent["DDBStreamBatchInfo"].pop("approximateArrivalOfFirstRecord")
    assert sent["DDBStreamBatchInfo"].pop("approximateArrivalOfLastRecord") == moment
    assert sent.pop("timestamp").endswith("Z")
    assert attributes == {}
    assert sent == {
        "requestContext": {
            "requestId": "r-1",
            "functionArn": function_arn("fanout"),
            "condition": "RetryAttemptsExhausted",
            "approximateInvokeCount": 2,
        },
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
        "version": "1.0",
        "DDBStreamBatchInfo": {
            "shardId": "shardId-1",
            "startSequenceNumber": number,
            "endSequenceNumber": number,
            "batchSize": 1,
            "streamArn": ORDERS,
        },
    }


@pytest.mark.parametrize("code", ["ExpiredIteratorException", "TrimmedDataAccessException"])
async def test_expired_iterator_is_renewed(table: Table, code: str) -> None:
    table.world.streams.put(ORDERS, "long ago", at=datetime(2020, 1, 1, tzinfo=UTC))
    await table.map(replace(MAPPING, starting_position="LATEST"))
    table.world.streams.errors = [ServiceRefused("GetRecords", 400, {"__type": f"com.amazonaws#{code}"})]
    table.put("a")
    await until(lambda: table.keys_read == ["a"])
    assert table.warnings == []


async def test_changed_mapping_continues_at_its_position(table: Table) -> None:
    table.gate = asyncio.Event()
    await table.map(MAPPING)
    table.put("a")
    await until(lambda: table.running)
    changing = asyncio.create_task(table.map(replace(MAPPING, batch_size=1)))
    await until(lambda: table.world.control.listings == 2)
    table.gate.set()
    await changing
    table.put("b", "c")
    await until(lambda: len(table.keys_read) == 3)
    assert table.batches == [["a"], ["b"], ["c"]]


async def test_disabled_mapping_pauses_and_loses_nothing(table: Table) -> None:
    await table.map(MAPPING)
    table.put("a")
    await until(lambda: table.keys_read == ["a"])
    await table.map(replace(MAPPING, enabled=False))
    table.put("b")
    await table.map(MAPPING)
    await until(lambda: table.keys_read == ["a", "b"])


async def test_unsupported_mapping_is_named(table: Table) -> None:
    kafka = replace(MAPPING, id="m-2", source_arn="arn:aws:kafka:eu-west-1:1:cluster/x")
    await table.map(kafka, replace(MAPPING, id="m-3", filters=("[",)))
    assert table.manager.unsupported() == [
        f"event source mapping m-2 of {function_arn('fanout')}: nothing is read from "
        "arn:aws:kafka:eu-west-1:1:cluster/x: queues, table streams and Kinesis streams are polled",
    ]
    assert len(table.warnings) == 1
    assert table.warnings[0].startswith(f"event source mapping m-3 of {function_arn('fanout')}: ")


# --- several batches of a shard at once ---


async def test_items_are_handled_concurrently_and_each_in_order(table: Table) -> None:
    table.gate = asyncio.Event()
    await table.map(replace(MAPPING, parallelization=10, batch_size=1))
    table.put("a", "b", "a", "b")
    await until(lambda: table.running == 2)
    assert sorted(table.keys_read) == ["a", "b"]
    table.gate.set()
    await until(lambda: sorted(table.keys_read) == ["a", "a", "b", "b"])
    assert all(len(batch) == 1 for batch in table.batches)


async def test_failing_item_delays_no_other_lane(table: Table) -> None:
    table.failing = {"a"}
    await table.map(replace(MAPPING, parallelization=10, batch_size=1))
    table.put("a", "b")
    await until(lambda: "b" in table.keys_read)
    table.put("b", "c")
    await until(lambda: table.keys_read.count("b") == 2 and "c" in table.keys_read)
    table.failing = set()
    table.put("a")
    done = table.keys_read.count("a")
    await until(lambda: table.keys_read.count("a") >= done + 2)


async def test_concurrent_batches_are_limited_by_the_factor(table: Table) -> None:
    table.gate = asyncio.Event()
    await table.map(replace(MAPPING, parallelization=2, batch_size=1))
    table.put(*"abcdefgh")
    await until(lambda: table.running == 2)
    for _ in range(20):
        await asyncio.sleep(0)
    assert table.running == 2
    table.gate.set()
    await until(lambda: sorted(table.keys_read) == list("abcdefgh"))


async def test_changed_factor_keeps_the_order_of_each_item(table: Table) -> None:
    table.gate = asyncio.Event()
    await table.map(replace(MAPPING, parallelization=3, batch_size=1))
    keys = list("abcabcabc")
    table.put(*keys)
    await until(lambda: table.running)
    changing = asyncio.create_task(table.map(replace(MAPPING, batch_size=1)))
    await until(lambda: table.world.control.listings == 2)
    table.gate.set()
    await changing
    await until(lambda: len(table.keys_read) == 9)
    for key in "abc":
        places = [
            number for key_seen, number in zip(table.keys_read, table.numbers, strict=True) if key_seen == key
        ]
        assert len(places) == 3
        assert places == sorted(places)


def test_backlog_reports_its_oldest_record_over_all_lanes() -> None:
    backlog = Backlog(4)
    for number, key in enumerate("abcdab"):
        backlog.extend([{"dynamodb": {"Keys": {"pk": {"S": key}}, "SequenceNumber": str(99 + number)}}])
    assert backlog.oldest() == "99"  # not "100", which is the lesser text
    everything = list(backlog)
    backlog.spread(1)
    assert list(backlog) == everything
    next(lane for lane in backlog.lanes if lane).popleft()
    assert backlog.oldest() == "100"
