"""The template deployed to a real engine, with the real handlers behind its functions."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.shape.shop import Shop, open_shop


@pytest.fixture(scope="session")
def shop() -> Iterator[Shop]:
    with open_shop() as opened:
        yield opened
