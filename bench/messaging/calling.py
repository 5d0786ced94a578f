"""Work asked for by a caller that waits, by one that does not, and by way of a queue; with faults."""

from __future__ import annotations

import json
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal

from bench.messaging.cloud import Stack
from bench.messaging.records import Attempt
from bench.statistics import summarize

PERCENT = 20
"""Of the attempts that fail."""

CALLERS = 4
TRIES = 4
"""Of a caller that waits and backs off."""

ATTEMPTS = 3
"""Of Lambda, for an event (two retries), and of the queue (maxReceiveCount)."""

BACKOFF = 0.1
"""Seconds at most before the second try; twice as many before each further try (full jitter)."""

PATIENCE = 420.0
"""Seconds: Lambda waits one minute and then two between the attempts of an event."""

Ask = Callable[[dict[str, object]], bool]


@dataclass(frozen=True, slots=True)
class Called:
    """One way of asking; the caller's waits are in milliseconds.

    Attributes
    ----------
    answered
        Calls whose caller got the result of the work or, where it does not wait, an acknowledgement.
    done
        Calls of which the work was done in the end.
    attempts
        Of the function, for all calls together.
    end_seconds_p50, end_seconds_p95, end_seconds_max
        From the call to the attempt that did the work.
    """

    way: str
    calls: int
    answered: int
    done: int
    attempts: int
    wait_p50: float
    wait_p95: float
    end_seconds_p50: float
    end_seconds_p95: float
    end_seconds_max: float


class Calls:
    """Calls by one way: all start when this is created, and some may still be under way.

    Parameters
    ----------
    ask
        Makes one call, and returns whether it was answered.
    attempts
        How often a call is attempted before it is given up.
    """

    def __init__(self, stack: Stack, way: str, count: int, ask: Ask, attempts: int) -> None:
        self._way = way
        self._count = count
        self._stack = stack
        self._ask = ask
        self._attempts = attempts
        self._run = f"{way}:{time.time_ns()}"
        self._sent: dict[int, float] = {}
        with ThreadPoolExecutor(CALLERS) as pool:
            self._waits = list(pool.map(self._call, range(count)))

    def _call(self, number: int) -> tuple[bool, float]:
        self._sent[number] = time.time()
        start = time.perf_counter()
        answered = self._ask({"run": self._run, "number": number, "percent": PERCENT, "way": self._way})
        return answered, (time.perf_counter() - start) * 1000

    def _over(self, attempts: Sequence[Attempt]) -> bool:
        done = {attempt.number for attempt in attempts if attempt.handled}
        tries = Counter(attempt.number for attempt in attempts)
        return all(number in done or tries[number] >= self._attempts for number in range(self._count))

    def finish(self) -> Called:
        """Return the figures once each call is done or given up. Raises ``NotMeasured``."""
        attempts = self._stack.wait(self._run, self._over, PATIENCE)
        ends: dict[int, float] = {}
        for attempt in attempts:
            if attempt.handled:
                ends[attempt.number] = attempt.entered - self._sent[attempt.number]
        waits, end = summarize(wait for _, wait in self._waits), summarize(ends.values())
        return Called(
            way=self._way,
            calls=self._count,
            answered=sum(answered for answered, _ in self._waits),
            done=len(ends),
            attempts=len(attempts),
            wait_p50=waits.median,
            wait_p95=waits.p95,
            end_seconds_p50=end.median,
            end_seconds_p95=end.p95,
            end_seconds_max=end.greatest,
        )


def measure(stack: Stack, count: int) -> list[Called]:
    """Ask ``count`` times by each way. Raises ``NotMeasured``."""

    def invoke(payload: dict[str, object], kind: Literal["RequestResponse", "Event"]) -> bool:
        answer = stack.functions.invoke(
            FunctionName=stack.outputs["CalledName"],
            InvocationType=kind,
            Payload=json.dumps(payload).encode(),
        )
        return "FunctionError" not in answer

    def wait_once(payload: dict[str, object]) -> bool:
        return invoke(payload, "RequestResponse")

    def back_off(payload: dict[str, object]) -> bool:
        for attempt in range(TRIES):
            if invoke(payload, "RequestResponse"):
                return True
            if attempt + 1 < TRIES:
                time.sleep(random.uniform(0, BACKOFF * 2**attempt))  # noqa: S311 - no secret
        return False

    def event(payload: dict[str, object]) -> bool:
        return invoke(payload, "Event")

    def enqueue(payload: dict[str, object]) -> bool:
        stack.sqs.send_message(QueueUrl=stack.outputs["CallsQueue"], MessageBody=json.dumps(payload))
        return True

    Calls(stack, "warm-up", CALLERS * 2, wait_once, 1).finish()
    # Events take minutes to be retried: what is measured meanwhile disturbs none of them.
    events = Calls(stack, "event", count, event, ATTEMPTS)
    once = Calls(stack, "synchronous", count, wait_once, 1).finish()
    retried = Calls(stack, "synchronous, with backoff", count, back_off, TRIES).finish()
    queued = Calls(stack, "by a queue", count, enqueue, ATTEMPTS).finish()
    return [once, retried, events.finish(), queued]
