"""Lambda's queue of events: attempts, the waits between them, and the report in the end.

Source of the rules: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Protocol

from botocore.exceptions import BotoCoreError, ClientError

from localcloud.functions.asynchronous.events import QueuedEvent
from localcloud.functions.asynchronous.keeping import EventStore, VolatileQueue
from localcloud.functions.context import Context
from localcloud.functions.control_documents import AsynchronousConfig
from localcloud.functions.destinations.records import Condition, InvocationOutcome
from localcloud.functions.destinations.sending import Destinations
from localcloud.functions.errors import EngineUnavailable, FunctionNotFound, TooManyRequests
from localcloud.functions.model import FunctionDefinition, InvokeResult
from localcloud.functions.registry import FunctionReference
from localcloud.functions.traced import queued

# Runs one attempt: the function as it is now, the payload, and the request's id (one for all attempts).
Attempt = Callable[[FunctionDefinition, bytes, str], Awaitable[InvokeResult]]


class FunctionRegistry(Protocol):
    """What is known of functions: `Registry`."""

    async def find(self, reference: FunctionReference) -> FunctionDefinition:
        """Return a function; raise `FunctionNotFound` or `EngineUnavailable`."""

    async def asynchronous_config(self, reference: FunctionReference) -> AsynchronousConfig:
        """Return how its events are retried and where their outcomes go; raise boto3's errors."""


class AsynchronousInvocations:
    """The queue in front of every function.

    Parameters
    ----------
    attempt
        Runs a function.
    store
        Keeps what is queued over a stop.
    """

    def __init__(
        self,
        attempt: Attempt,
        functions: FunctionRegistry,
        destinations: Destinations,
        context: Context,
        store: EventStore | None = None,
    ) -> None:
        self._attempt = attempt
        self._functions = functions
        self._destinations = destinations
        self._settings = context.settings
        self._clock = context.clock
        self._observations = context.observations
        self._warn = context.warn
        self._store = store or VolatileQueue()
        self._events: dict[str, QueuedEvent] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._stopping = False

    @property
    def pending(self) -> int:
        """How many events have not come to their end."""
        return len(self._events)

    def enqueue(self, function: FunctionDefinition, payload: bytes, request_id: str) -> None:
        """Take an event. Its invocation begins at once; once `stop` was called, after a restart."""
        now = self._clock.now()
        event = QueuedEvent(
            function.name, function.qualifier, function.invoked_arn, payload, request_id, now, now
        )
        self._store.accepted(event)
        self._observations.note("AsyncEventsReceived", function.name)
        self._begin(event)

    async def conclude(self, function: FunctionDefinition, payload: bytes, result: InvokeResult) -> None:
        """Report how an event ended that was run elsewhere, without retries: a durable execution's."""
        now = self._clock.now()
        identifiers = function.name, function.qualifier, function.invoked_arn
        event = QueuedEvent(*identifiers, payload, result.request_id, now, now, attempts=1, result=result)
        await self._report(
            event, function, "Success" if result.function_error is None else "RetriesExhausted"
        )

    def resume(self) -> None:
        """Go on with the events that an earlier run had accepted."""
        try:
            events = self._store.load()
        except (OSError, ValueError) as error:
            self._warn(f"the queued events of the last stop cannot be read, and stay where they are: {error}")
            return
        for event in events:
            if event.request_id not in self._events:
                self._begin(event)

    def snapshot(self) -> list[QueuedEvent]:
        """Return the events that have not come to their end, in the order of their acceptance."""
        return list(self._events.values())

    async def stop(self) -> None:
        """Begin no more attempts, and keep what is queued. What is accepted later is kept as well.

        What nothing keeps is lost, and a line of the log says so.
        """
        self._stopping = True
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if not self._store.keeps:
            for function, count in Counter(event.function for event in self._events.values()).items():
                self._warn(
                    f"{function}: {count} of its queued events end with the local cloud, without --data"
                )
            self._events.clear()

    def _begin(self, event: QueuedEvent) -> None:
        self._events[event.request_id] = event
        if not self._stopping:
            with queued():
                task = asyncio.get_running_loop().create_task(self._see_through(event))
            self._tasks[event.request_id] = task
            task.add_done_callback(lambda done: self._ended(event, done))

    def _ended(self, event: QueuedEvent, task: asyncio.Task[None]) -> None:
        self._tasks.pop(event.request_id, None)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._warn(f"an asynchronous invocation of {event.function} broke: {error!r}")

    async def _see_through(self, event: QueuedEvent) -> None:
        reference = FunctionReference(event.function, event.qualifier)
        while True:
            wait = event.due - self._clock.now()
            if wait > 0:
                await self._clock.sleep(wait)
            try:
                function = await self._functions.find(reference)
                if event.condition is None:
                    event.condition = await self._try(event, function)
                    self._store.changed(event)
            except EngineUnavailable:
                self._postpone(event)
                continue
            except FunctionNotFound as error:
                self._warn(f"an asynchronous invocation is dropped: {error}")
                self._observations.note("AsyncEventsDropped", event.function)
                break
            if event.condition is not None:
                await self._report(event, function, event.condition)
                break
        self._events.pop(event.request_id, None)
        self._store.ended(event)

    async def _try(self, event: QueuedEvent, function: FunctionDefinition) -> Condition | None:
        """Make one attempt. Return how the event ended, or None when another attempt is due."""
        if function.reserved_concurrency == 0:
            event.result = None
            return "ZeroReservedConcurrency"
        if event.attempts or event.throttled:
            config = await self._config(function)
            if self._clock.now() - event.queued > config.maximum_age:
                return "EventAgeExceeded"
        try:
            self._observations.note("AsyncEventAge", function.name, (self._clock.now() - event.queued) * 1000)
            event.result = await self._attempt(function, event.payload, event.request_id)
        except (TooManyRequests, EngineUnavailable):
            # Neither is the function's failure: they cost no retry, only time.
            self._postpone(event)
            config = await self._config(function)
        else:
            event.attempts += 1
            event.throttled = 0
            if event.result.function_error is None:
                return "Success"
            config = await self._config(function)
            if event.attempts > config.maximum_retries:
                return "RetriesExhausted"
            event.due = self._clock.now() + self._settings.retry_delays[min(event.attempts, 2) - 1]
        # No attempt is left that would still be in time: AWS finds that out when it is due.
        return "EventAgeExceeded" if event.due - event.queued > config.maximum_age else None

    def _postpone(self, event: QueuedEvent) -> None:
        shortest, longest = self._settings.throttled_delays
        event.due = self._clock.now() + min(longest, shortest * 2.0 ** min(event.throttled, 32))
        event.throttled += 1

    async def _config(self, function: FunctionDefinition) -> AsynchronousConfig:
        reference = FunctionReference(function.name, function.qualifier)
        try:
            return await self._functions.asynchronous_config(reference)
        except (ClientError, BotoCoreError) as error:
            self._warn(f"{function.name}: its asynchronous configuration cannot be read: {error}")
            return AsynchronousConfig()

    async def _report(self, event: QueuedEvent, function: FunctionDefinition, condition: Condition) -> None:
        outcome = InvocationOutcome(
            event.request_id, event.invoked_arn, condition, event.attempts, event.payload, event.result
        )
        succeeded = condition == "Success"
        config = await self._config(function)
        destination = config.on_success if succeeded else config.on_failure
        if destination:
            await self._destinations.send_outcome(destination, outcome)
        if not succeeded:
            self._observations.note("AsyncEventsDropped", function.name)
            if function.dead_letter_arn:
                await self._destinations.send_to_dead_letters(function.dead_letter_arn, outcome)
