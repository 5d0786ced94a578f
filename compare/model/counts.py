"""What a follower of one order takes: by the closed forms on average, by a walk along one order exactly."""

from __future__ import annotations

from dataclasses import dataclass, fields

from compare.model.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Counts:
    """One follower of one order.

    Attributes
    ----------
    changes
        Of the order.
    requests
        HTTP requests that ask for it, held ones among them; not those that open a connection.
    fruitful
        Answers that brought news: they carry the order.
    reads
        Reads of the order's state by requests that are held.
    hold_seconds, connected
        Seconds that the server held requests back, and that a connection was open.
    late
        Seconds from each change to its receipt, of all changes after the first together.
    missed
        Changes that were learned of no sooner than a later one.
    """

    changes: float = 0.0
    requests: float = 0.0
    fruitful: float = 0.0
    reads: float = 0.0
    hold_seconds: float = 0.0
    connected: float = 0.0
    late: float = 0.0
    missed: float = 0.0


def mean(counts: list[Counts]) -> Counts:
    """Return the mean of several followers' counts.

    Examples
    --------
    >>> mean([Counts(requests=2.0), Counts(requests=5.0)]).requests
    3.5
    """
    total = max(1, len(counts))
    return Counts(
        **{
            item.name: sum(getattr(follower, item.name) for follower in counts) / total
            for item in fields(Counts)
        }
    )


@dataclass(frozen=True, slots=True)
class Timing:
    """What the clock has to do with it, beside the order itself; all in seconds.

    Attributes
    ----------
    answer
        How long an answer takes that does not wait.
    first
        How long the first one takes, a connection's opening in it; as any other where it is not given.
    read
        How long the server reads an order's state.
    poll
        Between the requests of fixed polling.
    submit
        How long a submission takes: a client that connects before it waits that long as well.
    linger
        A client stays connected for so long after the end.
    """

    answer: float = 0.0
    poll: float = 1.0
    submit: float = 0.0
    linger: float = 0.0
    first: float | None = None
    read: float = 0.005

    @property
    def opening(self) -> float:
        """Seconds from the beginning to the moment at which the first request is read."""
        return self.answer / 2 if self.first is None else max(0.0, self.first - self.answer / 2)

    @classmethod
    def of(cls, scenario: Scenario, answer: float = 0.0) -> Timing:
        """Return what a scenario says of it."""
        return cls(answer=answer, poll=scenario.poll, linger=scenario.linger)
