"""One worker for all tests: every table has a name of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.streams.sql.lake import Lake


@pytest.fixture(scope="package")
def lake() -> Iterator[Lake]:
    lake = Lake()
    yield lake
    lake.close()
