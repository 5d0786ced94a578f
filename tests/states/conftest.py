from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.states.world import World


@pytest.fixture
async def world() -> AsyncIterator[World]:
    """A world whose executions leave no error behind that nobody takes."""
    # Else the collection below goes through everything that pytest holds: 0.1 s for each test.
    gc.freeze()
    complaints: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: complaints.append(context))
    yield World()
    # Tasks complain when they are collected.
    gc.collect()
    assert complaints == []
