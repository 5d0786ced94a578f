"""Asynchronous invocations: queued, retried, and reported where nobody waits.

Source of the rules: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from botocore.exceptions import BotoCoreError, ClientError

from localcloud.functions.control import ControlPlane
from localcloud.functions.control_documents import AsynchronousConfig
from localcloud.functions.destinations import Destinations, Outcome
from localcloud.functions.errors import EngineUnavailable, FunctionNotFound, TooManyRequests
from localcloud.functions.model import FunctionDefinition, InvokeResult

# Runs one attempt: the function as it is now, the payload, and the request's id (one for all attempts).
Attempt = Callable[[FunctionDefinition, bytes, str], Awaitable[InvokeResult]]


@dataclass
class _Event:
    function: FunctionDefinition
    payload: bytes
    request_id: str
    queued: float = field(default_factory=time.time)
    attempts: int = 0
    result: InvokeResult | None = None


class AsynchronousInvocations:
    """The queue in front of every function."""

    def __init__(
        self,
        attempt: Attempt,
        control: ControlPlane,
        destinations: Destinations,
        *,
        retry_delays: tuple[float, float],
        throttled_delays: tuple[float, float],
        warn: Callable[[str], None],
    ) -> None:
        self._attempt = attempt
        self._control = control
        self._destinations = destinations
        self._retry_delays = retry_delays
        self._throttled_delays = throttled_delays
        self._warn = warn
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def pending(self) -> int:
        """How many events have not come to their end."""
        return len(self._tasks)

    def enqueue(self, function: FunctionDefinition, payload: bytes, request_id: str) -> None:
        """Take an event. Its invocation begins at once."""
        task = asyncio.get_running_loop().create_task(
            self._see_through(_Event(function, payload, request_id))
        )
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def stop(self) -> None:
        """Drop what is queued."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _see_through(self, event: _Event) -> None:
        throttled = 0
        while True:
            try:
                event.result = await self._attempt(event.function, event.payload, event.request_id)
            except (TooManyRequests, EngineUnavailable):
                # Neither is the function's failure: they cost no retry, only time.
                shortest, longest = self._throttled_delays
                delay: float | None = min(longest, shortest * 2**throttled)
                throttled += 1
            except FunctionNotFound as error:
                self._warn(f"an asynchronous invocation is dropped: {error}")
                return
            else:
                event.attempts += 1
                delay = None
            config = await self._config(event.function)
            if event.result is not None and event.result.function_error is None:
                await self._report(event, config, "Success")
                return
            if delay is None:
                if event.attempts > config.maximum_retries:
                    await self._report(event, config, "RetriesExhausted")
                    return
                delay = self._retry_delays[min(event.attempts, 2) - 1]
            if time.time() + delay - event.queued > config.maximum_age:
                await self._report(event, config, "EventAgeExceeded")
                return
            await asyncio.sleep(delay)

    async def _config(self, function: FunctionDefinition) -> AsynchronousConfig:
        try:
            return await self._control.asynchronous_config(function.name, function.qualifier)
        except (ClientError, BotoCoreError) as error:
            self._warn(f"{function.name}: its asynchronous configuration cannot be read: {error}")
            return AsynchronousConfig()

    async def _report(self, event: _Event, config: AsynchronousConfig, condition: str) -> None:
        outcome = Outcome(
            event.request_id,
            event.function.invoked_arn,
            condition,
            event.attempts,
            event.payload,
            event.result,
        )
        succeeded = condition == "Success"
        destination = config.on_success if succeeded else config.on_failure
        if destination:
            await self._destinations.send_outcome(destination, outcome)
        if not succeeded and event.function.dead_letter_arn:
            await self._destinations.send_to_dead_letters(event.function.dead_letter_arn, outcome)
