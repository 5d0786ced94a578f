"""A short campaign: a kill of the whole cloud in the middle, faults around it, and books that add up."""

from __future__ import annotations

from pathlib import Path

import pytest

from campaign.cloud import LocalCloud, free_port
from campaign.plan import make_plan
from campaign.run import Progress, Terms, run
from campaign.weather import weather

SEED, ORDERS = 5, 30


@pytest.mark.timeout(400)
async def test_campaign_loses_doubles_and_leaves_nothing(tmp_path: Path) -> None:
    notes: list[str] = []
    plan = make_plan(SEED, ORDERS, kills=1, restarts=0)
    terms = Terms(weather(SEED, most=0.1), ("appsync", "ws", "poll"), at_once=8, patience=120)
    cloud = LocalCloud(tmp_path, free_port(31_000))
    outcome = await run(plan, cloud, terms, Progress(notes.append, lambda *_: None))
    verdict = outcome.verdict
    assert (verdict.lost, verdict.doubled, verdict.stuck) == ([], [], []), notes
    assert verdict.accepted == ORDERS
    # It met what it was to meet.
    assert outcome.strikes["kills of the whole cloud"] == 1
    assert outcome.strikes["calls struck"] > 0
    assert outcome.strikes["sockets cut"] > 0
    assert all(record.versions for record in outcome.records)
