"""A queue that invokes a function."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from localcloud.calls import CallFailed
from localcloud.functions.errors import FunctionsError
from localcloud.functions.interfaces import Message, Queues
from localcloud.functions.mapping_definition import MappingDefinition
from localcloud.functions.mappings.answers import failed_items
from localcloud.functions.mappings.filters import Filters
from localcloud.functions.mappings.linked import use_traces_of
from localcloud.functions.mappings.poller import Poller
from localcloud.functions.mappings.records import Record, event_of, queue_record, within_limit
from localcloud.functions.model import Invoke

RECEIVE_LIMIT = 10
# AWS begins with five concurrent batches; it would add more by the minute, a laptop should not.
CONCURRENT_BATCHES = 5


class QueuePoller(Poller):
    """Receives messages, invokes the function with batches of them, deletes those that went well.

    A message of a batch that failed is left alone: it comes back when its visibility timeout ends,
    and the queue's redrive policy counts how often. Until then a FIFO queue keeps the later messages
    of its group back, and no other group's.
    """

    def __init__(
        self,
        mapping: MappingDefinition,
        queues: Queues,
        invoke: Invoke,
        warn: Callable[[str], None],
        poll_seconds: float,
    ) -> None:
        super().__init__(warn, poll_seconds)
        self._mapping = mapping
        self._queues = queues
        self._invoke = invoke
        self._fifo = mapping.source_arn.endswith(".fifo")
        self._filters = Filters(mapping.filters)
        self._slots = asyncio.Semaphore(mapping.maximum_concurrency or CONCURRENT_BATCHES)
        self._handling: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """See `Poller.run`."""
        try:
            while not self.retired:
                await self._slots.acquire()
                self._woken.clear()
                batch = await self._batch()
                self.ready.set()
                if batch:
                    task = asyncio.get_running_loop().create_task(self._handle(batch))
                    self._handling.add(task)
                    task.add_done_callback(self._handled)
                else:
                    self._slots.release()
                # Less than was asked for: the queue is empty, and a sender wakes this poller.
                # Looking again now would only take the processor from the function.
                if len(batch) < min(self._mapping.batch_size, RECEIVE_LIMIT) and not self.retired:
                    await self._wait()
            await asyncio.gather(*self._handling, return_exceptions=True)
        finally:
            for task in self._handling:
                task.cancel()

    def _handled(self, task: asyncio.Task[None]) -> None:
        self._handling.discard(task)
        self._slots.release()
        if not task.cancelled() and (error := task.exception()) is not None:
            # A fault of ours; the messages come back when their visibility timeout ends.
            self._warn(
                f"{self._mapping.source_arn}: a batch for {self._mapping.function_arn} broke: {error!r}"
            )
        if self._fifo:
            self.wake()  # the batch's groups are free again, and nothing else reports it

    async def _batch(self) -> list[Message]:
        """Receive a batch: at once what is there, or what a batching window brings."""
        batch: list[Message] = []
        loop = asyncio.get_running_loop()
        until = loop.time() + self._mapping.window
        while not self.retired:
            requested = min(self._mapping.batch_size - len(batch), RECEIVE_LIMIT)
            self._woken.clear()
            received = await self._receive(requested)
            batch += received
            remaining = until - loop.time()
            full = len(batch) >= self._mapping.batch_size
            if full or (len(received) < requested and (remaining <= 0 or not batch)):
                break
            if len(received) < requested:
                await self._wait(min(remaining, self._poll_seconds))
        return batch

    async def _receive(self, count: int) -> list[Message]:
        try:
            # The URL is asked for each time it is not known: the queue may be made after the mapping.
            url = await self._queues.url(self._mapping.source_arn)
            messages = await self._queues.receive(url, count)
        except CallFailed as error:
            self._in_trouble(f"{self._mapping.source_arn} cannot be polled: {error}")
            return []
        self._in_trouble("")
        return messages

    async def _handle(self, batch: list[Message]) -> None:
        mapping = self._mapping
        records = [queue_record(message, mapping.source_arn, mapping.region) for message in batch]
        # AWS deletes what a filter refuses: no other batch would want it either.
        matching: list[Record] = []
        done: list[Record] = []
        for record in records:
            (matching if self._filters.pass_queue(record) else done).append(record)
        failed_groups: set[str] = set()
        for part, event in within_limit(matching):
            records, text = part, event
            if failed_groups:  # what follows a failure in its group has to wait for it
                records = [record for record in part if _group(record) not in failed_groups]
                text = event_of(records)
            if not records:
                continue
            handled = await self._deliver(records, text)
            done += handled
            if self._fifo and len(handled) < len(records):
                receipts = {record["receiptHandle"] for record in handled}
                failed_groups |= {_group(r) for r in records if r["receiptHandle"] not in receipts}
        if done:
            url = await self._queues.url(mapping.source_arn)
            try:
                await self._queues.delete(url, [str(record["receiptHandle"]) for record in done])
            except CallFailed as error:
                self._warn(f"{mapping.source_arn}: messages that were handled could not be deleted: {error}")

    async def _deliver(self, records: list[Record], event: bytes) -> list[Record]:
        """Invoke the function, and return the records that are done with."""
        use_traces_of(records)
        try:
            result = await self._invoke(self._mapping.function_arn, event)
        except FunctionsError as error:
            self._warn(f"{self._mapping.source_arn}: {error}")
            return []
        if result.function_error is not None:
            return []
        if not self._mapping.partial:
            return records
        failed = failed_items(result.payload, {str(record["messageId"]) for record in records})
        if failed is None:
            return []
        # A FIFO queue's too: a function that stops at a failure reports what it has left undone.
        return [record for record in records if record["messageId"] not in failed]


def _group(record: Record) -> str:
    attributes = record["attributes"]
    return str(attributes.get("MessageGroupId", "")) if isinstance(attributes, dict) else ""
