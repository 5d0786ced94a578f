"""The three kinds of followers: one that polls, one that is held, one that is notified.

Each family counts twice: ``counts`` by the closed forms, for orders whose dwell times are exponential;
``follow`` by events, for one order whose changes' times are there. A walk along measured orders and the
simulation both use ``follow``.
"""

from __future__ import annotations

import itertools
from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from compare.model.counts import Counts, Timing
from compare.model.forms import Waits, counted
from compare.model.kernel import Client, Give, Take, Wait

# How orders/reading.py waits: after 0.1 s, then by a quarter more each time, up to 0.5 s.
SOON, LATER, GROWTH = 0.1, 0.5, 1.25
# How long a request is held at most, and a function's answer after that.
HOLD = 25.0
# A refused request is sent again after this, doubled each time, as clients/backoff.py has it.
AGAIN, AGAIN_CAP = 0.2, 20.0


class Journey:
    """One order, one follower, and what it has come to; ``compare.model.counts.Counts`` says what is counted.

    Parameters
    ----------
    times
        When each change is committed, in the clock's seconds.
    draw
        Numbers from 0 to 1.
    """

    __slots__ = (
        "connected", "draw", "fruitful", "hold_seconds", "late", "missed", "reads", "received",
        "requests", "times",
    )  # fmt: skip

    def __init__(self, times: tuple[float, ...], draw: Callable[[], float]) -> None:
        self.times = times
        self.draw = draw
        self.received: dict[int, float] = {}
        self.requests = self.fruitful = self.reads = 0.0
        self.hold_seconds = self.connected = self.late = self.missed = 0.0

    def learn(self, version: int, now: float) -> bool:
        """Note that the follower has all changes up to a version; return whether one was new."""
        new = range(len(self.received) + 1, version + 1)
        for number in new:
            self.receive(number, now)
        # What came in one answer with a later one was never shown.
        self.missed += max(0, len(new) - 1)
        return bool(new)

    def receive(self, version: int, now: float) -> None:
        """Note one change."""
        self.received[version] = now
        if version > 1:
            self.late += max(0.0, now - self.times[version - 1])

    def version_at(self, now: float) -> int:
        """Return how many changes are committed."""
        return bisect_right(self.times, now)

    @property
    def whole(self) -> bool:
        """Whether the follower has the last change."""
        return len(self.received) == len(self.times)

    @property
    def counts(self) -> Counts:
        """What the follower took so far."""
        return Counts(
            changes=float(len(self.times)),
            requests=self.requests,
            fruitful=self.fruitful,
            reads=self.reads,
            hold_seconds=self.hold_seconds,
            connected=self.connected,
            late=self.late,
            missed=self.missed,
        )


class Family(ABC):
    """How a kind of follower behaves.

    Attributes
    ----------
    early
        It is there before the order is.
    draws
        It draws lots: the same order is not followed twice alike.
    """

    early: ClassVar[bool] = False
    draws = False

    @abstractmethod
    def counts(self, changes: int, dwell: float, timing: Timing) -> tuple[Counts, float | None]:
        """Return one follower's counts on average, and the 95th percentile of how late it learns.

        None where lateness is no matter of waiting but of the way: then it is AWS's latency.
        """

    @abstractmethod
    def follow(self, journey: Journey, timing: Timing, demand: Mapping[str, float]) -> Client:
        """Follow one order from its submission to its end; ``demand`` is what one request takes of quotas."""


def retried(journey: Journey, demand: Mapping[str, float]) -> Client:
    """Take what a request needs, again and again until it is granted."""
    for attempt in itertools.count():
        step = yield Take(demand)
        if step.granted:
            return
        yield Wait(min(AGAIN_CAP, AGAIN * 2.0**attempt) * (0.5 + journey.draw() / 2))


def places(demand: Mapping[str, float]) -> dict[str, float]:
    """Return what has to be given back: the places, not the tokens."""
    return {key: units for key, units in demand.items() if key == "lambda.concurrent"}


def server_reads(read: float) -> Waits:
    """Return the distances between the reads of one held request, each of which takes ``read`` itself."""
    steps, pause, total = [], SOON, 0.0
    while total < HOLD - 1e-9:
        wait = min(pause, HOLD - total)
        steps.append((wait + read, wait + read))
        total += wait
        pause = min(LATER, pause * GROWTH)
    return Waits(tuple(steps), over=True)


@dataclass(frozen=True, slots=True)
class Pause:
    """How long a poller waits: ``base``, doubled with each look in vain, and up to ``jitter`` of it more."""

    base: float
    cap: float
    jitter: float = 0.0
    doubles: bool = False

    def step(self, vain: int) -> tuple[float, float]:
        """Return the range of the wait."""
        wait = min(max(self.cap, self.base), self.base * 2.0 ** min(vain, 30)) if self.doubles else self.base
        return (wait, wait * (1 + self.jitter))

    def waits(self, answer: float) -> Waits:
        """Return all the ranges, an answer's time added, up to where they no longer grow."""
        steps = [self.step(0)]
        while self.doubles and steps[-1][0] < self.cap:
            steps.append(self.step(len(steps)))
        return Waits(tuple((low + answer, high + answer) for low, high in steps))


class Pushed(Family):
    """One that is pushed to: connected from before the submission; reads history when it was quiet for long.

    Attributes
    ----------
    quiet
        After so many seconds without news it reads the history, as ``clients.tracking.Pace`` has it, then
        after twice that and so on.
    """

    early = True
    quiet: ClassVar[float] = 5.0
    quiet_cap: ClassVar[float] = 60.0

    def __init__(self, *, reads_first: bool, connects: bool = True) -> None:
        self.reads_first = reads_first
        self.connects = connects

    def silences(self) -> Iterator[float]:
        """Yield when the history is read, in seconds since the last news."""
        pause, total = self.quiet, 0.0
        while True:
            total += pause
            yield total
            pause = min(self.quiet_cap, pause * 2)

    def counts(self, changes: int, dwell: float, timing: Timing) -> tuple[Counts, float | None]:
        """Return the reads of history, and how long it is connected."""
        quiet = (changes - 1) * counted(self.silences(), 1, dwell)
        life = dwell * (changes - 1)
        counts = Counts(
            changes=changes,
            requests=quiet + float(self.reads_first),
            connected=timing.submit + life + timing.linger if self.connects else 0.0,
        )
        return counts, None

    def follow(self, journey: Journey, timing: Timing, demand: Mapping[str, float]) -> Client:
        """Connect, then live from what is published; ``demand`` is what connecting takes."""
        start = (yield Wait(0.0)).now
        if self.connects:
            yield from retried(journey, demand)
        journey.requests += self.reads_first
        last, now, silences = start, start, self.silences()
        times = [time for time in journey.times if time >= start]
        for change in times:
            while (due := last + next(silences)) < change:
                now = (yield Wait(due - now)).now
                journey.requests += 1
            now = (yield Wait(change - now)).now
            last, silences = now, self.silences()
        if self.connects:
            now = (yield Wait(timing.linger)).now
            journey.connected += now - start + timing.submit
            yield Give(places(demand))
