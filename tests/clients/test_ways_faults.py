"""Every way over real sockets, against servers that lose, repeat, delay, reorder, cut, fail and restart."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clients import WAYS, Arrival, Following
from clients.auth import TokenSource
from tests.clients.conftest import ADA, FAST, PATIENT
from tests.clients.fake_appsync import FakeAppSync
from tests.clients.fake_companion import FakeCompanion

LIFE = ["RECEIVED", "VALIDATED", "CONFIRMED", "PACKED", "SHIPPED", "DELIVERED"]
ORDERS = ["11111111-0000-4000-8000-000000000000", "22222222-0000-4000-8000-000000000000"]


@dataclass(frozen=True)
class Step:
    """One change: when each copy of its push is sent (none: lost), and what befalls the servers after it."""

    delays: tuple[float, ...]
    cut: bool
    down: bool
    revoke: bool
    errors: tuple[int, ...]
    pause: float


@dataclass(frozen=True)
class FaultPlan:
    """What befalls a way, which begins after so many changes; ``holds``: whether long polls may wait."""

    steps: list[Step]
    follow_after: int
    holds: bool


_rarely = st.integers(0, 5).map(lambda n: n == 0)
_steps = st.builds(
    Step,
    delays=st.lists(st.sampled_from([0.0, 0.005, 0.02, 0.06]), max_size=3).map(tuple),
    cut=st.booleans(),
    down=_rarely,
    revoke=_rarely,
    errors=st.one_of(st.just(()), st.just(()), st.tuples(st.sampled_from([500, 502, 503, 504]))),
    pause=st.sampled_from([0.0, 0.0, 0.01, 0.03]),
)


_plans = st.builds(
    FaultPlan,
    steps=st.lists(_steps, min_size=len(LIFE) * 2, max_size=len(LIFE) * 2),
    follow_after=st.integers(0, 6),
    holds=st.booleans(),
)


@pytest.mark.parametrize("name", list(WAYS))
@settings(PATIENT, max_examples=4)
@given(plan=_plans)
def test_way_yields_every_version_once_and_in_order(name: str, plan: FaultPlan) -> None:
    _check(name, plan)


@pytest.mark.slow
@pytest.mark.parametrize("name", list(WAYS))
@settings(PATIENT, max_examples=60)
@given(plan=_plans)
def test_way_yields_every_version_once_and_in_order_for_long(name: str, plan: FaultPlan) -> None:
    _check(name, plan)


def _check(name: str, plan: FaultPlan) -> None:
    arrivals = asyncio.run(_follow_through(name, plan))
    for order in ORDERS:
        changes = [(a.version, str(a.change.status)) for a in arrivals if a.change.order_id == order]
        assert changes == list(enumerate(LIFE, 1))


async def _follow_through(name: str, plan: FaultPlan) -> list[Arrival]:
    todo = [(order, version) for version in range(1, len(LIFE) + 1) for order in ORDERS]
    steps = dict(zip(todo, plan.steps, strict=True))

    def route(change: dict[str, Any]) -> Sequence[float]:
        return steps[change["orderId"], change["version"]].delays

    async with FakeAppSync() as appsync, FakeCompanion(appsync) as companion:
        appsync.route = route
        companion.holds = plan.holds
        for order, version in todo[: plan.follow_after]:
            appsync.change(order, LIFE[version - 1])
        tokens = TokenSource(appsync.settings.cognito, "client", ADA)
        async with (
            WAYS[name](companion.settings, tokens, pace=FAST) as way,
            way.follow(ORDERS) as following,
        ):
            collecting = asyncio.create_task(_collect(following))
            await following.wait_live()
            revocations = 0
            for order, version in todo[plan.follow_after :]:
                step = steps[order, version]
                appsync.change(order, LIFE[version - 1])
                appsync.http_errors += step.errors
                companion.errors += step.errors
                appsync.down = companion.down = step.down
                if step.revoke and revocations < 2:  # a third in a row is a person who may not come in
                    appsync.revoke()
                    revocations += 1
                if step.cut or step.down:
                    appsync.cut()
                    companion.cut()
                await asyncio.sleep(step.pause)
            appsync.down = companion.down = False
            return await asyncio.wait_for(collecting, 60)


async def _collect(following: Following) -> list[Arrival]:
    return [arrival async for arrival in following]
