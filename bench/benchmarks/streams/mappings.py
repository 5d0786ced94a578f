"""A data stream through its mapping into a Python function, side by side with MiniStack's own poller.

The same function, stream and mapping are created by the same calls on both. They take turns, and ratios are
made within a turn, so that what else the machine does falls on both.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from bench import pouring, rivals
from bench.cloud import local_cloud
from bench.model import Benchmark, Context, Figure, NotMeasured, Target
from bench.pouring import Batch, Service
from bench.sides import ROOT
from bench.statistics import summarize
from clients import reading

TEMPLATE = ROOT / "bench" / "streams" / "template.yaml"
FASTER, SOONER = Target(at_least=5.0), Target(below=0.3)
OURS = "the local cloud"
PACE = 100.0
LOOK_SECONDS = 0.05
WARM_UP = 2 * pouring.SHARDS * pouring.BATCH


async def run(context: Context) -> Sequence[Figure]:
    """Let each service carry a backlog, and then records at a pace."""
    turns, count, paced = (1, 2_000, 100) if context.quick else (3, 20_000, 500)
    rates: dict[str, list[float]] = {}
    waits: dict[str, list[float]] = {}
    async with AsyncExitStack() as stack:
        services = [await stack.enter_async_context(_ours(context))]
        absent: list[Figure] = []
        if context.peers:
            try:
                services.append(await stack.enter_async_context(_rival(context.folder)))
            except NotMeasured as error:
                absent = [Figure("MiniStack: not measured", 0, "", note=str(error))]
        sides = [_Side(service, await asyncio.to_thread(pouring.set_up, service)) for service in services]
        for side in sides:  # cold starts are not what is asked
            await asyncio.to_thread(pouring.fill, side.service, WARM_UP)
            await side.noted(WARM_UP)
        for turn in range(turns):
            for side in sides:
                name, rate, wait = side.service.name, await side.rate(count), await side.wait(paced)
                rates.setdefault(name, []).append(rate)
                waits.setdefault(name, []).append(wait)
                context.say(f"turn {turn + 1}: {name} {rate:,.0f}/s, p50 {wait:.1f} ms")
    return [*_figures(rates, waits), *absent]


def _figures(rates: dict[str, list[float]], waits: dict[str, list[float]]) -> list[Figure]:
    batch = f"batches of {pouring.BATCH}, {pouring.SHARDS} shards"
    figures = []
    for name, measured in rates.items():
        rate, wait = summarize(measured), summarize(waits[name])
        figures += [
            Figure(f"{name}: records through a mapping", rate.median, "1/s", spread=rate, note=batch),
            Figure(f"{name}: put to handler at {PACE:g}/s, p50", wait.median, "ms", spread=wait),
        ]
    others = [name for name in rates if name != OURS]
    for name in others:
        faster = [ours / theirs for ours, theirs in zip(rates[OURS], rates[name], strict=True)]
        sooner = [ours / theirs for ours, theirs in zip(waits[OURS], waits[name], strict=True)]
        figures += [
            Figure(f"records a second, of those of {name}", statistics.median(faster), "times", FASTER),
            Figure(f"put to handler, of that of {name}", statistics.median(sooner), "times", SOONER),
        ]
    return figures


class _Side:
    """A service with its mapping, and what its consumer notes."""

    def __init__(self, service: Service, mapping: str) -> None:
        self.service = service
        self._mapping = mapping
        self._notes = pouring.Notes(service)

    async def rate(self, count: int) -> float:
        """Return how many records a second come while there is a backlog."""
        await asyncio.to_thread(pouring.switch, self.service, self._mapping, on=False)
        await asyncio.to_thread(pouring.fill, self.service, count)
        await asyncio.to_thread(pouring.switch, self.service, self._mapping, on=True)
        first, *rest = await self.noted(count)
        return sum(len(batch.sent) for batch in rest) / (rest[-1].came - first.came)

    async def wait(self, count: int) -> float:
        """Return how many milliseconds a record takes from its being put to the handler, in the median."""
        await asyncio.to_thread(pouring.pace, self.service, PACE, count)
        noted = await self.noted(count)
        return statistics.median((batch.came - sent) * 1000 for batch in noted for sent in batch.sent)

    async def noted(self, count: int) -> list[Batch]:
        """Wait until so many records have come; return their batches by time."""
        noted: list[Batch] = []
        until = time.monotonic() + pouring.PATIENCE
        while (came := sum(len(batch.sent) for batch in noted)) < count:
            if time.monotonic() > until:
                raise NotMeasured(f"{self.service.name}: {came} of {count} records came")
            await asyncio.sleep(LOOK_SECONDS)
            noted += self._notes.read()
        return sorted(noted, key=lambda batch: batch.came)


@asynccontextmanager
async def _ours(context: Context) -> AsyncIterator[Service]:
    async with local_cloud(context.folder, TEMPLATE, side=context.side) as cloud:
        document = cloud.document()
        key = reading.mapping(document.get("credentials"), "credentials")
        yield Service(
            OURS,
            reading.text(document.get("engine"), "engine"),
            reading.text(document.get("region"), "region"),
            reading.text(key.get("access_key_id"), "access_key_id"),
            reading.text(key.get("secret_access_key"), "secret_access_key"),
            context.folder / "ours.txt",
        )


@asynccontextmanager
async def _rival(folder: Path) -> AsyncIterator[Service]:
    async with rivals.ministack_with("kinesis", "lambda", "iam", "sts", "logs") as (port, _):
        endpoint, region = f"http://127.0.0.1:{port}", "us-east-1"
        yield Service("MiniStack", endpoint, region, "test", "test", folder / "theirs.txt")


BENCHMARK = Benchmark("streams.mappings", "Records of a data stream into a function", 180, run)
