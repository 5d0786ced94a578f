"""A walk along orders whose changes' times are there: what a follower of each takes, without any quota."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from dataclasses import replace

from compare.model.counts import Counts, Timing, mean
from compare.model.families import Family, Journey
from compare.model.kernel import World

REPEATS = 20
"""A client that draws its waits walks the same order so often: its mean is wanted."""


def walk(
    family: Family,
    timelines: Sequence[Sequence[float]],
    timing: Timing,
    *,
    firsts: Sequence[float | None] = (),
    seed: int = 1,
) -> Counts:
    """Return the mean of what one follower of each order takes.

    Parameters
    ----------
    timelines
        Of each order, the seconds from the answer to its submission to each change.

    firsts
        Of each order, the seconds to the first answer; None where it was as long as any.

    Examples
    --------
    >>> from compare.model.channels import chosen
    >>> walk(chosen(["poll-fixed"])[0].family, [(-0.1, 0.5, 3.5)], Timing(poll=1.0)).requests
    5.0
    """
    draw = random.Random(seed).random  # noqa: S311 - no secret
    counts = []
    for times, first in itertools.zip_longest(timelines, firsts):
        timed = replace(timing, first=first)
        for _ in range(REPEATS if family.draws else 1):
            journey = Journey(tuple(times), draw)
            world = World()
            begins = min(0.0, times[0]) if times else 0.0
            world.add(family.follow(journey, timed, {}), at=begins if family.early else 0.0)
            world.run()
            counts.append(journey.counts)
    return mean(counts)
