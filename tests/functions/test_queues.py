"""Queues that invoke functions: what is deleted, what comes back, how many at once."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import replace

import pytest

from localcloud.functions import FunctionNotFound, InvokeResult
from localcloud.functions.mapping_definition import MappingDefinition
from localcloud.functions.mappings.queue import QueuePoller
from localcloud.functions.model import JSON
from tests.functions.fakes import FakeQueues, function_arn, queue_arn
from tests.functions.helpers import until

JOBS, FIFO = queue_arn("jobs"), queue_arn("jobs.fifo")
MAPPING = MappingDefinition("m-1", JOBS, function_arn("work"))
Answer = Callable[[list[dict[str, str]]], Awaitable[JSON]]


class Function:
    """A function in memory: every batch it got, and how it answers."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.answers: list[InvokeResult | Exception] = []
        self.gate: asyncio.Event | None = None
        self.running = 0

    async def __call__(self, function: str, payload: bytes, *, asynchronous: bool = False) -> InvokeResult:
        records = json.loads(payload)["Records"]
        self.batches.append([record["body"] for record in records])
        self.running += 1
        try:
            if self.gate is not None:
                await self.gate.wait()
        finally:
            self.running -= 1
        answer = self.answers.pop(0) if self.answers else InvokeResult(b"null")
        if isinstance(answer, Exception):
            raise answer
        return answer


class Line:
    """A poller at work. It never polls by itself here: it must be woken."""

    def __init__(self, stack: AsyncExitStack) -> None:
        self._stack = stack
        self.queues = FakeQueues()
        self.function = Function()
        self.warnings: list[str] = []
        self.poller: QueuePoller

    @property
    def deleted(self) -> list[str]:
        return [receipt.removeprefix("receipt-") for receipt in self.queues[JOBS].deleted]

    async def run(self, mapping: MappingDefinition = MAPPING) -> None:
        poll = QueuePoller(mapping, self.queues, self.function, self.warnings.append, 3600.0)
        task = asyncio.create_task(poll.run())
        self.poller = poll

        async def end() -> None:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

        self._stack.push_async_callback(end)
        await poll.ready.wait()

    def put(self, *bodies: str) -> list[str]:
        ids = self.queues.put(JOBS, *bodies)
        self.poller.wake()
        return ids


@pytest.fixture
async def line() -> AsyncIterator[Line]:
    async with AsyncExitStack() as stack:
        yield Line(stack)


async def test_messages_are_delivered_and_deleted(line: Line) -> None:
    await line.run()
    ids = line.put("a", "b")
    await until(lambda: line.deleted)
    assert line.function.batches == [["a", "b"]]
    assert line.deleted == ids


async def test_waiting_messages_are_delivered_at_once(line: Line) -> None:
    ids = line.queues.put(JOBS, "early")
    await line.run()
    await until(lambda: line.deleted == ids)


async def test_idle_queue_is_not_polled(line: Line) -> None:
    await line.run()
    line.put("a")
    await until(lambda: line.deleted)
    receives = line.queues.receives
    for _ in range(100):
        await asyncio.sleep(0)
    assert line.queues.receives <= receives + 1


async def test_batch_size_is_obeyed(line: Line) -> None:
    line.queues.put(JOBS, *"abcde")
    await line.run(replace(MAPPING, batch_size=2))
    await until(lambda: len(line.deleted) == 5)
    assert [len(batch) for batch in line.function.batches] == [2, 2, 1]


async def test_failed_batch_stays_in_the_queue(line: Line) -> None:
    line.function.answers = [InvokeResult(b"{}", "Unhandled")]
    await line.run()
    line.put("a")
    await until(lambda: line.function.batches)
    (second,) = line.put("b")
    await until(lambda: line.deleted)
    assert line.deleted == [second]


async def test_reported_items_alone_stay_in_the_queue(line: Line) -> None:
    await line.run(replace(MAPPING, partial=True))
    line.function.gate = asyncio.Event()
    ids = line.put("a", "b", "c")
    await until(lambda: line.function.running)
    line.function.answers = [failed(ids[1])]
    line.function.gate.set()
    await until(lambda: line.deleted)
    assert line.deleted == [ids[0], ids[2]]


async def test_invalid_report_fails_the_whole_batch(line: Line) -> None:
    line.function.answers = [failed("unknown"), InvokeResult(b"null")]
    await line.run(replace(MAPPING, partial=True))
    line.put("a")
    await until(lambda: line.function.batches)
    ids = line.put("b")
    await until(lambda: line.deleted)
    assert line.deleted == ids


async def test_fifo_queue_keeps_reported_messages_and_no_other_group(line: Line) -> None:
    ids = line.queues.put_in_groups(FIFO, ("a", "a1"), ("a", "a2"), ("b", "b1"))
    line.function.answers = [failed(*ids[:2])]
    await line.run(replace(MAPPING, source_arn=FIFO, partial=True))
    await until(lambda: line.queues[FIFO].deleted)
    assert line.queues[FIFO].deleted == [f"receipt-{ids[2]}"]


async def test_group_in_flight_withholds_its_own_messages_alone(line: Line) -> None:
    line.function.gate = asyncio.Event()
    line.queues.put_in_groups(FIFO, ("a", "a1"), ("a", "a2"))
    await line.run(replace(MAPPING, source_arn=FIFO, batch_size=1))
    await until(lambda: line.function.running == 1)
    line.queues.put_in_groups(FIFO, ("b", "b1"))
    line.poller.wake()
    await until(lambda: line.function.running == 2)
    assert line.function.batches == [["a1"], ["b1"]]
    # Nobody says that the group is free again, but the poller looks once its batch is done.
    line.function.gate.set()
    await until(lambda: len(line.queues[FIFO].deleted) == 3)
    assert line.function.batches[2:] == [["a2"]]


async def test_failed_group_waits_and_the_others_continue(line: Line) -> None:
    line.queues.put_in_groups(FIFO, ("a", "a1"), ("a", "a2"), ("b", "b1"), ("b", "b2"))
    line.function.answers = [InvokeResult(b"{}", "Unhandled")]
    await line.run(replace(MAPPING, source_arn=FIFO, batch_size=1))
    await until(lambda: len(line.queues[FIFO].deleted) == 2)
    assert line.function.batches == [["a1"], ["b1"], ["b2"]]
    line.queues.show_again(FIFO)
    line.poller.wake()
    await until(lambda: len(line.queues[FIFO].deleted) == 4)
    assert line.function.batches[3:] == [["a1"], ["a2"]]


async def test_rest_of_a_failed_group_waits_when_a_batch_is_split(
    line: Line,
) -> None:
    large = "x" * 4_000_000
    ids = line.queues.put_in_groups(FIFO, ("a", large), ("a", large), ("b", "b1"))
    line.function.answers = [InvokeResult(b"{}", "Unhandled")]
    await line.run(replace(MAPPING, source_arn=FIFO))
    await until(lambda: line.queues[FIFO].deleted)
    assert line.queues[FIFO].deleted == [f"receipt-{ids[2]}"]
    assert [len(batch) for batch in line.function.batches] == [1, 1]


async def test_report_is_ignored_without_the_flag(line: Line) -> None:
    line.function.answers = [failed("anything")]
    await line.run()
    ids = line.put("a")
    await until(lambda: line.deleted == ids)


async def test_concurrent_batches_are_limited(line: Line) -> None:
    line.function.gate = asyncio.Event()
    line.queues.put(JOBS, *"abcdef")
    await line.run(replace(MAPPING, batch_size=1, maximum_concurrency=2))
    await until(lambda: line.function.running == 2)
    # What cannot be handled yet is not received either: its visibility timeout must not run.
    assert len(line.queues[JOBS].received) == 2
    line.function.gate.set()
    await until(lambda: len(line.deleted) == 6)


async def test_window_gathers_a_batch(line: Line) -> None:
    await line.run(replace(MAPPING, batch_size=3, window=3600))
    for body in "abc":
        line.put(body)
        await until(lambda: not line.queues[JOBS].messages)
    await until(lambda: line.deleted)
    assert line.function.batches == [["a", "b", "c"]]


async def test_filtered_message_is_deleted_unseen(line: Line) -> None:
    await line.run(replace(MAPPING, filters=('{"body": ["a"]}',)))
    ids = line.put("a", "b")
    await until(lambda: len(line.deleted) == 2)
    assert line.function.batches == [["a"]]
    assert sorted(line.deleted) == sorted(ids)


async def test_missing_function_is_named_and_loses_no_message(line: Line) -> None:
    line.function.answers = [FunctionNotFound("work")]
    await line.run()
    line.put("a")
    await until(lambda: line.warnings)
    assert line.warnings[0].startswith(f"{JOBS}: Function not found: work.")
    assert line.deleted == []


async def test_retired_poller_finishes_its_batch(line: Line) -> None:
    line.function.gate = asyncio.Event()
    await line.run()
    ids = line.put("a")
    await until(lambda: line.function.running)
    line.poller.retire()
    line.function.gate.set()
    await until(lambda: line.deleted == ids)
    line.put("b")
    await until(lambda: line.poller.retired)
    assert line.function.batches == [["a"]]


def failed(*ids: str) -> InvokeResult:
    return InvokeResult(
        json.dumps({"batchItemFailures": [{"itemIdentifier": message_id} for message_id in ids]}).encode()
    )


async def test_batch_with_an_internal_error_is_named_and_the_others_continue(line: Line) -> None:
    line.function.answers = [ValueError("a fault"), InvokeResult(b"null")]
    await line.run(replace(MAPPING, batch_size=1))
    ids = line.put("a", "b")
    await until(lambda: line.deleted == ids[1:])
    assert line.warnings == [f"{JOBS}: a batch for {MAPPING.function_arn} broke: ValueError('a fault')"]
