"""What becomes of a stream's batch: retried, bisected, taken up where it failed, or given up.

Source of the rules: https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from localcloud.functions.errors import FunctionsError
from localcloud.functions.mappings.answers import failed_items
from localcloud.functions.mappings.definition import MappingDefinition
from localcloud.functions.mappings.records import Record, event_of
from localcloud.functions.model import Invoke, InvokeResult


@dataclass(frozen=True)
class GivenUp:
    """A batch that the function could not handle, and why it is tried no more."""

    mapping: MappingDefinition
    shard: str
    records: Sequence[Record]
    condition: str
    attempts: int
    result: InvokeResult | None


@dataclass
class _Part:
    """Some of a batch's records, in order, how often they were tried, and their event once it is made."""

    records: list[Record]
    attempts: int = 0
    result: InvokeResult | None = None
    event: bytes = b""


class BatchRunner:
    """Sees each batch through to its end, so that a shard's order is kept.

    A split does not count as a retry: AWS does not count it either.
    """

    def __init__(
        self,
        mapping: MappingDefinition,
        invoke: Invoke,
        give_up: Callable[[GivenUp], Awaitable[None]],
        *,
        warn: Callable[[str], None],
        backoff: tuple[float, float],
        now: Callable[[], float] = time.time,
    ) -> None:
        self._mapping = mapping
        self._invoke = invoke
        self._give_up = give_up
        self._warn = warn
        self._backoff = backoff
        self._now = now
        self._retired = asyncio.Event()

    def retire(self) -> None:
        """Try nothing again."""
        self._retired.set()

    async def run(self, shard: str, records: list[Record], event: bytes = b"") -> int:
        """Handle a batch, and return how many of its records are done with.

        That is all of them, but for a runner that is retired: what it leaves is the next one's.

        Parameters
        ----------
        event
            The batch's event, where it is made already.
        """
        parts = [_Part(records, event=event)]
        failures = 0
        while parts and not self._retired.is_set():
            part = parts.pop(0)
            if self._too_old(part):
                await self._give_up(self._given_up(shard, part, "RecordAgeExceeded"))
                continue
            left = await self._attempt(part)
            if not left:
                failures = 0
                continue
            limit = self._mapping.maximum_retries
            if self._mapping.bisect and len(left.records) > 1 and left.attempts:
                middle = (len(left.records) + 1) // 2
                before = left.attempts - 1
                parts[:0] = [
                    _Part(left.records[:middle], before, left.result),
                    _Part(left.records[middle:], before, left.result),
                ]
            elif limit is not None and left.attempts > limit:
                await self._give_up(self._given_up(shard, left, "RetryAttemptsExhausted"))
                continue
            else:
                parts.insert(0, left)
            await self._pause(failures)
            failures += 1
        return len(records) - sum(len(part.records) for part in parts)

    async def _attempt(self, part: _Part) -> _Part | None:
        """Invoke the function once. Return what is left to do, or None."""
        event = part.event or event_of(part.records)
        try:
            result = await self._invoke(self._mapping.function_arn, event)
        except FunctionsError as error:
            # No such function (yet), or no room: that says nothing of the records.
            self._warn(f"{self._mapping.source_arn}: {error}")
            return _Part(part.records, part.attempts, part.result, event)
        attempts = part.attempts + 1
        if result.function_error is not None:
            return _Part(part.records, attempts, result, event)
        if not self._mapping.partial:
            return None
        numbers = [sequence_number(record) for record in part.records]
        failed = failed_items(result.payload, numbers)
        if failed is None:
            return _Part(part.records, attempts, result, event)
        if not failed:
            return None
        # The first one that failed is the checkpoint: all after it comes again, handled or not.
        first = next(index for index, number in enumerate(numbers) if number in failed)
        return _Part(part.records[first:], attempts, result)

    def _too_old(self, part: _Part) -> bool:
        limit = self._mapping.maximum_record_age
        return limit is not None and self._now() - created(part.records[0]) > limit

    def _given_up(self, shard: str, part: _Part, condition: str) -> GivenUp:
        return GivenUp(self._mapping, shard, part.records, condition, part.attempts, part.result)

    async def _pause(self, failures: int) -> None:
        shortest, longest = self._backoff
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(min(longest, shortest * 2**failures)):
                await self._retired.wait()


def sequence_number(record: Record) -> str:
    """Return a stream record's place in its shard."""
    change = record["dynamodb"]
    return str(change["SequenceNumber"]) if isinstance(change, dict) else ""


def created(record: Record) -> float:
    """Return when a stream record was made, in seconds since 1970."""
    change = record["dynamodb"]
    moment = change.get("ApproximateCreationDateTime") if isinstance(change, dict) else None
    return float(moment) if isinstance(moment, int | float) else 0.0
