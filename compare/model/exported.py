"""The model as one JSON document, for who computes it elsewhere: the page's first tab, in TypeScript.

What a channel takes is linear in a few features of a load: the changes, the followers, and what the closed
forms count of one follower. So a line of a bill, and what is taken of a quota, is a row of coefficients.
They are found by asking the model itself at a few points, and proved at many others; a channel that is not
linear in them cannot be exported, and says so. The closed forms are rewritten on the other side, and held
to the same results by ``tests/vectors/model.json``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeAlias

from compare.costs import MILLION, bill
from compare.model.asking import HeldRequests, Polled
from compare.model.channels import ChannelModel, discover
from compare.model.channels.base import FRAME, REQUEST_SECONDS
from compare.model.channels.streaming import STREAM
from compare.model.counts import Counts, Timing
from compare.model.estimate import Books, estimate, lateness, of_channel, read_books
from compare.model.families import GROWTH, HOLD, LATER, SOON, Family, Pause, Pushed
from compare.model.linear import NotLinear
from compare.model.rows import FEATURES, GROUP, Key, linear_rows
from compare.model.scenario import MONTH, Scenario
from compare.model.use import channel_usage

FORMAT: Final = 1
REGIONS: Final = ("us-east-1", "eu-west-1")
Json: TypeAlias = "str | int | float | bool | Sequence[Json] | Mapping[str, Json] | None"
_MOST_LEARNED: Final = 8


def document() -> dict[str, Json]:
    """Return the document.

    Raises
    ------
    NotLinear
        A channel takes something that is no sum of the features.
    """
    books = {region: read_books(region) for region in REGIONS}
    plain = Scenario()
    any_books = books[REGIONS[0]]
    channels = [_channel(model, any_books) for model in discover()]
    return {
        "format": FORMAT,
        "date": any_books.prices.date.isoformat(),
        "features": list(FEATURES),
        "month": MONTH,
        "group": GROUP,
        "stream": STREAM,
        "payload": plain.payload,
        "poll": plain.poll,
        "answer": REQUEST_SECONDS,
        "read": Timing().read,
        "quiet": [Pushed.quiet, Pushed.quiet_cap],
        "held": {"soon": SOON, "later": LATER, "growth": GROWTH, "hold": HOLD},
        "regions": {region: _region(book, channels) for region, book in books.items()},
        "channels": channels,
    }


def vectors(scenarios: Sequence[Scenario]) -> list[Json]:
    """Return what the model says of each channel under these loads: the other side must say the same."""
    return [
        {
            "scenario": {
                "rate": scenario.rate,
                "followers": scenario.followers,
                "life": scenario.life,
                "changes": scenario.changes,
                "region": scenario.region,
            },
            "channels": {model.name: _result(model, scenario) for model in discover()},
        }
        for scenario in scenarios
    ]


def _result(model: ChannelModel, scenario: Scenario) -> Json:
    whole = estimate(model, scenario, read_books(scenario.region))
    first = whole.first
    return {
        "usd": float(whole.usd),
        "mean": whole.late.mean,
        "p95": whole.late.p95,
        "bound": whole.late.bound,
        "missed": whole.missed,
        "first": None if first is None else first.quota.key,
        "orders": None if first is None else first.orders,
        "confidence": [whole.confidence, whole.late.confidence],
    }


def _region(books: Books, channels: Sequence[Mapping[str, Json]]) -> Json:
    prices = {str(row["price"]) for channel in channels for row in _rows(channel["bill"])}
    quotas = {str(row["quota"]) for channel in channels for row in _rows(channel["demands"])}
    return {
        "prices": {
            key: {
                "item": f"{price.service}: {price.item}",
                "usd": float(price.usd / price.per),
                "confidence": price.confidence,
            }
            for key, price in ((key, books.prices[key]) for key in sorted(prices))
        },
        "quotas": {
            key: {
                "item": f"{quota.service}: {quota.item}",
                "limit": quota.limit,
                "adjustable": quota.adjustable,
                "confidence": quota.confidence,
            }
            for key, quota in ((key, books.quotas[key]) for key in sorted(quotas))
        },
    }


def _rows(value: Json) -> Sequence[Mapping[str, Json]]:
    assert isinstance(value, list)
    return [row for row in value if isinstance(row, Mapping)]


def _channel(model: ChannelModel, books: Books) -> dict[str, Json]:
    title, rules, aws = of_channel(model)

    def billed(counts: Counts, scenario: Scenario) -> dict[Key, float]:
        use = channel_usage(
            model.usage(counts, scenario),
            model.server(counts, scenario),
            changes=counts.changes,
            followers=scenario.followers,
            payload=scenario.payload + FRAME,
        )
        units: dict[Key, float] = {}
        for line in bill(rules, use, books.prices).lines:
            key = (line.price.key, line.why)
            units[key] = units.get(key, 0.0) + float(line.units) / MILLION
        return units

    def demanded(counts: Counts, scenario: Scenario) -> dict[Key, float]:
        demands = model.demands(counts, scenario).items()
        return {(key, ""): units for key, units in demands if books.quotas[key].kind != "seconds"}

    # What the way takes on AWS, without any waiting of the client's: counts of nothing, none late.
    way = lateness(Counts(changes=2.0), 0.0, [books.parts.get(key) for key in aws])
    return {
        "name": model.name,
        "title": title,
        "family": _family(model.family),
        "assumptions": list(model.assumptions),
        "confidence": model.confidence,
        "bill": [
            {"price": key, "why": why, "units": row}
            for (key, why), row in linear_rows(model.name, billed).items()
        ],
        "demands": [
            {"quota": key, "units": row} for (key, _), row in linear_rows(model.name, demanded).items()
        ],
        "way": {"mean": way.mean, "p95": way.p95, "bound": way.bound, "confidence": way.confidence},
    }


def _family(family: Family) -> Json:
    match family:
        case Pushed():
            return {"kind": "told", "readsFirst": family.reads_first, "connects": family.connects}
        case Polled():
            return {"kind": "asking", "pauses": _pauses(family.pause)}
        case HeldRequests():
            return {
                "kind": "held", "hold": family.hold, "until": family.until, "asksFirst": family.asks_first,
            }  # fmt: skip
    raise NotLinear(f"{type(family).__name__} has no closed form elsewhere")


def _pauses(pause: Callable[[int, float], Pause]) -> list[Json]:
    """Return how a poller waits after it has learned of 1, 2 … changes; the last counts for all that follow.

    A base of null is the interval of fixed polling.
    """
    pauses: list[Json] = []
    for learned in range(1, _MOST_LEARNED + 1):
        pause_1, pause_2 = pause(learned, 1.0), pause(learned, 2.0)
        fixed = pause_1.base != pause_2.base
        pauses.append(
            {
                "base": None if fixed else pause_1.base,
                "cap": None if fixed else pause_1.cap,
                "jitter": pause_1.jitter,
                "doubles": pause_1.doubles,
            }
        )
    while len(pauses) > 1 and pauses[-1] == pauses[-2]:
        pauses.pop()
    return pauses
