"""A data stream, its mappings, and the function that they invoke: nothing is polled that is not woken."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable
from typing import Any

from localcloud.functions import InvokeResult, Settings
from localcloud.functions.context import Context
from localcloud.functions.destinations.sending import Destinations
from localcloud.functions.mapping_definition import MappingDefinition
from localcloud.functions.mappings.keeping import PositionStore
from localcloud.functions.mappings.manager import MappingManager
from localcloud.functions.observing import Observations
from tests.functions.fakes import ACCOUNT, FakeClock, World, function_arn, kinesis_arn

CLICKS = kinesis_arn("clicks")
MAPPING = MappingDefinition(
    "m-1", CLICKS, function_arn("work"), starting_position="TRIM_HORIZON", batch_size=100
)
FAILED = InvokeResult(b'{"errorMessage":"no"}', "Unhandled", request_id="r-1")
ROLE = f"arn:aws:iam::{ACCOUNT}:role/work"


def texts(event: dict[str, Any]) -> list[str]:
    """Return what the records of an event hold."""
    return [base64.b64decode(record["kinesis"]["data"]).decode() for record in event["Records"]]


def response(state: Any, *failures: str) -> InvokeResult:
    """Return the response of a function that gathers, with the records that it reports."""
    items = [{"itemIdentifier": number} for number in failures]
    return InvokeResult(json.dumps({"state": state, "batchItemFailures": items}).encode())


class Stream:
    """Every event is kept; ``answer`` says what the function returns for one."""

    def __init__(self, world: World, kept: PositionStore | None = None) -> None:
        self.world = world
        self.clock = FakeClock()
        self.events: list[dict[str, Any]] = []
        self.answer: Callable[[dict[str, Any]], InvokeResult] = lambda _event: InvokeResult(b"null")
        self.warnings: list[str] = []
        self.ages: list[float] = []
        self.running = 0
        observations = Observations()
        observations.listen(
            lambda noted: self.ages.append(noted.value) if noted.metric == "IteratorAge" else None
        )
        settings = Settings(poll_seconds=3600.0, stream_backoff=(0.0, 0.0))
        context = Context(self.warnings.append, settings, self.clock, observations)
        destinations = Destinations(world.targets, self.invoke, context)
        ports = world.ports()
        self.manager = MappingManager(ports, self.invoke, destinations, context, identity=role_of, store=kept)

    async def invoke(
        self, function: str, payload: bytes, *, asynchronous: bool = False, limit: float | None = None
    ) -> InvokeResult:
        event = json.loads(payload)
        self.events.append(event)
        await asyncio.sleep(0)
        return self.answer(event)

    async def map(self, *mappings: MappingDefinition) -> None:
        self.world.control.defined_mappings = list(mappings)
        await self.manager.reload()

    def put(self, *records: str, shard: str = "shardId-1", key: str = "") -> list[str]:
        """Put records that arrive now; each is its own partition key where none is given."""
        sent = [(key or record, record.encode()) for record in records]
        numbers = self.world.kinesis.send(CLICKS, *sent, shard=shard, at=self.clock.time)
        self.manager.wake(CLICKS, shard)
        return numbers

    def wait(self, seconds: float) -> None:
        """Let time pass, and have everything looked at."""
        self.clock.time += seconds
        self.manager.wake("")

    def close(self, shard: str) -> None:
        """Let a shard end, as where it is split or merged."""
        self.world.kinesis.closed.add((CLICKS, shard))
        self.manager.wake(CLICKS)

    @property
    def received(self) -> list[str]:
        return [text for event in self.events for text in texts(event)]


async def role_of(function: str) -> str:
    return ROLE
