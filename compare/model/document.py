"""What the model says, as JSON; ``format`` counts its versions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from compare.document import digits
from compare.model.against import Difference
from compare.model.claims import Claim
from compare.model.counts import Counts
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
        "channels": [estimate_document(estimate) for estimate in estimates],
        "simulated": None
        if simulated is None
        else {
            estimate.model.name: simulated_document(simulation)
            for estimate, simulation in zip(estimates, simulated, strict=True)
        },
        "sweep": {
            "rates": {line.model.name: [_point(point) for point in line.points] for line in rates},
            "lives": {line.model.name: [_point(point) for point in line.points] for line in lives},
        }
        if rates or lives
        else None,
    }


def estimate_document(estimate: Estimate) -> dict[str, object]:
    """Return one channel's figures."""
    return {
        "name": estimate.model.name,
        "title": estimate.title,
        "usdPerMonth": digits(estimate.usd),
        "usdPerMillionOrders": digits(estimate.bill.usd),
        "confidence": estimate.confidence,
        "latenessSeconds": {
            "mean": round(estimate.late.mean, 4),
            "p95": round(estimate.late.p95, 4),
            "atLeast": estimate.late.bound,
            "confidence": estimate.late.confidence,
        },
        "missedShare": round(estimate.missed, 4),
        "perOrder": _per_order(estimate.counts),
        "quotas": [
            {
                "key": ceiling.quota.key,
                "service": ceiling.quota.service,
                "item": ceiling.quota.item,
                "limit": ceiling.quota.limit,
                "unit": ceiling.quota.unit,
                "adjustable": ceiling.quota.adjustable,
                "ordersPerSecond": round(ceiling.orders, 3),
                "breaks": ceiling.breaks_at(estimate.scenario.rate),
                "confidence": ceiling.quota.confidence,
                "sources": list(ceiling.quota.sources),
                "note": ceiling.quota.note,
            }
            for ceiling in estimate.ceilings
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
            for line in estimate.bill.lines
        ],
        "assumptions": list(estimate.model.assumptions),
    }


def simulated_document(simulation: Simulated) -> dict[str, object]:
    """Return what one simulation came to."""
    return {
        "orders": simulation.orders,
        "perOrder": _per_order(simulation.counts),
        "latenessSeconds": {"mean": round(simulation.late, 4), "p95": round(simulation.p95, 4)},
        "missedShare": round(simulation.missed, 4),
        "refused": dict(simulation.refused),
        "firstRefused": None
        if simulation.first is None
        else {"quota": simulation.first[0], "afterSeconds": round(simulation.first[1], 3)},
        "environmentsAtMost": simulation.most,
    }


def claims_document(claims: Sequence[Claim]) -> dict[str, object]:
    """Return the claims."""
    return {"format": FORMAT, "claims": [_claim(claim) for claim in claims]}


def against_document(differences: Sequence[Difference], unknown: Sequence[str]) -> dict[str, object]:
    """Return the model beside a measured run."""
    return {
        "format": FORMAT,
        "agrees": all(difference.agrees for difference in differences),
        "unknown": list(unknown),
        "differences": [
            asdict(difference) | {"share": round(difference.share, 5), "agrees": difference.agrees}
            for difference in differences
        ],
    }


def _point(estimate: Estimate) -> dict[str, object]:
    return {
        "rate": estimate.scenario.rate,
        "lifeSeconds": estimate.scenario.life,
        "usdPerMonth": digits(estimate.usd),
        "usdPerMillionOrders": digits(estimate.bill.usd),
        "latenessMean": round(estimate.late.mean, 4),
        "latenessP95": round(estimate.late.p95, 4),
        "missedShare": round(estimate.missed, 4),
        "breaks": None if estimate.broken is None else estimate.broken.quota.key,
    }


def _per_order(counts: Counts) -> dict[str, float]:
    names = {"hold_seconds": "held"}
    return {names.get(name, name): round(value, 4) for name, value in asdict(counts).items()}


def _claim(claim: Claim) -> dict[str, object]:
    names = {"statement": "said"}
    return {names.get(name, name): value for name, value in asdict(claim).items()}
