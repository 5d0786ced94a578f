"""What the application asks of DynamoDB, recorded once for all tests here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.aws_rules.driving import drive_adapters, drive_resolvers, drive_workflow, make_tables
from tests.aws_rules.recording import Call, Recorder
from tests.orders.engine import Engine, running_engine


@dataclass(frozen=True)
class Recorded:
    """All calls in their order, and what made them."""

    calls: list[Call]
    sites: set[tuple[str, str]]
    fields: set[tuple[str, str]]
    states: set[str]
    engine: Engine


@pytest.fixture(scope="session")
def recorded() -> Iterator[Recorded]:
    with running_engine() as engine:
        make_tables(engine)
        recorder = Recorder(engine)
        drive_adapters(recorder)
        fields = drive_resolvers(recorder)
        states = drive_workflow(recorder)
        yield Recorded(recorder.calls, recorder.sites, fields, states, engine)
