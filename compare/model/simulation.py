"""The same by events: orders come at random, followers behave as they do, quotas refuse what is too much."""

from __future__ import annotations

import itertools
import math
import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from compare.latency import Part
from compare.model.channels import ChannelModel
from compare.model.channels.base import REQUEST_SECONDS
from compare.model.counts import Counts, Timing, mean
from compare.model.estimate import Books, of_channel, spread_of
from compare.model.families import Journey, retried
from compare.model.kernel import Client, Wait, World
from compare.model.scenario import Scenario

MOST_EVENTS = 2_000_000
"""More orders than this allows are not simulated: it would take minutes."""


@dataclass(frozen=True, slots=True)
class Simulated:
    """What came of it.

    Attributes
    ----------
    counts
        Of the mean follower of an order.
    late, p95
        Seconds from a change's commit to its receipt, of all changes but the first of each order.
    missed
        The share of changes learned of no sooner than a later one.
    refused
        How often each quota did.
    first
        The first quota that refused, and after how many seconds; None when none did.
    most
        Environments at work at worst.
    """

    orders: int
    counts: Counts
    late: float
    p95: float
    missed: float
    refused: Mapping[str, int]
    first: tuple[str, float] | None
    most: float


def simulate(
    model: ChannelModel, scenario: Scenario, books: Books, *, orders: int = 300, seed: int = 1
) -> Simulated:
    """Follow so many orders, which come by a Poisson process, and add up what their followers took.

    Parameters
    ----------
    orders
        Few for a quick look; what depends on chance settles with the root of their number.
    seed
        The same seed gives the same figures.
    """
    source = random.Random(seed)  # noqa: S311 - no secret
    world = World(books.quotas.quotas)
    parts = [books.parts[key] for key in of_channel(model)[2] if key in books.parts]
    timing = Timing.of(scenario, REQUEST_SECONDS)
    journeys: list[Journey] = []
    now = 0.0
    for dwells in _dwells(scenario, orders, source):
        now += source.expovariate(scenario.rate)
        times = list(itertools.accumulate(dwells, initial=now))
        group = [Journey(tuple(times), source.random) for _ in range(scenario.followers)]
        for journey in group:
            world.add(model.family.follow(journey, timing, model.request(scenario)), at=now)
        if model.family.early:
            world.add(_publisher(model, scenario, group, parts, source), at=now)
        journeys += group
    world.run()
    return _sum(orders, journeys, world)


def _dwells(scenario: Scenario, orders: int, source: random.Random) -> Iterator[tuple[float, ...]]:
    """Yield each order's dwell times: exponential, one of each slice of the distribution, in random order.

    So their mean is not left to chance, and a few hundred orders show as much as thousands.
    """
    columns = []
    for _ in range(scenario.changes - 1):
        slices = list(range(orders))
        source.shuffle(slices)
        columns.append(
            [-scenario.dwell * math.log1p(-(number + source.random()) / orders) for number in slices]
        )
    return zip(*columns, strict=True)


def _publisher(
    model: ChannelModel,
    scenario: Scenario,
    group: Sequence[Journey],
    parts: Sequence[Part],
    source: random.Random,
) -> Client:
    """Publish each change of an order, and deliver it to its followers in turn."""
    delay = delays(parts, source.gauss)
    times = group[0].times if group else ()
    now = (yield Wait(0.0)).now
    ready = now
    for version, committed in enumerate(times, 1):
        now = (yield Wait(committed - now)).now
        yield from retried(group[0], model.publish(scenario))
        # The stream keeps an order's changes in order: none overtakes the one before.
        ready = max(ready, committed + delay())
        now = (yield Wait(ready - now)).now
        for journey in group:
            yield from retried(journey, model.deliver(scenario))
            now = (yield Wait(0.0)).now
            journey.receive(version, now)


def delays(parts: Sequence[Part], gauss: Callable[[float, float], float]) -> Callable[[], float]:
    """Return what draws the time that the parts of a way take together, in seconds: all slow or all fast."""
    spreads = [spread for spread in map(spread_of, parts) if spread is not None]

    def draw() -> float:
        normal = gauss(0.0, 1.0)
        return sum(median * math.exp(sigma * normal) for median, sigma in spreads) / 1000

    return draw


def _sum(orders: int, journeys: Sequence[Journey], world: World) -> Simulated:
    lates = sorted(
        time - journey.times[version - 1]
        for journey in journeys
        for version, time in journey.received.items()
        if version > 1
    )
    counts = mean([journey.counts for journey in journeys])
    changes = max(1.0, counts.changes)
    return Simulated(
        orders=orders,
        counts=counts,
        late=sum(lates) / len(lates) if lates else 0.0,
        p95=lates[min(len(lates) - 1, math.ceil(0.95 * len(lates)) - 1)] if lates else 0.0,
        missed=counts.missed / changes,
        refused=Counter(world.refused),
        first=world.first,
        most=world.most("lambda.concurrent"),
    )
