from __future__ import annotations

import pytest

from tests.streams.kinesis.cloud import Cloud


@pytest.fixture
def cloud() -> Cloud:
    return Cloud()
