"""The same messages by each way: steadily, at once, with failures that pass, and with a poison message."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from bench.messaging import figures
from bench.messaging.cloud import Stack
from bench.messaging.records import Attempt, Fails, Message
from bench.messaging.ways import Way
from bench.statistics import summarize

PATIENCE = 180.0
"""Seconds: a queue shows a message again after 6 s, three times; on a busy machine all is slower."""


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured.

    Attributes
    ----------
    steady, rate
        Messages at an even pace, and so many a second.
    burst
        Messages as fast as this client can send them.
    failing
        Messages of which each tenth fails once.
    """

    steady: int = 400
    rate: float = 40.0
    burst: int = 4000
    failing: int = 400
    keys: int = 20

    @classmethod
    def quick(cls) -> Size:
        """Return one that shows that all of it works."""
        return cls(steady=20, rate=40.0, burst=100, failing=40, keys=4)


@dataclass(frozen=True, slots=True)
class Measured:
    """One way's figures; times in milliseconds, unless their name says seconds.

    Attributes
    ----------
    late_in_order
        Messages of the burst that were handled after a later one of their key.
    late_after_failure
        The same, where each tenth message failed once.
    repeated
        Handled again although they had been handled, over all runs.
    handled_per_second
        Of the burst, from the first send to the last handling.
    recovery_seconds_p50, recovery_seconds_max
        From the failure of a message to its handling.
    poison_attempts
        Attempts at the message that always fails.
    poison_seconds
        Until it lay with the dead letters.
    poison_companions
        Messages that could have been handled and lay with the dead letters all the same.
    poison_blocked_seconds
        How long the message behind the poison, of the same key, waited; None if it is such a companion.
    poison_others_seconds
        The longest delay of a message with another key.
    read_again
        Messages that can be read once more when all is done, of ``sent``.
    """

    way: str
    p50: float
    p95: float
    handled_per_second: float
    late_in_order: int
    late_after_failure: int
    repeated: int
    recovery_seconds_p50: float
    recovery_seconds_max: float
    poison_attempts: int
    poison_seconds: float
    poison_companions: int
    poison_blocked_seconds: float | None
    poison_others_seconds: float
    read_again: int
    sent: int


class _Run:
    """One run of messages: what was sent when, and what became of it."""

    def __init__(self, stack: Stack, way: Way, name: str) -> None:
        self.name = f"{way.name}:{name}:{time.time_ns()}"
        self.sent: dict[tuple[str, int], float] = {}
        self._stack = stack
        self._way = way
        self._expected = 0

    def send(self, keys: Sequence[tuple[str, Fails]]) -> None:
        """Send the next message of each key, by as few calls as it takes."""
        numbers: dict[str, int] = {}
        for key, number in self.sent:
            numbers[key] = max(numbers.get(key, 0), number + 1)
        messages = []
        for key, fails in keys:
            number = numbers.get(key, 0)
            numbers[key] = number + 1
            messages.append(Message(self.name, key, number, fails))
            self._expected += fails != "always"
        for start in range(0, len(messages), self._way.at_once):
            batch = messages[start : start + self._way.at_once]
            now = time.time()
            self.sent.update({(message.key, message.number): now for message in batch})
            self._way.send(batch)

    def finish(self) -> list[Attempt]:
        """Return all attempts once each message that can be handled has been handled."""
        return self._stack.wait(
            self.name,
            lambda attempts: (
                len({attempt.message for attempt in attempts if attempt.handled}) >= self._expected
            ),
            PATIENCE,
        )


def measure(stack: Stack, way: Way, size: Size) -> Measured:
    """Measure one way. Raises ``NotMeasured``."""
    warm = _Run(stack, way, "warm")
    warm.send([(f"k{n % size.keys}", "never") for n in range(size.keys * 2)])
    warm.finish()
    steady, delays = _steady(stack, way, size)
    burst, rate = _burst(stack, way, size)
    failing = _failing(stack, way, size)
    poison, poisoned, dead_after, companions = _poison(stack, way, size)
    spread = summarize(delays)
    recovery = summarize(figures.recoveries(failing))
    blocked = [delay for (key, _), delay in poison.items() if key == "poison"]
    others = [delay for (key, _), delay in poison.items() if key != "poison"]
    return Measured(
        way=way.name,
        p50=spread.median,
        p95=spread.p95,
        handled_per_second=rate,
        late_in_order=figures.inversions(burst),
        late_after_failure=figures.inversions(failing),
        repeated=sum(figures.repeated(attempts) for attempts in (steady, burst, failing, poisoned)),
        recovery_seconds_p50=recovery.median,
        recovery_seconds_max=recovery.greatest,
        poison_attempts=sum(not attempt.handled for attempt in poisoned),
        poison_seconds=dead_after,
        poison_companions=companions,
        poison_blocked_seconds=max(blocked) / 1000 if blocked else None,
        poison_others_seconds=max(others) / 1000,
        read_again=way.read_again(),
        sent=size.keys * 2 + size.steady + size.burst + size.failing + size.keys * 3,
    )


def _steady(stack: Stack, way: Way, size: Size) -> tuple[list[Attempt], list[float]]:
    run = _Run(stack, way, "steady")
    start = time.monotonic()
    for number in range(size.steady):
        time.sleep(max(0.0, start + number / size.rate - time.monotonic()))
        run.send([(f"k{number % size.keys}", "never")])
    attempts = run.finish()
    return attempts, list(figures.delays(attempts, run.sent).values())


def _burst(stack: Stack, way: Way, size: Size) -> tuple[list[Attempt], float]:
    run = _Run(stack, way, "burst")
    run.send([(f"k{number % size.keys}", "never") for number in range(size.burst)])
    attempts = run.finish()
    last = figures.handled(attempts)[-1].entered
    return attempts, size.burst / (last - min(run.sent.values()))


def _failing(stack: Stack, way: Way, size: Size) -> list[Attempt]:
    run = _Run(stack, way, "failing")
    # The sixth of each key, and each tenth behind it: a group's failures follow one another.
    run.send(
        [(f"k{n % size.keys}", "once" if n // size.keys % 10 == 5 else "never") for n in range(size.failing)]
    )
    return run.finish()


def _poison(
    stack: Stack, way: Way, size: Size
) -> tuple[dict[tuple[str, int], float], list[Attempt], float, int]:
    """Return delays, attempts, the seconds until the first dead letter, and the poison's companions."""
    before = stack.depth(way.dead_letters)
    run = _Run(stack, way, "poison")
    keys: list[tuple[str, Fails]] = [("poison", "always"), ("poison", "never")]
    keys += [(f"k{number % size.keys}", "never") for number in range(size.keys * 3 - len(keys))]
    run.send(keys)
    dead_after = stack.wait_for_depth(way.dead_letters, before + 1, PATIENCE)
    attempts = stack.wait(
        run.name,
        lambda latest: (
            len({attempt.message for attempt in latest if attempt.handled})
            + stack.depth(way.dead_letters)
            - before
            >= len(keys)
        ),
        PATIENCE,
    )
    companions = stack.depth(way.dead_letters) - before - 1
    return figures.delays(attempts, run.sent), attempts, dead_after, companions
