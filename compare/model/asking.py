"""The family that asks, and the one that is held: polling, long polling, the synchronous call."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence

from compare.model.ages import Ages
from compare.model.counts import Counts, Timing
from compare.model.families import (
    GROWTH,
    HOLD,
    LATER,
    SOON,
    Family,
    Journey,
    Pause,
    places,
    retried,
    server_reads,
)
from compare.model.forms import Waits, counted, lasts, look_ahead
from compare.model.kernel import Client, Give, Wait


class Polled(Family):
    """One that polls.

    Parameters
    ----------
    pause
        How it waits, by how many changes it has learned of and fixed polling's interval.
    """

    def __init__(self, pause: Callable[[int, float], Pause]) -> None:
        self.pause = pause
        self.draws = pause(1, 1.0).jitter > 0

    def counts(self, changes: int, dwell: float, timing: Timing) -> tuple[Counts, float | None]:
        """Return the requests and how late they are, by the chain."""
        looks = look_ahead(changes, dwell, lambda n: self.pause(n, timing.poll).waits(timing.answer))
        counts = Counts(
            changes=changes,
            requests=1 + looks.looks,
            fruitful=1 + looks.fruitful,
            hold_seconds=(1 + looks.looks) * timing.answer,
            late=looks.late,
            missed=looks.missed,
        )
        return counts, looks.late_quantile(0.95)

    def follow(self, journey: Journey, timing: Timing, demand: Mapping[str, float]) -> Client:
        """Ask, wait, ask again, until the last change is there."""
        vain, first = 0, True
        while not journey.whole:
            yield from retried(journey, demand)
            now = (yield Wait(timing.opening if first else timing.answer / 2)).now
            first = False
            version = journey.version_at(now)
            now = (yield Wait(timing.answer / 2)).now
            yield Give(places(demand))
            news = journey.learn(version, now)
            journey.requests += 1
            journey.fruitful += news
            journey.hold_seconds += timing.answer
            vain = 0 if news else vain + 1
            low, high = self.pause(max(1, version), timing.poll).step(max(0, vain))
            if not journey.whole:
                yield Wait(low + (high - low) * journey.draw())


class HeldRequests(Family):
    """One whose requests the server holds, reading the order's state all the while.

    Parameters
    ----------
    hold
        For how many seconds at most.
    until
        ``news``: it answers when there is some; ``end``: when the order is final.
    asks_first
        The first request is answered at once with what is there.
    """

    def __init__(self, *, hold: float = HOLD, until: str = "news", asks_first: bool = True) -> None:
        self.hold = hold
        self.until = until
        self.asks_first = asks_first

    def counts(self, changes: int, dwell: float, timing: Timing) -> tuple[Counts, float | None]:
        """Return the requests, the reads of the state, and how long requests are held."""
        if self.until == "end":
            return self._to_the_end(changes, dwell, timing)
        waits = server_reads(timing.read)
        looks = look_ahead(changes, dwell, lambda _: waits)
        requests = float(self.asks_first) + looks.fruitful + looks.rounds
        # Each held request reads at once, and then as it waits.
        reads = looks.looks + looks.fruitful + looks.rounds
        counts = Counts(
            changes=changes,
            requests=requests,
            fruitful=1 + looks.fruitful,
            reads=reads,
            hold_seconds=dwell * (changes - 1) + looks.late / (changes - 1) + requests * timing.answer,
            late=looks.late,
            missed=looks.missed,
        )
        return counts, looks.late_quantile(0.95)

    def _to_the_end(self, changes: int, dwell: float, timing: Timing) -> tuple[Counts, float | None]:
        """Return what calls take that answer when the order is final, or when their time is up."""
        stages = changes - 1
        rounds = counted(self._turns(), stages, dwell)
        ages = Ages(stages, dwell, self.hold)
        looks = look_ahead(changes, dwell, lambda _: Waits(((self.hold, self.hold),)))
        counts = Counts(
            changes=changes,
            requests=rounds,
            fruitful=rounds,
            reads=self._reads(stages, dwell, timing.read),
            hold_seconds=dwell * stages + LATER / 2 + rounds * timing.answer,
            late=stages * (ages.mean() + LATER / 2),
            # Each answer shows one change, the last that it brings; the first change alone where its time
            # is up before the second.
            missed=changes - looks.fruitful - lasts(1, dwell, self.hold),
        )
        return counts, ages.quantile(0.95) + LATER / 2

    def _turns(self) -> Iterator[float]:
        return (self.hold * turn for turn in itertools.count())

    def _reads(self, stages: int, dwell: float, read: float) -> float:
        waits = [wait for wait, _ in server_reads(read).steps]
        total = 1.0
        for begin in self._turns():
            chances = [lasts(stages, dwell, time) for time in itertools.accumulate(waits, initial=begin)]
            # A read is followed by another unless it found the order final; a new call reads at once.
            total += sum(chances[:-1]) + chances[-1]
            if chances[-1] < 1e-9:
                return total
        raise AssertionError("no order lives for ever")

    def answered(self, changes: int, receipts: Sequence[float], timing: Timing) -> Counts:
        """Return what one order took, by the moments at which its requests brought news.

        Parameters
        ----------
        changes
            Of the order.
        receipts
            Seconds from the first request on.

        Examples
        --------
        >>> Held().answered(3, (0.02, 0.14, 1.3), Timing(answer=0.01, read=0.002)).reads
        9.0
        """
        requests = reads = total_hold = sent = 0.0
        for number, at in enumerate(receipts):
            span = max(0.0, at - sent - timing.answer)
            vain = int(span // (self.hold + timing.answer))
            requests += 1 + vain
            if number or not self.asks_first:
                reads += vain * self._reads_within(self.hold, timing.read)
                reads += self._reads_within(span - vain * (self.hold + timing.answer), timing.read)
            total_hold += at - sent
            sent = at
        return Counts(
            changes=changes,
            requests=requests,
            fruitful=float(len(receipts)) if self.until == "news" else requests,
            reads=reads,
            hold_seconds=total_hold,
            missed=changes - len(receipts),
        )

    def _reads_within(self, span: float, read: float) -> int:
        """Return how many reads a request made that was held for so long; the last was at its end."""
        waits = [wait for wait, _ in server_reads(read).steps]
        ends = list(itertools.accumulate(waits, initial=read))
        return 1 + min(range(len(ends)), key=lambda n: abs(ends[n] - span))

    def follow(self, journey: Journey, timing: Timing, demand: Mapping[str, float]) -> Client:
        """Send requests that are held, until the last change is there."""
        first, opening = self.asks_first, timing.opening
        while not journey.whole:
            yield from retried(journey, demand)
            now = (yield Wait(opening)).now
            opening = timing.answer / 2
            start, pause, version, reads = now, SOON, journey.version_at(now), 0 if first else 1
            while not first and not self._answers(journey, version, now - start):
                now = (yield Wait(min(pause, self.hold - (now - start)) + timing.read)).now
                pause, reads = min(LATER, pause * GROWTH), reads + 1
                version = journey.version_at(now)
            now = (yield Wait(timing.answer / 2)).now
            yield Give(places(demand))
            news = journey.learn(version, now)
            journey.requests += 1
            journey.reads += reads
            journey.fruitful += news
            journey.hold_seconds += now - start + timing.answer / 2
            first = False

    def _answers(self, journey: Journey, version: int, hold: float) -> bool:
        if hold >= self.hold - 1e-9 or version == len(journey.times):
            return True
        return self.until == "news" and version > len(journey.received)
