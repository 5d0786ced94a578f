"""A short campaign: a kill of the whole cloud in the middle, faults around it, and books that add up.

The companion stays out: to deploy it takes long, and REST, WebSocket and polling have tests with faults of
their own.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from campaign.cloud import LocalCloud, free_port
from campaign.plan import Purchase, WayIn, make_plan
from campaign.run import Progress, Terms, run
from campaign.weather import weather

SEED, ORDERS = 5, 30


def without_companion(purchase: Purchase) -> Purchase:
    return replace(purchase, way=WayIn.GRAPHQL) if purchase.way is WayIn.REST else purchase


@pytest.mark.slow  # kills, faults, relay and verdict have tests of their own; this puts them together
async def test_campaign_neither_loses_nor_doubles_orders_and_cleans_up(tmp_path: Path) -> None:
    notes: list[str] = []
    plan = make_plan(SEED, ORDERS, kills=1, restarts=0)
    plan = replace(plan, purchases=tuple(map(without_companion, plan.purchases)))
    terms = Terms(weather(SEED, most=0.1), ("appsync",), at_once=8, patience=120)
    cloud = LocalCloud(tmp_path, free_port(31_000), companion=False)
    outcome = await run(plan, cloud, terms, Progress(notes.append, lambda *_: None))
    verdict = outcome.verdict
    assert (verdict.lost, verdict.doubled, verdict.stuck) == ([], [], []), notes
    assert verdict.accepted == ORDERS
    # It met what it was to meet.
    assert outcome.strikes["kills of the whole cloud"] == 1
    assert outcome.strikes["calls struck"] > 0
    assert outcome.strikes["sockets cut"] > 0
    assert all(record.versions for record in outcome.records)
