"""The follower over real sockets, against a server that drops, repeats, delays, reorders and cuts."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clients import Arrival, OrderClient
from tests.clients.conftest import ADA, FAST, PATIENT
from tests.clients.fake_appsync import FakeAppSync
from tests.examples import examples

LIFE = ["RECEIVED", "VALIDATED", "CONFIRMED", "PACKED", "SHIPPED", "DELIVERED"]
ORDERS = ["11111111-0000-4000-8000-000000000000", "22222222-0000-4000-8000-000000000000"]


@dataclass(frozen=True)
class Step:
    """One change: when each copy of its event is sent (none: dropped), and what happens after it."""

    delays: tuple[float, ...]
    cut: bool
    revoke: bool
    pause: float


_steps = st.builds(
    Step,
    delays=st.lists(st.sampled_from([0.0, 0.005, 0.02, 0.06]), max_size=3).map(tuple),
    cut=st.booleans(),
    revoke=st.integers(0, 5).map(lambda n: n == 0),
    pause=st.sampled_from([0.0, 0.0, 0.01, 0.03]),
)


@settings(PATIENT, max_examples=examples(30))
@given(
    plan=st.lists(_steps, min_size=len(LIFE) * 2, max_size=len(LIFE) * 2),
    mine=st.booleans(),
    subscribe_after=st.integers(0, 6),
)
def test_follower_yields_every_version_once_and_in_order(
    plan: list[Step], mine: bool, subscribe_after: int
) -> None:
    asyncio.run(_follow_through(plan, mine=mine, subscribe_after=subscribe_after))


async def _follow_through(plan: list[Step], *, mine: bool, subscribe_after: int) -> None:
    routes = {
        (order, version): plan[n * len(LIFE) + version - 1].delays
        for n, order in enumerate(ORDERS)
        for version in range(1, len(LIFE) + 1)
    }

    def route(change: dict[str, Any]) -> Sequence[float]:
        return routes[change["orderId"], change["version"]]

    async with FakeAppSync() as server:
        server.route = route
        steps = [(order, version) for version in range(1, len(LIFE) + 1) for order in ORDERS]
        for order, version in steps[:subscribe_after]:
            server.change(order, LIFE[version - 1])
        async with (
            OrderClient(server.settings, ADA, pace=FAST) as client,
            client.follower(None if mine else ORDERS) as follower,
        ):
            for order in ORDERS:
                follower.track(order)
            follower.seal()
            collecting = asyncio.create_task(_collect(follower.__aiter__()))
            await follower.wait_live()
            revocations = 0
            for order, version in steps[subscribe_after:]:
                server.change(order, LIFE[version - 1])
                step = plan[ORDERS.index(order) * len(LIFE) + version - 1]
                if step.revoke and revocations < 2:  # a third in a row is a person who may not come in
                    server.revoke()
                    revocations += 1
                if step.cut:
                    server.cut()
                await asyncio.sleep(step.pause)
            arrivals = await asyncio.wait_for(collecting, 60)
    for order in ORDERS:
        changes = [(a.version, str(a.change.status)) for a in arrivals if a.change.order_id == order]
        assert changes == list(enumerate(LIFE, 1))


async def _collect(arrivals: Any) -> list[Arrival]:
    return [arrival async for arrival in arrivals]


@pytest.mark.parametrize("outage", [0.0, 0.15])
async def test_changes_during_an_outage_arrive_afterwards(outage: float) -> None:
    async with (
        FakeAppSync() as server,
        OrderClient(server.settings, ADA, pace=FAST) as client,
        client.follower([ORDERS[0]]) as follower,
    ):
        await follower.wait_live()
        server.down = True
        server.cut()
        for status in LIFE:
            server.change(ORDERS[0], status)
        await asyncio.sleep(outage)
        server.down = False
        arrivals = await _collect(follower.__aiter__())
    assert [a.version for a in arrivals] == [1, 2, 3, 4, 5, 6]
    assert not any(a.pushed for a in arrivals)
