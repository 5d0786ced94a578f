"""The ways of handing work on: a standard queue, a FIFO queue, a stream."""

from __future__ import annotations

import time
import uuid
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING

from bench.messaging.cloud import Stack
from bench.messaging.records import Message
from bench.model import NotMeasured

if TYPE_CHECKING:
    from mypy_boto3_sqs.type_defs import SendMessageBatchRequestEntryTypeDef


class Way(ABC):
    """One way, on a running stack.

    Attributes
    ----------
    name
        As the page calls it.
    at_once
        How many messages a call of AWS takes.
    """

    name: str
    at_once: int

    def __init__(self, stack: Stack) -> None:
        self._stack = stack

    @abstractmethod
    def send(self, messages: Sequence[Message]) -> None:
        """Send at most ``at_once`` messages by one call. Raises ``NotMeasured`` where one is refused."""

    @abstractmethod
    def read_again(self) -> int:
        """Return how many messages that were handled already can be read once more."""

    @property
    @abstractmethod
    def dead_letters(self) -> str:
        """The queue of what could not be handled."""


class Standard(Way):
    """A standard queue."""

    name = "standard queue"
    at_once = 10
    _output = "Standard"

    @property
    def dead_letters(self) -> str:
        """The queue's dead letters."""
        return self._stack.outputs[f"{self._output}DeadLetters"]

    def send(self, messages: Sequence[Message]) -> None:
        """Send a batch. Raises ``NotMeasured``."""
        entries = [self._entry(number, message) for number, message in enumerate(messages)]
        answer = self._stack.sqs.send_message_batch(
            QueueUrl=self._stack.outputs[f"{self._output}Queue"], Entries=entries
        )
        if refused := answer.get("Failed"):
            raise NotMeasured(f"SQS refused {len(refused)} messages: {refused[0]}")

    def read_again(self) -> int:
        """Look for messages; a queue has none, since what is handled is deleted."""
        return self._stack.depth(self._stack.outputs[f"{self._output}Queue"])

    def _entry(self, number: int, message: Message) -> SendMessageBatchRequestEntryTypeDef:
        return {"Id": str(number), "MessageBody": message.encode()}


class Fifo(Standard):
    """A FIFO queue: a message group for each key."""

    name = "FIFO queue"
    _output = "Fifo"

    def _entry(self, number: int, message: Message) -> SendMessageBatchRequestEntryTypeDef:
        return {
            **super()._entry(number, message),
            "MessageGroupId": message.key,
            "MessageDeduplicationId": uuid.uuid4().hex,
        }


class Stream(Way):
    """A Kinesis stream of two shards: a partition key for each key."""

    name = "stream"
    at_once = 500

    @property
    def dead_letters(self) -> str:
        """The mapping's destination on failure."""
        return self._stack.outputs["StreamDeadLetters"]

    def send(self, messages: Sequence[Message]) -> None:
        """Put records; those that were throttled are put again, and the order of a key may suffer by it."""
        pending = list(messages)
        deadline = time.monotonic() + 60
        while pending:
            answer = self._stack.kinesis.put_records(
                StreamName=self._stack.outputs["StreamName"],
                Records=[
                    {"Data": message.encode().encode(), "PartitionKey": message.key} for message in pending
                ],
            )
            pending = [
                message
                for message, entry in zip(pending, answer["Records"], strict=True)
                if "ErrorCode" in entry
            ]
            if pending and time.monotonic() > deadline:
                raise NotMeasured(f"Kinesis refuses {len(pending)} records for a minute")
            if pending:
                time.sleep(0.1)

    def read_again(self) -> int:
        """Count the records that each shard still has, from its beginning."""
        name, count = self._stack.outputs["StreamName"], 0
        for shard in self._stack.kinesis.list_shards(StreamName=name)["Shards"]:
            iterator = self._stack.kinesis.get_shard_iterator(
                StreamName=name, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
            )["ShardIterator"]
            while iterator:
                page = self._stack.kinesis.get_records(ShardIterator=iterator, Limit=10_000)
                count += len(page["Records"])
                if page["MillisBehindLatest"] == 0:
                    break
                iterator = page.get("NextShardIterator", "")
                time.sleep(0.2)  # five reads a second of a shard
        return count


ALL: tuple[type[Way], ...] = (Standard, Fifo, Stream)
