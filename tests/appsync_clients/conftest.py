"""An issuer of tokens, and the served API."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.appsync_clients.people import Issuer, issuer
from tests.appsync_clients.served import Served, served


@pytest.fixture(scope="package")
def tokens() -> Iterator[Issuer]:
    with issuer() as started:
        yield started


@pytest.fixture(scope="module")
def api(tokens: Issuer) -> Iterator[Served]:
    """The API, shared by a module's tests: each leaves nothing live behind."""
    with served(tokens) as started:
        yield started
