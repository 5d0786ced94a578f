"""Closed forms: how often a client must ask, and how late it learns, when dwell times are exponential.

Between two looks a Poisson number of changes falls, which is what makes the whole of it a Markov chain of
few states: (changes learned of, looks in vain since then). Its expected visits are added up exactly; no
random number is drawn. docs/model.md derives it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

# A wait is drawn from a range: so many points stand for it.
POINTS = 8
MOST_STEPS = 400


@dataclass(frozen=True, slots=True)
class Waits:
    """The distances between the looks of one client since it last learned something, in seconds.

    Attributes
    ----------
    steps
        From and to, evenly distributed between them; the n-th is waited after n looks in vain.
    over
        After the last step it begins with the first again, as a held request that is answered for its time;
        else the last step is repeated.
    """

    steps: tuple[tuple[float, float], ...]
    over: bool = False


@dataclass(slots=True)
class Looks:
    """What one client takes for one order, on average.

    Attributes
    ----------
    looks
        After the first one, at which nothing can be new.
    fruitful
        Those that brought news.
    rounds
        How often the steps started over without news.
    late
        Seconds from change to look, of all changes after the first together.
    missed
        Changes that were learned of with a later one.
    gaps
        How many changes fell into waits of which length.
    """

    looks: float = 0.0
    fruitful: float = 0.0
    rounds: float = 0.0
    late: float = 0.0
    missed: float = 0.0
    gaps: list[tuple[float, float]] = field(default_factory=list)

    def late_quantile(self, share: float) -> float:
        """Return the lateness that so large a share of changes does not exceed.

        A change falls anywhere in its wait.
        """
        # Changes with shorter waits are all within; of the others a share that grows with the lateness.
        gaps = sorted(((wait, changes) for changes, wait in self.gaps if wait), reverse=True)
        within = sum(changes for _, changes in gaps)
        wanted = share * within
        growth = late = 0.0
        for (wait, changes), (shorter, _) in pairwise([*gaps, (0.0, 0.0)]):
            within -= changes
            growth += changes / wait
            late = (wanted - within) / growth
            if late >= shorter:
                break
        return late


def look_ahead(changes: int, dwell: float, waits: Callable[[int], Waits]) -> Looks:
    """Return what a client takes that looks by ``waits`` until it has seen the last change.

    Parameters
    ----------
    waits
        By the number of changes learned of: 1 or more.

    Examples
    --------
    >>> round(look_ahead(2, 10.0, lambda _: Waits(((1.0, 1.0),))).looks, 2)
    10.51
    """
    looks = Looks()
    arriving = [0.0] * (changes + 1)
    arriving[1] = 1.0
    for learned in range(1, changes):
        _visit(looks, arriving, learned, dwell, waits(learned))
    return looks


def _visit(looks: Looks, arriving: list[float], learned: int, dwell: float, waits: Waits) -> None:
    """Add the looks of a client that has learned of so many changes, and hand it on."""
    vain = 1.0
    for step in waits.steps:
        vain *= sum(math.exp(-wait / dwell) for wait in _points(step)) / POINTS
    again = 1.0
    if waits.over and vain < 1.0:
        again = 1.0 / (1.0 - vain)
        looks.rounds += arriving[learned] * vain * again
    weight = arriving[learned] * again
    for number, step in enumerate(waits.steps):
        points = _points(step)
        silent = sum(math.exp(-wait / dwell) for wait in points) / POINTS
        if not waits.over and number == len(waits.steps) - 1:
            weight /= 1.0 - silent
        looks.looks += weight
        for wait in points:
            _news(looks, arriving, learned, (wait, dwell), weight / POINTS)
        weight *= silent


def _news(
    looks: Looks, arriving: list[float], learned: int, times: tuple[float, float], weight: float
) -> None:
    """Add what may fall into one wait: 1 change, 2 …, all that are left."""
    wait, dwell = times
    remaining = len(arriving) - 1 - learned
    mean = wait / dwell
    none = math.exp(-mean)
    chances = [none * mean**count / math.factorial(count) for count in range(remaining)]
    for count in range(1, remaining):
        chance = weight * chances[count]
        arriving[learned + count] += chance
        looks.fruitful += chance
        looks.late += chance * count * wait / 2
        looks.missed += chance * (count - 1)
        looks.gaps.append((chance * count, wait))
    rest = max(0.0, 1.0 - sum(chances))
    arriving[learned + remaining] += weight * rest
    looks.fruitful += weight * rest
    looks.missed += weight * rest * (remaining - 1)
    looks.late += weight * _last(remaining, mean, wait, rest)
    looks.gaps.append((weight * rest * remaining, wait))


def _last(remaining: int, mean: float, wait: float, rest: float) -> float:
    """Return the lateness of an order's last changes that fall into one wait: the process ends with them.

    Of ``n`` arrivals in the wait the a-th comes ``a / (n + 1)`` of it after its beginning.
    """
    if rest <= 0.0:
        return 0.0
    late, chance, count = 0.0, math.exp(-mean) * mean**remaining / math.factorial(remaining), remaining
    while count < remaining + MOST_STEPS:
        late += chance * wait * (remaining - remaining * (remaining + 1) / (2 * (count + 1)))
        count += 1
        chance *= mean / count
        if chance < 1e-12 and count > mean:
            break
    return late


def _points(step: tuple[float, float]) -> Sequence[float]:
    low, high = step
    return [low + (high - low) * (point + 0.5) / POINTS for point in range(POINTS)]


def lasts(stages: int, dwell: float, seconds: float) -> float:
    """Return how likely it is that so many exponential stages together last longer than ``seconds``.

    Examples
    --------
    >>> lasts(1, 10.0, 10.0) == math.exp(-1)
    True
    """
    mean = seconds / dwell
    if mean > 700:
        return 0.0
    term = total = math.exp(-mean)
    for stage in range(1, stages):
        term *= mean / stage
        total += term
    return min(1.0, total)


def counted(times: Iterable[float], stages: int, dwell: float) -> float:
    """Return how many of these moments come before the last change, on average; they may go on for ever."""
    total = 0.0
    for seconds in times:
        chance = lasts(stages, dwell, seconds)
        total += chance
        if chance < 1e-9:
            break
    return total
