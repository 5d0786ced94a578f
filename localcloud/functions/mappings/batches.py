"""What becomes of a stream's batch: retried, bisected, taken up where it failed, or given up.

Source of the rules: https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from localcloud.functions.errors import FunctionsError
from localcloud.functions.mapping_definition import MappingDefinition
from localcloud.functions.mappings.answers import failed_items
from localcloud.functions.mappings.records import Record, created, event_of, sequence_number
from localcloud.functions.mappings.windows import Window, state_of
from localcloud.functions.model import Invoke, InvokeResult
from localcloud.functions.observing import Observations

PAYLOAD_LIMIT: Final = 6_291_456
"""Bytes of an event that a function can be invoked with: one record of Kinesis may be larger."""


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
    """Some of a batch's records, in order, how often they were tried, and their event where it exists."""

    records: list[Record]
    attempts: int = 0
    result: InvokeResult | None = None
    event: bytes = b""
    reported: bool = False  # the function named the first of them as failed


class BatchRunner:
    """Sees each batch through to its end, so that a shard's order is kept.

    A split does not count as a retry: AWS does not count it either. A report splits the batch at the
    record it names; any other failure splits it in two, where the mapping bisects.
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
        observations: Observations | None = None,
    ) -> None:
        self._mapping = mapping
        self._function = mapping.function_arn.split(":")[6]
        self._observations = observations or Observations()
        self._invoke = invoke
        self._give_up = give_up
        self._warn = warn
        self._backoff = backoff
        self._now = now
        self._retired = asyncio.Event()
        self._stateless = False  # a response without a state was warned of

    def retire(self) -> None:
        """Try nothing again."""
        self._retired.set()

    async def run(
        self, shard: str, records: list[Record], event: bytes = b"", window: Window | None = None
    ) -> int:
        """Handle a batch, and return how many of its records are done with.

        That is all of them, but for a runner that is retired: what it leaves is the next one's.

        Parameters
        ----------
        event
            The batch's event, where there is one already.
        window
            The tumbling window of the batch: it keeps what the function gathers.
        """
        parts = [_Part(records, event=event)]
        failures = 0
        while parts and not self._retired.is_set():
            part = parts.pop(0)
            if old := self._too_old(part):
                await self._give_up(self._given_up(shard, part, old, "RecordAgeExceeded"))
                if old < len(part.records):
                    parts.insert(0, _Part(part.records[old:], part.attempts, part.result))
                continue
            remaining = await self._attempt(shard, part, window)
            if not remaining:
                failures = 0
                continue
            limit = self._mapping.maximum_retries
            if self._splits(part, remaining):
                parts[:0] = _halves(remaining)
            elif limit is not None and remaining.attempts > limit:
                every = len(remaining.records)
                await self._give_up(self._given_up(shard, remaining, every, "RetryAttemptsExhausted"))
                continue
            else:
                parts.insert(0, remaining)
            await self._pause(failures)
            failures += 1
        return len(records) - sum(len(part.records) for part in parts)

    async def finish(self, shard: str, window: Window) -> bool:
        """Invoke the function for the end of a window, until it succeeds: nothing goes on before that.

        Returns
        -------
        bool
            False where the runner is retired first.
        """
        event = window.event((), shard, self._mapping.source_arn, final=True)
        failures = 0
        while not self._retired.is_set():
            try:
                result = await self._invoke(self._mapping.function_arn, event)
            except FunctionsError as error:
                self._warn(f"{self._mapping.source_arn}: {error}")
            else:
                if result.function_error is None and self._state(result) is not None:
                    return True
            await self._pause(failures)
            failures += 1
        return False

    async def _attempt(self, shard: str, part: _Part, window: Window | None) -> _Part | None:
        """Invoke the function once. Return what is left to do, or None."""
        event = part.event or self._event(shard, part, window)
        if len(event) > PAYLOAD_LIMIT:
            record = f"{self._mapping.source_arn}: the record {sequence_number(part.records[0])}"
            reason = f"AWS invokes no function with more than {PAYLOAD_LIMIT}"
            self._warn(f"{record} makes an event of {len(event)} bytes: {reason}")
        age = self._now() - created(part.records[-1])
        self._observations.note("IteratorAge", self._function, max(0.0, age * 1000))
        try:
            result = await self._invoke(self._mapping.function_arn, event)
        except FunctionsError as error:
            # No such function (yet), or no room: that says nothing of the records.
            self._warn(f"{self._mapping.source_arn}: {error}")
            return _Part(part.records, part.attempts, part.result, event)
        failed = _Part(part.records, part.attempts + 1, result, event)
        if result.function_error is not None:
            return failed
        state = self._state(result) if window else None
        if window and state is None:
            return failed
        numbers = [sequence_number(record) for record in part.records] if self._mapping.partial else []
        reported = failed_items(result.payload, numbers) if self._mapping.partial else frozenset[str]()
        if reported is None:
            return failed
        # The first one that failed is the checkpoint: all after it comes again, handled or not.
        first = next((index for index, number in enumerate(numbers) if number in reported), None)
        if (
            window and state is not None and first != 0
        ):  # a batch that fails from its start has gathered nothing
            window.take(state)
        if first is None:
            return None
        # With bisecting it is a split, at that record.
        attempts = part.attempts if first and self._mapping.bisect else failed.attempts
        return _Part(part.records[first:], attempts, result, reported=True)

    def _event(self, shard: str, part: _Part, window: Window | None) -> bytes:
        if window is None:
            return event_of(part.records)
        return window.event(part.records, shard, self._mapping.source_arn)

    def _state(self, result: InvokeResult) -> str | None:
        """Return the state of a response that a window needs; say once that it is missing."""
        state = state_of(result.payload)
        if state is None and not self._stateless:
            self._stateless = True
            self._warn(
                f"{self._mapping.function_arn} returned no state, so its invocation counts as failed: "
                f"the mapping {self._mapping.id} has tumbling windows"
            )
        return state

    def _splits(self, before: _Part, remaining: _Part) -> bool:
        """Return whether a failure halves what is left: the function ran, and named no record."""
        failed = remaining.attempts > before.attempts and not remaining.reported
        return self._mapping.bisect and failed and len(remaining.records) > 1

    def _too_old(self, part: _Part) -> int:
        """Count the records, from the first on, that are beyond the mapping's age."""
        limit = self._mapping.maximum_record_age
        if limit is None:
            return 0
        oldest = self._now() - limit
        young = (index for index, record in enumerate(part.records) if created(record) >= oldest)
        return next(young, len(part.records))

    def _given_up(self, shard: str, part: _Part, count: int, condition: str) -> GivenUp:
        records = part.records[:count]
        return GivenUp(self._mapping, shard, records, condition, part.attempts, part.result)

    async def _pause(self, failures: int) -> None:
        shortest, longest = self._backoff
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(min(longest, shortest * 2**failures)):
                await self._retired.wait()


def _halves(part: _Part) -> list[_Part]:
    middle = (len(part.records) + 1) // 2
    halves = part.records[:middle], part.records[middle:]
    return [_Part(half, part.attempts - 1, part.result) for half in halves]
