"""One channel under one load: dollars a month, how late it is, what it misses, and what breaks first."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from compare.channels import discover as measured_channels
from compare.costs import MILLION, Bill, Rule, bill
from compare.latency import Part, read_parts
from compare.model.channels import ChannelModel
from compare.model.channels.base import FRAME, REQUEST_SECONDS
from compare.model.counts import Counts, Timing
from compare.model.families import Family
from compare.model.scenario import MONTH, Scenario
from compare.model.use import channel_usage
from compare.prices import Confidence, PriceBook, read_prices
from compare.quotas import Quota, QuotaBook, read_quotas

# Quantiles of the normal distribution: 95 and 99 of 100.
Z95, Z99 = 1.6449, 2.3263


@dataclass(frozen=True, slots=True)
class Books:
    """What is the same for every channel of a Region."""

    prices: PriceBook
    quotas: QuotaBook
    parts: Mapping[str, Part]


@dataclass(frozen=True, slots=True)
class Lateness:
    """Seconds from a change's commit to its receipt.

    Attributes
    ----------
    mean, p95
        Waiting and AWS's published latency together.
    bound
        A part of the way has no published figure: it takes longer than this.
    confidence
        Of the latencies in it.
    """

    mean: float
    p95: float
    bound: bool
    confidence: Confidence


@dataclass(frozen=True, slots=True)
class Ceiling:
    """A quota, and the orders a second at which this channel reaches it."""

    quota: Quota
    orders: float

    def breaks_at(self, rate: float) -> bool:
        """Return whether so many orders a second are too many."""
        return rate > self.orders


@dataclass(frozen=True, slots=True)
class Estimate:
    """What the model says of one channel under one load.

    Attributes
    ----------
    bill
        Of a million orders with all their followers.
    usd
        A month.
    missed
        The share of changes that a follower learns of no sooner than a later one.
    ceilings
        The quotas that it comes to, the nearest first.
    confidence
        Of the dollars: the least sure of the prices that matter and of the model's assumptions.
    """

    model: ChannelModel
    title: str
    scenario: Scenario
    counts: Counts
    bill: Bill
    usd: Decimal
    late: Lateness
    missed: float
    ceilings: tuple[Ceiling, ...]
    confidence: Confidence

    @property
    def first(self) -> Ceiling | None:
        """The quota that breaks first; None when none does, at whatever rate."""
        return self.ceilings[0] if self.ceilings else None

    @property
    def broken(self) -> Ceiling | None:
        """The first quota that this very load breaks."""
        first = self.first
        return first if first is not None and first.breaks_at(self.scenario.rate) else None


def read_books(region: str) -> Books:
    """Read prices, quotas and published latencies."""
    return Books(read_prices(region), read_quotas(region), read_parts())


def estimate(model: ChannelModel, scenario: Scenario, books: Books) -> Estimate:
    """Return what the model says of a channel under a load.

    Examples
    --------
    >>> from compare.model.channels import chosen
    >>> (model,) = chosen(["poll-fixed"])
    >>> found = estimate(model, Scenario(rate=1000.0), read_books("us-east-1"))
    >>> found.broken.quota.key
    'gateway.request'
    """
    counts, waiting = _counts(
        model.family, scenario.changes, scenario.dwell, Timing.of(scenario, REQUEST_SECONDS)
    )
    title, rules, aws = of_channel(model)
    use = channel_usage(
        model.usage(counts, scenario),
        model.server(counts, scenario),
        changes=counts.changes,
        followers=scenario.followers,
        payload=scenario.payload + FRAME,
    )
    cost = bill(rules, use, books.prices)
    return Estimate(
        model=model,
        title=title,
        scenario=scenario,
        counts=counts,
        bill=cost,
        usd=cost.usd * Decimal(repr(scenario.rate)) * MONTH / MILLION,
        late=lateness(counts, waiting, [books.parts.get(key) for key in aws]),
        missed=counts.missed / counts.changes,
        ceilings=tuple(ceilings(model.demands(counts, scenario), books.quotas)),
        confidence=max(cost.confidence, model.confidence),
    )


@lru_cache(maxsize=512)
def _counts(family: Family, changes: int, dwell: float, timing: Timing) -> tuple[Counts, float | None]:
    """Return a follower's counts: the same at whatever rate."""
    return family.counts(changes, dwell, timing)


def of_channel(model: ChannelModel) -> tuple[str, Sequence[Rule], Sequence[str]]:
    """Return the title, the bill's rules and the way's parts: the measured channel's where there is one."""
    for channel in measured_channels():
        if channel.name == model.name:
            return channel.title, channel.bill, channel.aws
    return model.title, model.bill, model.aws


def lateness(counts: Counts, waiting: float | None, ways: Sequence[Part | None]) -> Lateness:
    """Return how late a change is: what the client waits, and what AWS takes as far as that is published.

    Of a part p50 and p99 are published; between them a log-normal distribution is drawn. Percentiles are
    added, as if all parts were slow at once, which errs on the late side. None stands for a part of which
    the file of latencies says nothing.
    """
    parts = [part for part in ways if part is not None]
    waited = [part for part in parts if part.gap is not None or part.key in {"read-interval", "until-final"}]
    others = [part for part in parts if part not in waited]
    spread = [
        (_mean(*distribution), _p95(*distribution))
        for distribution in map(spread_of, others)
        if distribution is not None
    ]
    changes = max(1.0, counts.changes - 1)
    mean = counts.late / changes if waiting is not None else 0.0
    return Lateness(
        mean=mean + sum(m for m, _ in spread) / 1000,
        p95=(waiting or 0.0) + sum(p for _, p in spread) / 1000,
        bound=len(spread) < len(others) or not others or None in ways,
        confidence="C" if None in ways else max((part.confidence for part in parts), default="C"),
    )


def spread_of(part: Part) -> tuple[float, float] | None:
    """Return median and sigma of a part's log-normal distribution, in milliseconds; None without a figure.

    Where p99 is missing, the greatest median stands for it.

    Examples
    --------
    >>> spread_of(read_parts()["poll-wait"]) is None
    True
    """
    if part.p50 is None or part.gap is not None or part.key == "read-interval":
        return None
    median = sum(part.p50) / 2
    tail = part.p50[1] if part.p99 is None else sum(part.p99) / 2
    return median, math.log(max(1.0, tail / median)) / Z99


def _mean(median: float, sigma: float) -> float:
    return median * math.exp(sigma**2 / 2)


def _p95(median: float, sigma: float) -> float:
    return median * math.exp(Z95 * sigma)


def ceilings(demands: Mapping[str, float], quotas: QuotaBook) -> list[Ceiling]:
    """Return each quota with the orders a second that it allows, the lowest first."""
    ceilings = []
    for key, units in demands.items():
        quota = quotas[key]
        if quota.kind != "seconds" and units > 0:
            ceilings.append(Ceiling(quota, quota.limit / units))
    return sorted(ceilings, key=lambda ceiling: ceiling.orders)
