from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from hypothesis import HealthCheck, settings

from clients import Credentials, OrderClient, Pace
from clients.auth import TokenSource
from tests.clients.fake_appsync import FakeAppSync
from tests.clients.fake_companion import FakeCompanion

ADA = Credentials("ada", "secret-ada")
FAST = Pace(
    gap_grace=0.01,
    quiet=0.05,
    quiet_cap=0.2,
    backoff_base=0.01,
    backoff_cap=0.05,
    poll=0.01,
    poll_cap=0.05,
)

# What takes long on a busy machine is not wrong.
PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.fixture
async def appsync() -> AsyncIterator[FakeAppSync]:
    async with FakeAppSync() as server:
        yield server


@pytest.fixture
async def companion(appsync: FakeAppSync) -> AsyncIterator[FakeCompanion]:
    async with FakeCompanion(appsync) as server:
        yield server


@pytest.fixture
async def tokens(appsync: FakeAppSync) -> TokenSource:
    return TokenSource(appsync.settings.cognito, "client", ADA)


@pytest.fixture
async def ada(appsync: FakeAppSync) -> AsyncIterator[OrderClient]:
    async with OrderClient(appsync.settings, ADA, pace=FAST) as client:
        yield client
