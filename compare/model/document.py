"""What the model says, as JSON; ``format`` counts its versions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from compare.document import digits
from compare.model.against import Difference
from compare.model.claims import Claim
from compare.model.estimate import Books, Estimate
from compare.model.scenario import Scenario
from compare.model.simulation import Simulated
from compare.model.sweep import Line

FORMAT = 1


def document(
    scenario: Scenario,
    books: Books,
    estimates: Sequence[Estimate],
    *,
    simulated: Sequence[Simulated] | None = None,
    rates: Sequence[Line] = (),
    lives: Sequence[Line] = (),
) -> dict[str, object]:
    """Return all of it in JSON's terms."""
    return {
        "format": FORMAT,
        "scenario": asdict(scenario),
        "prices": {"date": books.prices.date.isoformat(), "confidence": dict(books.prices.meaning)},
        "quotas": {"date": books.quotas.date.isoformat()},
        "channels": [estimate_document(one) for one in estimates],
        "simulated": None
        if simulated is None
        else {one.model.name: simulated_document(two) for one, two in zip(estimates, simulated, strict=True)},
        "sweep": {
            "rates": {line.model.name: [_point(point) for point in line.points] for line in rates},
            "lives": {line.model.name: [_point(point) for point in line.points] for line in lives},
        }
        if rates or lives
        else None,
    }


def estimate_document(one: Estimate) -> dict[str, object]:
    """Return one channel's figures."""
    return {
        "name": one.model.name,
        "title": one.title,
        "usdPerMonth": digits(one.usd),
        "usdPerMillionOrders": digits(one.bill.usd),
        "confidence": one.confidence,
        "latenessSeconds": {
            "mean": round(one.late.mean, 4),
            "p95": round(one.late.p95, 4),
            "atLeast": one.late.bound,
            "confidence": one.late.confidence,
        },
        "missedShare": round(one.missed, 4),
        "perOrder": {key: round(value, 4) for key, value in asdict(one.counts).items()},
        "quotas": [
            {
                "key": ceiling.quota.key,
                "service": ceiling.quota.service,
                "item": ceiling.quota.item,
                "limit": ceiling.quota.limit,
                "unit": ceiling.quota.unit,
                "adjustable": ceiling.quota.adjustable,
                "ordersPerSecond": round(ceiling.orders, 3),
                "breaks": ceiling.breaks_at(one.scenario.rate),
                "confidence": ceiling.quota.confidence,
                "sources": list(ceiling.quota.sources),
                "note": ceiling.quota.note,
            }
            for ceiling in one.ceilings
        ],
        "items": [
            {
                "price": line.price.key,
                "why": line.why,
                "units": digits(line.units),
                "usd": digits(line.price.usd),
                "per": line.price.per,
                "amountUsd": digits(line.usd),
                "confidence": line.price.confidence,
            }
            for line in one.bill.lines
        ],
        "assumptions": list(one.model.assumptions),
    }


def simulated_document(one: Simulated) -> dict[str, object]:
    """Return what one simulation came to."""
    return {
        "orders": one.orders,
        "perOrder": {key: round(value, 4) for key, value in asdict(one.counts).items()},
        "latenessSeconds": {"mean": round(one.late, 4), "p95": round(one.p95, 4)},
        "missedShare": round(one.missed, 4),
        "refused": dict(one.refused),
        "firstRefused": None
        if one.first is None
        else {"quota": one.first[0], "afterSeconds": round(one.first[1], 3)},
        "environmentsAtMost": one.most,
    }


def claims_document(claims: Sequence[Claim]) -> dict[str, object]:
    """Return the claims."""
    return {"format": FORMAT, "claims": [asdict(claim) for claim in claims]}


def against_document(differences: Sequence[Difference], unknown: Sequence[str]) -> dict[str, object]:
    """Return the model beside a measured run."""
    return {
        "format": FORMAT,
        "agrees": all(one.agrees for one in differences),
        "unknown": list(unknown),
        "differences": [
            asdict(one) | {"share": round(one.share, 5), "agrees": one.agrees} for one in differences
        ],
    }


def _point(one: Estimate) -> dict[str, object]:
    return {
        "rate": one.scenario.rate,
        "lifeSeconds": one.scenario.life,
        "usdPerMonth": digits(one.usd),
        "usdPerMillionOrders": digits(one.bill.usd),
        "latenessMean": round(one.late.mean, 4),
        "latenessP95": round(one.late.p95, 4),
        "missedShare": round(one.missed, 4),
        "breaks": None if one.broken is None else one.broken.quota.key,
    }
