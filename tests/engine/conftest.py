"""One engine for the whole run: every test uses names of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.engine.world import World


@pytest.fixture(scope="session")
def world() -> Iterator[World]:
    world = World()
    try:
        yield world
    finally:
        world.close()
