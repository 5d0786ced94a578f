"""What held for a run as a whole, and one order of it as every channel sent it."""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Mapping
from dataclasses import dataclass

from compare.commits import committed
from compare.records import Run


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What held for a run as a whole.

    Attributes
    ----------
    rate
        Orders a second that were really sent: one by the median distance between two.
    life
        Seconds from the first to the last change of the median order.
    load
        How many processes wanted to run on the machine: with more than it has cores, times say little.
    submitting
        Seconds that the mean submission took.
    timelines
        Of each order, the seconds from the answer to its submission to each of its changes' commits.
    """

    orders: int
    refused: tuple[str, ...]
    at_once: int
    rate: float
    life: float
    delivered: int
    load: float
    submitting: float = 0.0
    timelines: tuple[tuple[float, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Sample:
    """One order that every channel followed at the same time, in milliseconds from its first commit.

    Attributes
    ----------
    commits
        Status and time of each change.
    receipts
        By channel, the time at which each version was received.
    """

    order_id: str
    commits: tuple[tuple[str, float], ...]
    receipts: Mapping[str, Mapping[int, float]]


def facts(run: Run) -> RunFacts:
    """Return what held for a run as a whole."""
    sent = sorted(record.submitted for record in run.orders)
    # The median: between two turns of a run others have theirs.
    gaps = [later - earlier for earlier, later in itertools.pairwise(sent)]
    gap = statistics.median(gaps) if gaps else 0.0
    histories = [record.history for record in run.orders if record.history]
    accepted = [record for record in run.orders if record.refused is None and record.history]
    lives = [(history[-1].at - history[0].at).total_seconds() for history in histories]
    return RunFacts(
        orders=len(run.orders),
        refused=tuple(record.refused for record in run.orders if record.refused is not None),
        at_once=run.at_once,
        rate=1 / gap if gap else 0.0,
        life=statistics.median(lives) if lives else 0.0,
        load=run.load,
        delivered=sum(history[-1].status == "DELIVERED" for history in histories),
        submitting=statistics.fmean(record.answered - record.submitted for record in accepted)
        if accepted
        else 0.0,
        timelines=tuple(
            tuple(committed(change, run.times)[0] - record.answered for change in record.history)
            for record in accepted
        ),
    )


def sample(run: Run) -> Sample | None:
    """Return an order of the middle of a run that went through every change, seen by every client."""
    whole = [
        record
        for record in run.orders
        if len(record.history) >= 6
        and all(not follower.failure and follower.arrivals for follower in record.followed)
    ]
    if not whole:
        return None
    record = whole[len(whole) // 2]
    times = [committed(change, run.times)[0] for change in record.history]
    return Sample(
        order_id=record.order.client_token,
        commits=tuple(
            (str(change.status), (at - times[0]) * 1000)
            for change, at in zip(record.history, times, strict=True)
        ),
        receipts={
            follower.channel: {
                arrival.version: (arrival.received.timestamp() - times[0]) * 1000
                for arrival in follower.arrivals
            }
            for follower in record.followed
        },
    )
